//! Text for people at a terminal.

use std::borrow::Cow;

/// Whether nobody sees a character: it commands a terminal, separates lines, changes the direction of what follows, or has no width
/// (property `Default_Ignorable_Code_Point`).
pub fn is_invisible(c: char) -> bool {
    let separates_lines = matches!(c, '\u{2028}'..='\u{2029}');
    c.is_control() || separates_lines || is_format(c) || has_no_width(c)
}

/// Whether nobody sees a character as what it is: it is invisible, or a box in place of a private one or of none at all.
pub(crate) fn is_hidden(c: char) -> bool {
    let is_none = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    is_none || is_invisible(c) || is_private(c)
}

/// Those of the general category `Cf` in Unicode 16. A table of every character's category is forty times as large as what needs
/// this, in a browser.
fn is_format(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}'
    )
}

/// Those of the general category `Co`.
fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

/// Those that are to be ignored where a font lacks them, but are no format characters (`DerivedCoreProperties.txt`).
fn has_no_width(c: char) -> bool {
    matches!(
        c,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2065}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The text with every hidden character written out, as in Rust: `\n`, `\u{1b}`. What comes of it is one line.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

    use super::*;

    #[test]
    fn what_commands_or_deceives_is_written_out() {
        for (text, expected) in [
            ("yes\u{1b}]0;owned\u{7}", r"yes\u{1b}]0;owned\u{7}"),
            ("a\nb\rc\td", r"a\nb\rc\td"),
            // The control sequence introducer in one character.
            ("\u{9b}2J", r"\u{9b}2J"),
            ("yes\u{200b}", r"yes\u{200b}"),
            ("\u{202e}gpj.wav", r"\u{202e}gpj.wav"),
            ("\u{2066}x\u{2069}", r"\u{2066}x\u{2069}"),
            ("a\u{2028}b", r"a\u{2028}b"),
            ("yes\u{fe0f}\u{e0041}\u{3164}", r"yes\u{fe0f}\u{e0041}\u{3164}"),
            ("\u{feff}\u{ffff}\u{fdd0}\u{e000}", r"\u{feff}\u{ffff}\u{fdd0}\u{e000}"),
        ] {
            assert_eq!(shown(text), expected);
            assert!(!shown(text).chars().any(is_hidden));
        }
    }

    #[test]
    fn categories_are_those_of_the_tables() {
        use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse};
        for c in '\0'..=char::MAX {
            let category = c.general_category();
            let is_seen = !matches!(category, Control | Format | LineSeparator | ParagraphSeparator);
            assert_eq!(is_invisible(c), !is_seen || has_no_width(c), "{c:?}");
            assert_eq!(is_private(c), category == PrivateUse, "{c:?}");
        }
    }

    #[test]
    fn words_of_any_language_stay() {
        for text in ["stop", "نعم", "مُمْتاز", "是", "café", "हिन्दी", "ⱄⱁ", "Ελλάδα", "can't", "\u{a0}"]
        {
            assert!(matches!(shown(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
