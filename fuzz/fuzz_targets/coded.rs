//! FLAC, MP3, Ogg, M4A and AAC files.
#![no_main]

#[path = "../audio.rs"]
mod audio;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| audio::read(data));
