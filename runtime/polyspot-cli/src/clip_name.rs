//! What the clips that `listen` saves are called: their time, then the keyword.

use std::path::Path;

/// What a name begins with, a `0` for each digit.
const TIME: &[u8] = b"00000000T000000.000Z_";

/// Whether a file is called as a clip is.
pub(crate) fn is_clip(name: &str) -> bool {
    let fits = |(&expected, found): (&u8, u8)| match expected {
        b'0' => found.is_ascii_digit(),
        other => found == other,
    };
    name.len() > TIME.len()
        && Path::new(name).extension().is_some_and(|ending| ending == "wav")
        && TIME.iter().zip(name.bytes()).all(fits)
}
