//! What a recording's name tells: who or what it is of, and which take.

/// Names of takes: who is heard they do not tell.
const TAKES: [&str; 12] = [
    "audio",
    "clip",
    "file",
    "new recording",
    "rec",
    "record",
    "recording",
    "sample",
    "sound",
    "take",
    "track",
    "voice",
];

/// What the numbers of speakers stand behind.
const SPEAKERS: [&str; 10] =
    ["client", "id", "person", "speaker", "spk", "subject", "talker", "user", "voice", "volunteer"];

/// With a number behind it, what is shorter than this is an identifier, not a name: `s01`, `m2`.
const SHORTEST_NAME: usize = 3;

/// A file's name in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// What stands before the take; empty if the name is but a number.
    pub(super) name: &'a str,
    /// Whether a take's number stands behind it.
    pub(super) has_take: bool,
}

/// Takes a file's name without extension apart; the name of its folder, put before, tells nothing more.
pub(super) fn parts<'a>(stem: &'a str, folder: &str) -> Parts<'a> {
    if let Some((name, _)) = stem.split_once("_nohash_") {
        return Parts { name, has_take: true };
    }
    let stem = without_folder(stem.trim(), folder);
    if is_number(stem) || is_date(stem) {
        return Parts { name: "", has_take: true };
    }
    // `ann_2`, `ann-2`, `ann 2`, `ann (2)`, `ann_take2`.
    let bare = stem.strip_suffix(')').unwrap_or(stem);
    match bare.char_indices().rfind(|&(_, c)| is_separator(c)) {
        Some((at, c)) if is_take(&bare[at + c.len_utf8()..]) => {
            let name = bare[..at].trim_end_matches(is_separator);
            // `speaker_2` is somebody.
            if SPEAKERS.contains(&name.to_lowercase().as_str()) && !is_of_takes(name) {
                return Parts { name: stem, has_take: false };
            }
            Parts { name: without_folder_behind(name, folder), has_take: true }
        }
        _ => Parts { name: without_folder_behind(stem, folder), has_take: false },
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_numeric)
}

/// A number, or what takes are called, with one.
fn is_take(text: &str) -> bool {
    is_number(text) || (text.ends_with(char::is_numeric) && is_of_takes(text))
}

/// Whether a name begins with a date of our time, as recorders name what they record.
fn is_date(name: &str) -> bool {
    let digits: String = name.chars().filter(|c| !is_separator(*c)).collect();
    let is_within = |part: std::ops::Range<usize>, range: std::ops::RangeInclusive<u32>| {
        digits.get(part).and_then(|part| part.parse().ok()).is_some_and(|number| range.contains(&number))
    };
    let begins = is_within(0..4, 1990..=2099) && is_within(4..6, 1..=12) && is_within(6..8, 1..=31);
    begins && !digits.contains(char::is_alphabetic)
}

fn is_separator(c: char) -> bool {
    matches!(c, '_' | '-' | ' ' | '.' | '(')
}

fn without_folder<'a>(stem: &'a str, folder: &str) -> &'a str {
    let rest =
        stem.get(folder.len()..).filter(|_| stem[..folder.len()].to_lowercase() == folder.to_lowercase());
    let Some(rest) = rest.filter(|_| !folder.is_empty()) else { return stem };
    match rest.strip_prefix(is_separator) {
        Some(rest) if !rest.is_empty() => rest,
        // `yes3`
        _ if is_number(rest) => rest,
        _ => stem,
    }
}

/// `ann` of `ann_yes` in the folder `yes`.
fn without_folder_behind<'a>(name: &'a str, folder: &str) -> &'a str {
    let Some((before, behind)) = name.split_at_checked(name.len().saturating_sub(folder.len())) else {
        return name;
    };
    let bare = before.trim_end_matches(is_separator);
    let is_apart = bare.len() < before.len() && !bare.is_empty();
    if is_apart && behind.to_lowercase() == folder.to_lowercase() { bare } else { name }
}

/// The name without the number that stands right behind it, if it is a name and not an identifier: `ann` of `ann2`.
pub(super) fn without_number(name: &str) -> Option<&str> {
    let bare = name.trim_end_matches(char::is_numeric);
    let is_name = bare.chars().count() >= SHORTEST_NAME && bare.chars().all(char::is_alphabetic);
    (bare.len() < name.len() && is_name && !SPEAKERS.contains(&bare.to_lowercase().as_str())).then_some(bare)
}

/// Whether a name is that of takes, whoever is heard.
pub(super) fn is_of_takes(name: &str) -> bool {
    let bare = name.trim_end_matches(|c: char| c.is_numeric() || is_separator(c));
    TAKES.contains(&bare.to_lowercase().as_str())
}

/// Whether a name looks as speakers are called in data sets, and words are not: with a digit, or as "speaker" and the like.
pub(super) fn is_of_speaker(name: &str) -> bool {
    let bare = name.trim_end_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    name.chars().any(char::is_numeric) || SPEAKERS.contains(&bare.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_take_stands_behind_the_name() {
        for (stem, folder, name, has_take) in [
            ("004ae714_nohash_12", "yes", "004ae714", true),
            ("fsew0_2_07", "yes", "fsew0_2", true),
            ("ann", "yes", "ann", false),
            ("ann-3", "yes", "ann", true),
            ("ann (2)", "yes", "ann", true),
            ("17", "yes", "", true),
            ("ann2", "yes", "ann2", false),
            ("yes_ann_1", "yes", "ann", true),
            ("Yes-3", "yes", "", true),
            ("ann_yes_2", "ann", "yes", true),
            ("yesterday", "yes", "yesterday", false),
            ("سلام_3", "x", "سلام", true),
            ("أحمد_١", "نعم", "أحمد", true),
            ("yes7", "yes", "", true),
            ("yes", "yes", "yes", false),
            ("ann_yes_1", "yes", "ann", true),
            ("ann_yes", "yes", "ann", false),
            ("ann_take1", "yes", "ann", true),
            ("speaker_2", "yes", "speaker_2", false),
            ("speaker_2_1", "yes", "speaker_2", true),
            ("2024-01-01_10-11-11", "yes", "", true),
            ("20240101 101111", "yes", "", true),
            ("2024_13", "yes", "2024", true),
        ] {
            assert_eq!(parts(stem, folder), Parts { name, has_take }, "{stem} in {folder}");
        }
    }

    #[test]
    fn numbers_behind_names_are_takes_and_those_of_identifiers_are_not() {
        assert_eq!(
            ["ann2", "bob017", "s01", "m2", "speaker3", "ann"].map(without_number),
            [Some("ann"), Some("bob"), None, None, None, None]
        );
    }

    #[test]
    fn speakers_takes_and_words_are_told_apart() {
        assert!(["s01", "speaker", "004ae714", "p225", "user_a7"].into_iter().all(is_of_speaker));
        assert!(["yes", "oui", "上海", "anna"].into_iter().all(|name| !is_of_speaker(name)));
        assert!(["rec", "Recording 12", "take_3", "clip7"].into_iter().all(is_of_takes));
        assert!(["ann", "s01", "record player"].into_iter().all(|name| !is_of_takes(name)));
    }
}
