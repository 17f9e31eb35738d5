//! Cells of comma-separated values.

use std::borrow::Cow;

/// What a spreadsheet takes for the beginning of a formula.
const FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text as a cell that no spreadsheet calculates: with `'` before what would be taken for a formula, and before a `'` that
/// stands there already, so that the text can be had again. A dash alone (standard input) is none.
pub fn cell(text: &str) -> Cow<'_, str> {
    let begins = text.trim_start_matches('\'').starts_with(FORMULAS);
    if begins && text != "-" { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula_and_each_can_be_had_again() {
        for (text, expected) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=x", "''=x"),
            ("-", "-"),
            ("'tis", "'tis"),
            ("stop", "stop"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
