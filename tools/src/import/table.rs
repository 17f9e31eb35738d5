//! Tables of recordings: a CSV of path, word and speaker, or the lists of Common Voice.

use std::path::Path;

use anyhow::{Context, Result, anyhow};

use crate::data::{BadClip, Clip, DataSet, Split, language_of_tag};
use crate::files::open_list;

/// Names of the columns that matter, in the tables that are read: path, word, speaker.
const COLUMNS: [[&str; 3]; 2] = [["path", "word", "speaker"], ["path", "sentence", "client_id"]];

/// Column of Common Voice that tells the language.
const LOCALE: &str = "locale";

/// Lists the recordings of a table. Paths count from the table's folder, or from `clips` in it, as in Common Voice.
///
/// # Errors
/// When the table cannot be read or lacks a column.
pub(super) fn open(list: &Path) -> Result<DataSet> {
    read(list).with_context(|| format!("table {}", list.display()))
}

fn read(list: &Path) -> Result<DataSet> {
    let delimiter =
        if list.extension().is_some_and(|e| e.eq_ignore_ascii_case("tsv")) { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        // A sentence of Common Voice may hold a single quotation mark.
        .quoting(delimiter == b',')
        .from_reader(open_list(list)?);
    let headers = reader.headers()?.clone();
    let find = |name: &str| headers.iter().position(|h| h.trim().eq_ignore_ascii_case(name));
    let found = COLUMNS.iter().find_map(|names| {
        let [path, word, speaker] = names.map(find);
        Some([path?, word?, speaker?])
    });
    let columns = found.ok_or_else(|| {
        anyhow!(
            "expected columns path, word, speaker or those of Common Voice, found {}",
            headers.iter().collect::<Vec<_>>().join(", ")
        )
    })?;
    let folder = list.parent().unwrap_or(Path::new(""));
    let clips_folder = folder.join("clips");
    let in_folder = |path: &str| {
        let in_clips = clips_folder.join(path);
        if in_clips.is_file() { in_clips } else { folder.join(path) }
    };
    let locale = find(LOCALE);
    let (mut clips, mut refused, mut language) = (Vec::new(), Vec::new(), None);
    for record in reader.records() {
        let record = record?;
        let [path, text, speaker] = columns.map(|column| record.get(column).unwrap_or_default().trim());
        let path = in_folder(path);
        language = language.or_else(|| record.get(locale?).and_then(language_of_tag));
        let word = word(text);
        if word.is_empty() || word.contains(char::is_whitespace) {
            let reason = format!("expected one word, found {text:?}");
            refused.push(BadClip { path, reason });
        } else if speaker.is_empty() {
            refused.push(BadClip { path, reason: "expected a speaker, found none".into() });
        } else {
            clips.push(Clip { path, word, speaker: speaker.to_owned(), split: Split::Train });
        }
    }
    let listed = DataSet::listed(list, clips, refused);
    Ok(DataSet { language: language.unwrap_or(listed.language), ..listed })
}

/// A word without the marks and the capital letter of a sentence.
fn word(sentence: &str) -> String {
    let bare = sentence.trim_matches(|c: char| !c.is_alphanumeric() && !is_mark(c));
    bare.to_lowercase()
}

/// Whether a character is a vowel sign or the like, which belongs to the word though it is no letter.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{d7f}' | '\u{e31}'..='\u{e4e}')
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_sentence_of_one_word_is_a_word() {
        assert_eq!(
            ["Yes.", "«Да!»", "نعم؟", "two words", "हाँ", "¿Qué?"].map(word),
            ["yes", "да", "نعم", "two words", "हाँ", "qué"]
        );
    }
}
