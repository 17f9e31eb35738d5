//! WAV files.
#![no_main]

#[path = "../audio.rs"]
mod audio;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_at_checked(4) else { return };
    let kind: &[u8; 4] = if first[0] % 2 == 0 { b"RIFF" } else { b"RF64" };
    audio::read(&[kind, rest].concat());
});
