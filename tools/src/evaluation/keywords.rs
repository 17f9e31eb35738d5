//! Keywords said one after the other.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use indicatif::ProgressBar;
use polyspot::core::enrolment::word_place;
use polyspot::evaluation::TraceRecorder;
use polyspot::{Manifest, Model};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::conditions::{Condition, Staging, Surroundings};
use super::streams::{FLOOR, Half, KeywordStream, Spoken, gap_samples};
use crate::data::{self, Audio, DataSet};

/// The random order of words that stand close together is always this one.
const ORDER_SEED: u64 = 3;

/// The keywords that a data set gives to judge.
pub(crate) struct KeywordClips {
    clips: Vec<KeywordClip>,
    sample_rate_hz: u32,
}

struct KeywordClip {
    audio: Audio,
    /// Where in it the word is.
    word: Range<usize>,
    /// Its number among the model's.
    keyword: usize,
    speaker: usize,
}

/// That a set gives nothing to judge.
pub(super) fn no_clips(manifest: &Manifest, set: &DataSet) -> anyhow::Error {
    let names: Vec<&str> = manifest.keywords().map(|(_, label)| label.name.as_str()).collect();
    anyhow!("{} has no dev clips of the keywords {}", set.folder.display(), names.join(" "))
}

impl KeywordClips {
    /// # Errors
    /// When the set gives none of the manifest's keywords to judge.
    pub(crate) fn load(manifest: &Manifest, set: &DataSet) -> Result<Self> {
        let sample_rate_hz = manifest.front_end.sample_rate_hz;
        let names: Vec<&str> = manifest.keywords().map(|(_, label)| label.name.as_str()).collect();
        let number = |word: &str| names.iter().position(|name| *name == word);
        let clips: Vec<_> = set.to_judge().filter(|clip| number(&clip.word).is_some()).cloned().collect();
        if clips.is_empty() {
            return Err(no_clips(manifest, set));
        }
        let mut speakers: Vec<&str> = clips.iter().map(|clip| clip.speaker.as_str()).collect();
        speakers.sort_unstable();
        speakers.dedup();
        let (audio, bad) = data::load(&clips, sample_rate_hz, &ProgressBar::hidden());
        ensure!(bad.len() < clips.len(), "{}: no clip can be read", set.folder.display());
        let clips = clips.iter().zip(audio).filter_map(|(clip, audio)| {
            let audio = audio?;
            Some(KeywordClip {
                word: word_place(&data::as_f32(&audio), sample_rate_hz),
                keyword: number(&clip.word)?,
                speaker: speakers.binary_search(&clip.speaker.as_str()).unwrap_or(0),
                audio,
            })
        });
        Ok(Self { clips: clips.collect(), sample_rate_hz })
    }

    /// Plays them under each condition.
    ///
    /// # Errors
    /// When something that a condition needs is not there, or the engine fails.
    pub(crate) fn play(
        &self,
        model: &Arc<Model>,
        conditions: &[Condition],
        around: &Surroundings,
    ) -> Result<Vec<KeywordStream>> {
        conditions
            .par_iter()
            .map(|&condition| match condition {
                Condition::Apart(seconds) => self.play_apart(model, condition, seconds),
                _ => self.play_one_by_one(model, condition, around),
            })
            .collect()
    }

    fn play_one_by_one(
        &self,
        model: &Arc<Model>,
        condition: Condition,
        around: &Surroundings,
    ) -> Result<KeywordStream> {
        let mut staging = Staging::new(condition, around, self.sample_rate_hz)?;
        let mut recorder = TraceRecorder::new(model, FLOOR)?;
        let (mut words, mut position) = (Vec::new(), 0);
        for clip in &self.clips {
            let heard = staging.play(&data::as_f32(&clip.audio), gap_samples(model));
            recorder.push(&heard)?;
            words.push(clip.spoken(position + clip.word.start as u64));
            position += heard.len() as u64;
        }
        Ok(KeywordStream { condition, trace: recorder.finish()?, words })
    }

    fn play_apart(&self, model: &Arc<Model>, condition: Condition, seconds: f32) -> Result<KeywordStream> {
        let mut order: Vec<&KeywordClip> = self.clips.iter().collect();
        order.shuffle(&mut StdRng::seed_from_u64(ORDER_SEED));
        let gap = vec![0.0; (f64::from(seconds) * f64::from(self.sample_rate_hz)).round() as usize];
        let mut recorder = TraceRecorder::new(model, FLOOR)?;
        recorder.push(&gap)?;
        let (mut words, mut position) = (Vec::new(), gap.len() as u64);
        for clip in order {
            recorder.push(&data::as_f32(&clip.audio[clip.word.clone()]))?;
            recorder.push(&gap)?;
            let word = clip.spoken(position);
            position = word.end + gap.len() as u64;
            words.push(word);
        }
        Ok(KeywordStream { condition, trace: recorder.finish()?, words })
    }
}

impl KeywordClip {
    fn spoken(&self, start: u64) -> Spoken {
        Spoken {
            keyword: self.keyword,
            start,
            end: start + self.word.len() as u64,
            speaker: self.speaker,
            half: Half::of(self.speaker),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clips of one second with a word of 0.3 s and 0.4 s in them.
    fn clips() -> KeywordClips {
        let clip = |keyword: usize, word: Range<usize>| {
            let mut audio = vec![0i16; 16_000];
            audio[word.clone()].fill(8_000);
            KeywordClip { audio: audio.into(), word, keyword, speaker: keyword }
        };
        KeywordClips { clips: vec![clip(0, 4_000..8_800), clip(1, 1_600..8_000)], sample_rate_hz: 16_000 }
    }

    fn model() -> Arc<Model> {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/models/stride_4_pulse_4.onnx");
        Arc::new(Model::from_path(file).unwrap())
    }

    /// Keyword, start and end of each word, and the length of the stream.
    fn played(condition: Condition) -> (Vec<(usize, u64, u64)>, u64) {
        let streams = clips().play(&model(), &[condition], &Surroundings::default()).unwrap();
        let words = streams[0].words.iter().map(|word| (word.keyword, word.start, word.end));
        (words.collect(), streams[0].trace.samples())
    }

    #[test]
    fn words_lie_where_their_clips_have_them() {
        let expected = vec![(0, 4_000, 8_800), (1, 33_600, 40_000)];
        assert_eq!(played(Condition::Clean), (expected, 64_000));
    }

    #[test]
    fn words_apart_are_so_from_end_to_start() {
        let (mut words, samples) = played(Condition::Apart(0.2));
        assert_eq!(words[0].1, 3_200);
        assert_eq!(words[1].1 - words[0].2, 3_200);
        assert_eq!(samples - words[1].2, 3_200);
        words.sort_unstable();
        let lengths: Vec<u64> = words.iter().map(|(_, start, end)| end - start).collect();
        assert_eq!(lengths, [4_800, 6_400]);
    }
}
