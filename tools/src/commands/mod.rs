//! The commands, one per file: flags in, one call into the rooms that do the work.

pub(crate) mod adapt;
pub(crate) mod bank;
mod bank_flags;
pub(crate) mod calibrate;
pub(crate) mod cost;
pub(crate) mod detach;
pub(crate) mod diff;
pub(crate) mod enrol;
pub(crate) mod evaluate;
pub(crate) mod fuse;
pub(crate) mod import;
pub(crate) mod prune;
mod recipe_flags;
pub(crate) mod speak;
mod speak_flags;
mod stream_flags;
pub(crate) mod sweep;
pub(crate) mod train;
pub(crate) mod word;
