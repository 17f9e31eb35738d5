//! The Multilingual Spoken Words Corpus: `clips/<word>/<file>.opus` and CSV files that tell the speakers.
//!
//! Its own splits are not used: in general they put a speaker into several. Clips are divided anew, by speaker.
//! A part of the corpus is enough: what is listed but not there is no error.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use super::listing::{audio_files, files, folders};
use super::split::divide;
use super::{BadClip, Clip, Contents, Split, language};
use crate::files::open_list;

/// What the corpus writes where it does not know a speaker.
const UNKNOWN_SPEAKER: &str = "NA";

/// A row of a CSV file.
struct Row {
    word: String,
    speaker: String,
    valid: bool,
}

/// Whether there is a folder `clips` with folders of words in it.
pub(super) fn is_here(folder: &Path) -> Result<bool> {
    let clips = folder.join("clips");
    Ok(clips.is_dir() && !folders(&clips)?.is_empty())
}

pub(super) fn open(folder: &Path) -> Result<Contents> {
    let (language, lists) = find_lists(folder)?;
    let mut rows = HashMap::new();
    for list in &lists {
        read_rows(list, &mut rows).with_context(|| format!("{} cannot be read", list.display()))?;
    }
    let (mut clips, mut refused) = (Vec::new(), Vec::new());
    for word in folders(&folder.join("clips"))? {
        for file in audio_files(&word.path)? {
            match check(rows.get(&clip_name(&word.name, &file.name))) {
                Ok(row) => clips.push(Clip {
                    path: file.path,
                    word: row.word.clone(),
                    speaker: row.speaker.clone(),
                    split: Split::Train, // until all are known
                }),
                Err(reason) => refused.push(BadClip { path: file.path, reason: reason.into() }),
            }
        }
    }
    let split_by = divide(&mut clips);
    Ok(Contents {
        language: language::tag(&language),
        split_by,
        is_plain: false,
        is_synthetic: false,
        clips,
        refused,
    })
}

fn check(row: Option<&Row>) -> Result<&Row, &'static str> {
    match row {
        None => Err("the corpus does not list it"),
        Some(Row { valid: false, .. }) => Err("the corpus marks it as invalid"),
        Some(Row { speaker, .. }) if speaker.is_empty() || speaker == UNKNOWN_SPEAKER => {
            Err("the corpus does not know its speaker")
        }
        Some(row) => Ok(row),
    }
}

/// The language, and its CSV files: `<language>_splits.csv`, which lists all, or else those of the splits.
fn find_lists(folder: &Path) -> Result<(String, Vec<PathBuf>)> {
    let mut all = files(folder)?;
    let beside = folder.join("splits");
    if beside.is_dir() {
        all.extend(files(&beside)?);
    }
    for endings in [&["_splits.csv"][..], &["_train.csv", "_dev.csv", "_test.csv"]] {
        let mut language = None;
        let mut lists = Vec::new();
        for file in &all {
            let Some(found) = endings.iter().find_map(|ending| file.name.strip_suffix(ending)) else {
                continue;
            };
            match language {
                Some(first) if first != found => {
                    bail!("{}: expected lists of one language, found {first} and {found}", folder.display())
                }
                _ => language = Some(found),
            }
            lists.push(file.path.clone());
        }
        if let Some(language) = language {
            return Ok((language.to_owned(), lists));
        }
    }
    bail!(
        "{}: expected <language>_splits.csv, or <language>_train.csv and its like, beside the clips",
        folder.display()
    )
}

fn read_rows(list: &Path, rows: &mut HashMap<String, Row>) -> Result<()> {
    let mut reader = csv::Reader::from_reader(open_list(list)?);
    let headers = reader.headers()?.clone();
    let column = |name: &str| {
        headers.iter().position(|header| header.trim() == name).ok_or_else(|| {
            anyhow!("expected a column {name}, found {}", headers.iter().collect::<Vec<_>>().join(","))
        })
    };
    let columns = [column("LINK")?, column("WORD")?, column("VALID")?, column("SPEAKER")?];
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        // All are there: a record of another length than the header's is an error of the reader's.
        let [link, word, valid, speaker] = columns.map(|column| record.get(column).unwrap_or_default());
        let mut ends = link.rsplit('/');
        let (file, folder) = (ends.next().unwrap_or_default(), ends.next().unwrap_or(word));
        let row = Row {
            word: word.to_owned(),
            speaker: speaker.to_owned(),
            valid: valid.eq_ignore_ascii_case("true"),
        };
        rows.insert(clip_name(folder, file), row);
    }
    Ok(())
}

/// A clip's name without extension: the corpus is published as Opus and as WAV, its lists say Opus.
fn clip_name(word: &str, file: &str) -> String {
    format!("{word}/{}", file.rsplit_once('.').map_or(file, |(stem, _)| stem))
}

#[cfg(test)]
mod tests {
    use crate::data::DataSet;
    use crate::data::test_files::{TestFolder, summary};

    /// The corpus's own splits have s1 in two; of two speakers both are needed for training.
    const EXPECTED: [&str; 3] = ["aber s1 train", "aber s2 train", "alle s1 train"];

    fn corpus() -> TestFolder {
        let folder = TestFolder::new("corpus");
        for file in ["aber/cv_1.opus", "aber/cv_2.wav", "alle/cv_3.opus", "alle/cv_4.opus", "alle/cv_5.opus"]
        {
            folder.text(&format!("clips/{file}"), "");
        }
        folder
    }

    fn assert_read(folder: &TestFolder) {
        let set = DataSet::open(&folder.path).unwrap();
        assert_eq!(set.language, "de");
        assert_eq!(summary(&set), EXPECTED);
        let reasons: Vec<_> = set.refused.iter().map(|bad| bad.reason.rsplit(' ').next().unwrap()).collect();
        assert_eq!(reasons, ["invalid", "it"], "{:?}", set.refused);
    }

    #[test]
    fn one_list_of_all_splits() {
        let folder = corpus();
        folder.text(
            "de_splits.csv",
            "SET,LINK,WORD,VALID,SPEAKER,GENDER\n\
             TRAIN,aber/cv_1.opus,aber,True,s1,MALE\n\
             DEV,aber/cv_2.opus,aber,True,s2,NAN\n\
             TEST,alle/cv_3.opus,alle,True,s1,MALE\n\
             TEST,alle/cv_4.opus,alle,False,NA,NA\n\
             TEST,zwei/cv_9.opus,zwei,True,s3,NAN\n",
        );
        assert_read(&folder);
    }

    #[test]
    fn a_list_for_each_split() {
        let folder = corpus();
        let header = "LINK,WORD,VALID,SPEAKER,GENDER\n";
        folder.text("splits/de_train.csv", &format!("{header}aber/cv_1.opus,aber,True,s1,MALE\n"));
        folder.text("splits/de_dev.csv", &format!("{header}aber/cv_2.opus,aber,True,s2,NAN\n"));
        folder.text(
            "splits/de_test.csv",
            &format!("{header}alle/cv_3.opus,alle,True,s1,MALE\nalle/cv_4.opus,alle,False,NA,NA\n"),
        );
        assert_read(&folder);
    }

    #[test]
    fn a_corpus_without_a_usable_list_says_what_is_missing() {
        let folder = corpus();
        let refused = || format!("{:#}", DataSet::open(&folder.path).unwrap_err());
        assert!(refused().contains("expected <language>_splits.csv"), "{}", refused());
        folder.text("de_splits.csv", "SET,LINK,WORD,VALID\n");
        assert!(refused().ends_with("expected a column SPEAKER, found SET,LINK,WORD,VALID"), "{}", refused());
        folder.text("fr_splits.csv", "");
        assert!(refused().ends_with("expected lists of one language, found de and fr"), "{}", refused());
    }
}
