//! What files say, repeated in errors.

/// Most characters that are repeated: names in a file may be of any length.
const LONGEST: usize = 300;

/// The beginning of a text, or all of it if it is short.
pub(crate) fn truncated(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}
