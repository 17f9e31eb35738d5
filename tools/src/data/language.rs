//! The language of a data set, from a name.

use std::path::Path;

/// The folder's name, if it looks like a BCP 47 tag.
pub(super) fn of_folder(folder: &Path) -> Option<String> {
    // `.` and `..` have no name of their own.
    of_name(&folder.canonicalize().ok()?)
}

/// The same for a folder that need not be there yet.
pub(crate) fn of_name(folder: &Path) -> Option<String> {
    folder.file_name()?.to_str().and_then(tag)
}

/// `name`, if it looks like a BCP 47 tag: two or three letters, then subtags of up to eight letters or digits.
pub(crate) fn tag(name: &str) -> Option<String> {
    let mut subtags = name.split('-');
    let primary = subtags.next()?;
    let looks_right = (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric()));
    looks_right.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn tags_are_told_from_other_names() {
        for name in ["en", "zh-CN", "kab", "sr-Latn-RS", "rm-sursilv"] {
            assert_eq!(tag(name).as_deref(), Some(name));
        }
        for name in ["", "e", "data", "en_US", "speech_commands", "12", "en-", "zh-far too long"] {
            assert_eq!(tag(name), None, "{name}");
        }
    }
}
