//! Audio without keywords, in kinds.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use polyspot::Model;
use polyspot::evaluation::TraceRecorder;
use rayon::prelude::*;

use super::streams::{FLOOR, Half, Kind, NegativeStream, Played, gap_samples};
use crate::data::{self, Recording};

/// Recordings are gathered into streams of about this many seconds, so that all cores have something to hear.
const STREAM_SECONDS: u64 = 600;

/// A kind with fewer seconds than this would have an interval that says nothing: it goes with the rest of its folder.
const SHORTEST_KIND_SECONDS: u64 = 600;

/// Recordings without keywords, and what kind each is of.
pub(crate) struct Negatives<'a> {
    recordings: Vec<(&'a Recording, usize)>,
    kinds: Vec<Kind>,
    /// Clips of the model's own keywords that were left out.
    pub(crate) left_out: usize,
}

impl<'a> Negatives<'a> {
    /// The recordings of folders, without those that lie in a folder named as one of the keywords, or of the wake model's.
    ///
    /// # Errors
    /// When nothing is left of a folder.
    pub(crate) fn of(
        folders: &[(&Path, &'a [Recording])],
        model: &Model,
        wake: Option<&Model>,
    ) -> Result<Self> {
        let names =
            || [Some(model), wake].into_iter().flatten().flat_map(|model| model.manifest().keywords());
        let is_keyword = |folder: &Path, recording: &Recording| {
            // Whoever gives a word's own folder means it.
            let within = recording.path.parent().filter(|own| *own != folder && *own != folder.join("dev"));
            let name = within.and_then(Path::file_name).and_then(|name| name.to_str());
            name.is_some_and(|name| names().any(|(_, label)| label.name == name))
        };
        let shortest = SHORTEST_KIND_SECONDS * u64::from(model.manifest().front_end.sample_rate_hz);
        let mut all = Self { recordings: Vec::new(), kinds: Vec::new(), left_out: 0 };
        for (folder, recordings) in folders {
            let kept: Vec<&Recording> =
                recordings.iter().filter(|recording| !is_keyword(folder, recording)).collect();
            ensure!(
                !kept.is_empty(),
                "{}: expected audio without the model's keywords, found none",
                folder.display()
            );
            all.left_out += recordings.len() - kept.len();
            all.add(&data::folder_name(folder), &kept, shortest);
        }
        Ok(all)
    }

    /// Adds the recordings of one folder; a kind shorter than so many samples goes with the rest.
    fn add(&mut self, folder: &str, recordings: &[&'a Recording], shortest: u64) {
        let mut samples: BTreeMap<&str, u64> = BTreeMap::new();
        for recording in recordings {
            *samples.entry(kind_name(&recording.path)).or_default() += recording.audio.len() as u64;
        }
        let is_long = |name: &str| samples[name] >= shortest;
        let rest = if samples.keys().any(|name| is_long(name)) {
            format!("other {folder}")
        } else {
            folder.to_owned()
        };
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for &recording in recordings {
            let name = kind_name(&recording.path);
            let name = if is_long(name) { name } else { &rest };
            let number = *numbers.entry(name).or_insert_with(|| {
                // Kinds of two folders are two, though they have one name.
                let is_taken = self.kinds.iter().any(|kind| kind.name == name);
                let name = if is_taken { format!("{folder}/{name}") } else { name.to_owned() };
                self.kinds.push(Kind { name, recordings: 0, samples: 0 });
                self.kinds.len() - 1
            });
            self.kinds[number].recordings += 1;
            self.kinds[number].samples += recording.audio.len() as u64;
            self.recordings.push((recording, number));
        }
    }

    /// Plays all of them, with gaps.
    ///
    /// # Errors
    /// When the engine fails.
    pub(super) fn play(&self, model: &Arc<Model>) -> Result<(Vec<Kind>, Vec<NegativeStream>)> {
        let most = STREAM_SECONDS * u64::from(model.manifest().front_end.sample_rate_hz);
        let gap = vec![0.0; gap_samples(model)];
        let streams: Vec<Vec<(&Recording, Played)>> = self.streams(most, gap.len() as u64);
        let hear = |stream: &Vec<(&Recording, Played)>| {
            let mut recorder = TraceRecorder::new(model, FLOOR)?;
            for (recording, _) in stream {
                recorder.push(&data::as_f32(&recording.audio))?;
                recorder.push(&gap)?;
            }
            let recordings = stream.iter().map(|(_, played)| *played).collect();
            Ok(NegativeStream { trace: recorder.finish()?, recordings })
        };
        Ok((self.kinds.clone(), streams.par_iter().map(hear).collect::<Result<_>>()?))
    }

    /// The recordings in streams of at least so many samples each. The recordings of a kind are in the two halves by turns.
    fn streams(&self, most: u64, gap: u64) -> Vec<Vec<(&'a Recording, Played)>> {
        let mut streams: Vec<Vec<(&Recording, Played)>> = Vec::new();
        let mut seen = vec![0; self.kinds.len()];
        for &(recording, kind) in &self.recordings {
            let length =
                |stream: &Vec<(&Recording, Played)>| stream.last().map_or(0, |(_, played)| played.end);
            if streams.last().is_none_or(|stream| length(stream) >= most) {
                streams.push(Vec::new());
            }
            let samples = recording.audio.len() as u64;
            if let Some(stream) = streams.last_mut() {
                let end = length(stream) + samples + gap;
                let half = Half::of(seen[kind]);
                stream.push((recording, Played { kind, end, samples, stands_for: 1, half }));
            }
            seen[kind] += 1;
        }
        streams
    }
}

/// What stands before a recording's number: `prompts_ru` of `prompts_ru_12.flac`.
///
/// The number is what follows the last `_` and holds a digit; without one it is the digits at the end.
fn kind_name(path: &Path) -> &str {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    match stem.rsplit_once('_') {
        Some((kind, number)) if !kind.is_empty() && number.contains(|c: char| c.is_ascii_digit()) => kind,
        _ => stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '_'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(path: &str, seconds: usize) -> Recording {
        Recording { path: path.into(), audio: vec![0; seconds * 16_000].into() }
    }

    fn model() -> Model {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/models/stride_4_pulse_4.onnx");
        Model::from_path(file).unwrap()
    }

    #[test]
    fn a_kind_is_what_stands_before_the_number() {
        for (file, kind) in [
            ("barista_a134c8b2-a3b8-48a3-91b0-408696d183fc.flac", "barista"),
            ("prompts_ru_03.opus", "prompts_ru"),
            ("dir/baby_cry_1-187207-A.flac", "baby_cry"),
            ("news-17.wav", "news"),
            ("evening.wav", "evening"),
            ("talk_show.wav", "talk_show"),
        ] {
            assert_eq!(kind_name(Path::new(file)), kind);
        }
    }

    #[test]
    fn short_kinds_are_one_and_keywords_are_left_out() {
        let keyword = model().manifest().keywords().next().unwrap().1.name.clone();
        let speech = [
            recording("s/news_1.wav", 400),
            recording("s/news_2.wav", 300),
            recording("s/play_1.wav", 20),
            recording("s/song_1.wav", 30),
        ];
        let words = [
            recording(&format!("w/{keyword}/ann_1.wav"), 1),
            recording("w/other/ann_1.wav", 1),
            recording("w/other/bob_1.wav", 1),
        ];
        let folders = [(Path::new("x/speech"), &speech[..]), (Path::new("x/words"), &words[..])];
        let negatives = Negatives::of(&folders, &model(), None).unwrap();
        let kinds: Vec<_> =
            negatives.kinds.iter().map(|k| (k.name.as_str(), k.recordings, k.samples / 16_000)).collect();
        assert_eq!(kinds, [("news", 2, 700), ("other speech", 2, 50), ("words", 2, 2)]);
        assert_eq!(negatives.left_out, 1);
        let nothing = Negatives::of(&[(Path::new("w"), &words[..1])], &model(), None);
        assert!(nothing.err().unwrap().to_string().contains("found none"));
        let folder = format!("w/{keyword}");
        let given = [(Path::new(&folder), &words[..1])];
        let meant = Negatives::of(&given, &model(), None).unwrap();
        assert_eq!((meant.recordings.len(), meant.left_out), (1, 0), "the folder itself was given");
    }

    #[test]
    fn a_kind_has_its_recordings_in_both_halves_and_streams_are_of_equal_length() {
        let speech: Vec<Recording> = (0..6).map(|n| recording(&format!("s/a_{n}.wav"), 2)).collect();
        let negatives = Negatives::of(&[(Path::new("s"), &speech)], &model(), None).unwrap();
        let streams = negatives.streams(5 * 16_000, 16_000);
        let shapes: Vec<Vec<(u64, Half)>> = streams
            .iter()
            .map(|stream| stream.iter().map(|(_, p)| (p.end / 16_000, p.half)).collect())
            .collect();
        let stream = vec![(3, Half::First), (6, Half::Second)];
        assert_eq!(shapes, [stream.clone(), stream.clone(), stream]);
    }
}
