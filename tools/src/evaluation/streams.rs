//! Recordings played to a model as one continuous stream, heard once and judged at any thresholds.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use indicatif::ProgressBar;
use polyspot::{Model, Trace, TraceRecorder};
use rayon::prelude::*;

use super::conditions::{Condition, Staging};
use super::noise_tape::NoiseTape;
use crate::data::{self, Audio, DataSet, Split};

/// Silence after each recording of a stream, in seconds.
pub(crate) const GAP_SECONDS: f64 = 1.0;

/// The lowest threshold that streams can be judged at.
pub(crate) const FLOOR: f32 = 0.02;

/// A half of the data, so that thresholds can be chosen on one and judged on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    First,
    Second,
}

impl Half {
    fn of(index: usize) -> Self {
        if index.is_multiple_of(2) { Self::First } else { Self::Second }
    }
}

/// Keywords as a stream, and where in it each is.
pub(crate) struct KeywordStream {
    pub(crate) condition: Condition,
    pub(crate) trace: Trace,
    pub(crate) words: Vec<Spoken>,
}

/// A keyword of a stream, from its first sample to where the next begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken {
    /// Its number among the model's keywords.
    pub(crate) keyword: usize,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// All that a speaker says is in one half.
    pub(crate) half: Half,
}

/// Audio without keywords, as a stream.
pub(crate) struct NegativeStream {
    pub(crate) name: String,
    pub(crate) trace: Trace,
    pub(crate) recordings: Vec<Played>,
}

/// A recording of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Played {
    /// Where the next begins.
    pub(crate) end: u64,
    /// Its length without the gap.
    pub(crate) samples: u64,
    pub(crate) half: Half,
}

/// The keywords of a set's dev split, each with its number and the half that its speaker is in.
pub(crate) struct KeywordClips(Vec<(Audio, usize, Half)>);

impl KeywordClips {
    /// # Errors
    /// When the set's dev split has none of the model's keywords.
    pub(crate) fn load(model: &Model, set: &DataSet) -> Result<Self> {
        let manifest = model.manifest();
        let names: Vec<&str> = manifest.keywords().map(|(_, label)| label.name.as_str()).collect();
        let number = |word: &str| names.iter().position(|name| *name == word);
        let clips: Vec<_> = set
            .clips
            .iter()
            .filter(|clip| clip.split == Split::Dev && number(&clip.word).is_some())
            .cloned()
            .collect();
        if clips.is_empty() {
            bail!("{} has no dev clips of the keywords {}", set.folder.display(), names.join(" "));
        }
        let mut speakers: Vec<&str> = clips.iter().map(|clip| clip.speaker.as_str()).collect();
        speakers.sort_unstable();
        speakers.dedup();
        let (audio, bad) = data::load(&clips, manifest.front_end.sample_rate_hz, &ProgressBar::hidden());
        ensure!(bad.len() < clips.len(), "{}: no clip can be read", set.folder.display());
        let clips = clips.iter().zip(audio).filter_map(|(clip, audio)| {
            let half = Half::of(speakers.binary_search(&clip.speaker.as_str()).unwrap_or(0));
            Some((audio?, number(&clip.word)?, half))
        });
        Ok(Self(clips.collect()))
    }

    /// Plays them under each condition.
    pub(crate) fn play(
        &self,
        model: &Arc<Model>,
        conditions: &[Condition],
        noise: Option<&NoiseTape>,
    ) -> Result<Vec<KeywordStream>> {
        conditions.par_iter().map(|&condition| self.play_one(model, condition, noise)).collect()
    }

    fn play_one(
        &self,
        model: &Arc<Model>,
        condition: Condition,
        noise: Option<&NoiseTape>,
    ) -> Result<KeywordStream> {
        let mut staging = Staging::new(condition, noise, model.manifest().front_end.sample_rate_hz)?;
        let mut recorder = TraceRecorder::new(model, FLOOR)?;
        let (mut words, mut position) = (Vec::new(), 0);
        for (clip, keyword, half) in &self.0 {
            let heard = staging.play(&data::as_f32(clip), gap_samples(model));
            recorder.push(&heard)?;
            let end = position + heard.len() as u64;
            words.push(Spoken { keyword: *keyword, start: position, end, half: *half });
            position = end;
        }
        Ok(KeywordStream { condition, trace: recorder.finish()?, words })
    }
}

impl NegativeStream {
    /// Plays all recordings of a folder (of its `dev` part, if it has one).
    pub(crate) fn play(model: &Arc<Model>, folder: &Path) -> Result<Self> {
        let recordings = data::load_dev_folder(folder, model.manifest().front_end.sample_rate_hz)?;
        let mut recorder = TraceRecorder::new(model, FLOOR)?;
        let gap = vec![0.0; gap_samples(model)];
        let (mut played, mut position) = (Vec::new(), 0);
        for (index, recording) in recordings.iter().enumerate() {
            recorder.push(&data::as_f32(recording))?;
            recorder.push(&gap)?;
            let samples = recording.len() as u64;
            position += samples + gap.len() as u64;
            played.push(Played { end: position, samples, half: Half::of(index) });
        }
        Ok(Self { name: data::folder_name(folder), trace: recorder.finish()?, recordings: played })
    }
}

fn gap_samples(model: &Model) -> usize {
    (GAP_SECONDS * f64::from(model.manifest().front_end.sample_rate_hz)) as usize
}
