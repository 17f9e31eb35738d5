//! What the targets that open audio files have in common.

#[path = "../runtime/polyspot-audio/tests/audio/hostile.rs"]
pub mod hostile;

use std::path::PathBuf;
use std::sync::LazyLock;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("polyspot-fuzz-{}", std::process::id())));

/// Writes the bytes to a file and reads it as audio.
pub fn read(data: &[u8]) {
    std::fs::write(&*FILE, data).expect("a file in the folder for temporary files");
    let _ = hostile::read(&FILE);
}
