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

/// Reads JSON; an error repeats only so much of it.
pub(crate) fn from_json<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        if message.len() <= LONGEST { error } else { serde::de::Error::custom(truncated(message)) }
    })
}
