//! What several test binaries and benches need.

pub(crate) mod folder;
pub(crate) mod lines;
pub(crate) mod process;
pub(crate) mod wav;
