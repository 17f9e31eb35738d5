//! Names of labels: words as people write and tell apart.

#[cfg(feature = "unicode-names")]
use unicode_normalization::{UnicodeNormalization, is_nfc};
#[cfg(feature = "unicode-names")]
use unicode_security::skeleton;

/// Longest name, in characters: a keyword is a word or a short phrase.
const LONGEST: usize = 80;

/// What is expected of a name that this one is not; nothing if it is sound.
pub(super) fn expected_of(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        return Some("named".to_owned());
    }
    if name.chars().nth(LONGEST).is_some() {
        return Some(format!("named in at most {LONGEST} characters"));
    }
    // Characters that are no characters (U+FFFF) are seen, if only as a box.
    if name.chars().any(polyspot_text::is_invisible) {
        return Some("named without control, format or invisible characters".to_owned());
    }
    #[cfg(not(feature = "unicode-names"))]
    let is_nfc = |_| true;
    (!is_nfc(name)).then(|| "named in Unicode's normal form C (NFC)".to_owned())
}

/// What is the same for two names that look the same: the skeleton of UTS 39, section 4, without differences of white space.
///
/// The skeleton takes `m` for `rn`. In keywords "corn" and "com" are two words, so the letter stays; one of another script or style
/// that looks like it becomes it before.
#[cfg(feature = "unicode-names")]
pub(super) fn look(name: &str) -> String {
    let plain: String = name.nfkc().collect();
    let parts: Vec<String> = plain.split('m').map(|part| skeleton(part).collect()).collect();
    let look = parts.join("m");
    look.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name itself, without differences of white space: how characters look is in tables that are not there.
#[cfg(not(feature = "unicode-names"))]
pub(super) fn look(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, feature = "unicode-names"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word() {
        for name in ["yes", "نعم", "مُمْتاز", "是", "café", "can't", "hey there", "=1+1", "\u{ffff}"]
        {
            assert_eq!(expected_of(name), None, "{name:?}");
        }
        for (name, expected) in [
            ("", "named"),
            (" ", "named"),
            ("yes\u{200b}", "invisible"),
            ("yes\u{fe0f}", "invisible"),
            ("yes\u{202e}", "format"),
            ("yes\u{1b}[2J", "control"),
            ("yes\u{2028}", "control"),
            ("cafe\u{301}", "NFC"),
            (&"x".repeat(81), "at most 80"),
        ] {
            let found = expected_of(name).unwrap();
            assert!(found.contains(expected), "{name:?}: {found}");
        }
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        for (a, b) in [
            // Cyrillic, Greek, full width, mathematical, Roman numeral.
            ("yes", "уеѕ"),
            ("no", "nο"),
            ("go", "ｇｏ"),
            ("stop", "𝐬𝐭𝐨𝐩"),
            ("modem", "ⅿodem"),
            ("yes", "yes "),
            ("hey you", "hey\u{a0}\u{a0}you"),
            ("Il", "lI"),
        ] {
            assert_eq!(look(a), look(b), "{a:?} and {b:?}");
        }
        for (a, b) in [("corn", "com"), ("burn", "bum"), ("yes", "Yes"), ("علم", "علي")] {
            assert_ne!(look(a), look(b), "{a:?} and {b:?}");
        }
    }
}
