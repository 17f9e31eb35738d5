//! SVG and HTML.

/// A text as XML, in an element or an attribute.
pub fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(allowed(c)),
        }
    }
    escaped
}

/// A document that somebody else has escaped, with U+FFFD in place of the characters that XML cannot hold in any way.
pub fn xml_characters(document: &str) -> String {
    document.chars().map(allowed).collect()
}

/// XML 1.0, section 2.2; and none of the C1 controls, which it advises against.
fn allowed(c: char) -> char {
    let is_space = matches!(c, '\t' | '\n' | '\r');
    let is_none = matches!(c, '\u{fffe}' | '\u{ffff}') || (c.is_control() && !is_space);
    if is_none { char::REPLACEMENT_CHARACTER } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text_and_what_xml_cannot_hold_is_replaced() {
        assert_eq!(xml("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
        assert_eq!(xml("a\u{0}\u{1b}\u{ffff}\u{fffe}\u{85}b"), "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}b");
        assert_eq!(xml("نعم 是 \u{1f600}"), "نعم 是 \u{1f600}");
        assert_eq!(xml_characters("<svg>\n\u{ffff}</svg>"), "<svg>\n\u{fffd}</svg>");
    }
}
