//! What several test binaries and benches need.

pub(crate) mod folder;
pub(crate) mod process;
pub(crate) mod wav;
