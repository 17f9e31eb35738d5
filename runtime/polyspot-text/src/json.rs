//! JSON that is read by people too.

use std::fmt::Write;

use crate::shown::is_hidden;

/// A line of JSON with its hidden characters as `\u` escapes: the same values, and nothing that a terminal obeys.
///
/// Hidden characters stand in strings only, since JSON without white space has no others.
pub fn visible_json(line: String) -> String {
    if !line.chars().any(is_hidden) {
        return line;
    }
    let mut visible = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(visible, "\\u{unit:04x}");
            }
        } else {
            visible.push(c);
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_the_value_is_the_same() {
        let line = "{\"word\":\"yes\u{200b}\u{9b}2J\u{e0041}\",\"other\":\"نعم\"}".to_owned();
        let expected = r#"{"word":"yes\u200b\u009b2J\udb40\udc41","other":"نعم"}"#;
        assert_eq!(visible_json(line), expected);
        let plain = r#"{"a":1}"#.to_owned();
        assert_eq!(visible_json(plain.clone()), plain);
    }
}
