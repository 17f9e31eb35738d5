//! Words as they are to be written: composed, trimmed, and each in one spelling.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use crate::data::{BadClip, Clip};

/// Names of folders that hold no word: what models call these classes themselves.
const FILLERS: [&str; 6] = ["unknown", "silence", "noise", "background", "background noise", "other"];

/// Normalises the words and speakers of clips, joins words that differ only in case or composition, and leaves out what is filler. Says
/// what was joined and left out.
pub(super) fn settle(clips: &mut Vec<Clip>, refused: &mut Vec<BadClip>) -> Vec<String> {
    for clip in clips.iter_mut() {
        clip.word = normal(&clip.word);
        clip.speaker = normal(&clip.speaker);
    }
    let mut notes = leave_out_filler(clips, refused);
    let mut spellings: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for clip in clips.iter() {
        let alike = spellings.entry(key(&clip.word)).or_default();
        *alike.entry(clip.word.clone()).or_default() += 1;
    }
    let mut chosen: BTreeMap<String, String> = BTreeMap::new();
    for (key, alike) in spellings {
        let most = alike.values().copied().max().unwrap_or(0);
        // Of equals the one in small letters, which sorts last.
        let Some(spelling) =
            alike.iter().rev().find(|(_, count)| **count == most).map(|(word, _)| word.clone())
        else {
            continue;
        };
        if alike.len() > 1 {
            let all: Vec<String> = alike.keys().map(|word| format!("{word:?}")).collect();
            notes.push(format!("joined as one word, written {spelling:?}: {}", all.join(", ")));
        }
        chosen.insert(key, spelling);
    }
    for clip in clips.iter_mut() {
        if let Some(spelling) = chosen.get(&key(&clip.word)) {
            clip.word.clone_from(spelling);
        }
    }
    notes
}

fn leave_out_filler(clips: &mut Vec<Clip>, refused: &mut Vec<BadClip>) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    clips.retain(|clip| {
        let bare = key(&clip.word).replace('_', " ");
        let is_filler = FILLERS.contains(&bare.trim());
        if is_filler {
            *counts.entry(clip.word.clone()).or_default() += 1;
            refused.push(BadClip {
                path: clip.path.clone(),
                reason: format!(
                    "{:?} is no word: give noise with --noise, other words under their own names",
                    clip.word
                ),
            });
        }
        !is_filler
    });
    let note = |(word, clips): (&String, &usize)| {
        format!(
            "{clips} recordings of {word:?} are left out: models have such a class by themselves, and it is no word"
        )
    };
    counts.iter().map(note).collect()
}

/// Canonically composed, without space around it.
fn normal(text: &str) -> String {
    text.trim().nfc().collect()
}

/// What two spellings of a word have in common.
fn key(word: &str) -> String {
    word.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Split;

    /// Words and notes of clips with these words.
    fn settled(words: &[&str]) -> (Vec<String>, Vec<String>, usize) {
        let clip = |word: &&str| Clip {
            path: "a.wav".into(),
            word: (*word).to_owned(),
            speaker: " ann ".into(),
            split: Split::Train,
        };
        let (mut clips, mut refused) = (words.iter().map(clip).collect(), Vec::new());
        let notes = settle(&mut clips, &mut refused);
        assert!(clips.iter().all(|clip| clip.speaker == "ann"));
        (clips.into_iter().map(|clip| clip.word).collect(), notes, refused.len())
    }

    #[test]
    fn spellings_of_one_word_are_joined_and_that_is_said() {
        // The second is decomposed: e and a combining acute accent.
        let (words, notes, _) = settled(&["caf\u{e9}", "cafe\u{301}", " caf\u{e9} ", "the"]);
        assert_eq!(words, ["caf\u{e9}", "caf\u{e9}", "caf\u{e9}", "the"]);
        assert!(notes.is_empty(), "composition and space are no difference to anyone: {notes:?}");
        let (words, notes, _) = settled(&["Yes", "yes", "yes", "no"]);
        assert_eq!(words, ["yes", "yes", "yes", "no"]);
        assert_eq!(notes, ["joined as one word, written \"yes\": \"Yes\", \"yes\""]);
        assert_eq!(settled(&["NO", "no"]).0, ["no", "no"]);
        assert_eq!(settled(&["Ja", "Ja", "Nein"]).0, ["Ja", "Ja", "Nein"], "a lone spelling stays");
    }

    #[test]
    fn filler_is_no_word_and_that_is_said() {
        let (words, notes, refused) = settled(&["yes", "unknown", "_Silence_", "unknown"]);
        assert_eq!((words, refused), (vec!["yes".to_owned()], 3));
        assert!(
            notes.iter().any(|note| note.starts_with("2 recordings of \"unknown\" are left out")),
            "{notes:?}"
        );
        assert!(notes.iter().any(|note| note.contains("\"_Silence_\"")), "{notes:?}");
    }
}
