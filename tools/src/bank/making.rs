//! A bank made of recordings.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use polyspot::Model;
use polyspot::front_end::FrontEndSpec;
use polyspot::stream::PosteriorStream;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use serde::Deserialize;

use super::choose::{Candidate, choose};
use super::coding;
use super::{About, Bank, Piece, VERSION};
use crate::augment::{NoiseBank, NoiseSettings, Scene, WaveformSettings};
use crate::data;
use crate::export;
use crate::frames::frames;
use crate::training::Checkpoint;
use crate::training::loss::{RUN_STEPS, highest_mean};

/// Seconds of a piece.
const PIECE_SECONDS: usize = 10;
/// A piece ends up to so many seconds earlier, in a pause.
const EARLIER_SECONDS: usize = 3;
/// A shorter rest of a recording is left out.
const SHORTEST_SECONDS: usize = 4;
/// Pauses between recordings that are shorter than a piece, in seconds.
const PAUSES: std::ops::Range<f32> = 0.1..0.6;
/// Share of the pieces that are heard in a room, with noise, or by telephone.
const CHANGED_SHARE: f64 = 0.4;

/// A collection of recordings without keywords that may be passed on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) name: String,
    /// Folder below a data folder.
    folder: PathBuf,
    /// What its files' names begin with; all files of the folder without it.
    #[serde(default)]
    prefix: String,
    /// Tag of the language; `und` of noise.
    language: String,
    licence: String,
    /// Whether it holds words that stand alone, not sentences.
    #[serde(default)]
    single_words: bool,
    /// Whether synthesisers speak: pieces that are trained on, but judge nothing.
    #[serde(default)]
    synthetic: bool,
    /// So much of it at most.
    #[serde(default = "all")]
    minutes: usize,
    /// The language whose keywords it holds, if it does: what that head makes of it counts for nothing.
    #[serde(default)]
    holds_keywords_of: Option<String>,
}

fn all() -> usize {
    usize::MAX
}

/// A piece before it is chosen.
struct Made {
    source: usize,
    /// `[T, coefficients]`
    frames: Vec<f32>,
    hardness: f32,
}

/// Makes a bank of about so many minutes; what is hard is what the base's heads nearly take for keywords.
///
/// # Errors
/// When a source has no recordings, or one cannot be read.
pub(crate) fn make(
    base: &Checkpoint,
    (sources, folders): (&[Source], &[PathBuf]),
    minutes: usize,
    bar: &ProgressBar,
) -> Result<Bank> {
    ensure!(!sources.is_empty(), "expected sources of a bank, found none");
    let (about, spec) = (&base.about, &base.about.front_end);
    let models: Vec<Arc<Model>> = about
        .vocabularies
        .iter()
        .map(|vocabulary| {
            Ok(Arc::new(export::model(&about.recipe.network, &base.weights, vocabulary, spec)?))
        })
        .collect::<Result<_>>()?;
    bar.set_length(sources.len() as u64);
    let mut made = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        bar.set_message(source.name.clone());
        made.extend(pieces_of((number, source), folders, &models, spec)?);
        bar.inc(1);
    }
    let candidates: Vec<Candidate<'_>> = made
        .iter()
        .map(|piece| Candidate { source: &sources[piece.source].name, hardness: piece.hardness })
        .collect();
    let chosen = choose(&candidates, minutes * 60 / PIECE_SECONDS, about.recipe.seed);
    let coded =
        |&(index, _): &(usize, u64)| coding::code(&made[index].frames, spec.coefficients, coding::STEP);
    let steps = chosen.par_iter().flat_map_iter(coded).collect();
    let piece = |&(index, stands_for): &(usize, u64)| {
        let Made { source, frames, .. } = &made[index];
        let Source { name, language, licence, single_words, synthetic, .. } = &sources[*source];
        Piece {
            source: name.clone(),
            language: language.clone(),
            licence: licence.clone(),
            single_words: *single_words,
            synthetic: *synthetic,
            frames: frames.len() / spec.coefficients,
            stands_for,
        }
    };
    let pieces = chosen.iter().map(piece).collect();
    let (front_end, step) = (spec.clone(), coding::STEP);
    Ok(Bank { steps, about: About { version: VERSION, front_end, step, pieces } })
}

/// The pieces of a source, with how hard each is.
fn pieces_of(
    (number, source): (usize, &Source),
    folders: &[PathBuf],
    models: &[Arc<Model>],
    spec: &FrontEndSpec,
) -> Result<Vec<Made>> {
    let mut paths = folders.iter().map(|folder| folder.join(&source.folder));
    let path = paths.find(|path| path.is_dir());
    let path = path.with_context(|| {
        format!("source {:?}: expected a folder {}, found none", source.name, source.folder.display())
    })?;
    let recordings = data::load_recordings(&path, spec.sample_rate_hz)?;
    let is_of = |recording: &&data::Recording| {
        let name = recording.path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(&source.prefix))
    };
    let mut audio: Vec<&[i16]> = recordings.iter().filter(is_of).map(|recording| &*recording.audio).collect();
    ensure!(!audio.is_empty(), "source {:?}: no recordings in {}", source.name, path.display());
    let mut rng = StdRng::seed_from_u64(number as u64);
    audio.shuffle(&mut rng);
    let mut tape = tape(&audio, spec.sample_rate_hz, &mut rng);
    tape.truncate(source.minutes.saturating_mul(60 * spec.sample_rate_hz as usize));
    let noise = NoiseBank::new(NoiseSettings::default(), spec.sample_rate_hz, Vec::new());
    let parts = cut(&tape, spec.sample_rate_hz as usize);
    let made = parts.par_iter().enumerate().map(|(index, part)| {
        let mut rng = StdRng::seed_from_u64((number << 32 | index) as u64);
        let samples = heard(part, &noise, spec.sample_rate_hz, &mut rng);
        let frames = frames(spec, &samples)?;
        let judges = models
            .iter()
            .filter(|model| source.holds_keywords_of.as_ref() != Some(&model.manifest().language));
        let hardness = judges.map(|model| hardness(model, &frames)).collect::<Result<Vec<_>>>()?;
        Ok(Made { source: number, hardness: hardness.into_iter().fold(0.0, f32::max), frames })
    });
    made.collect::<Result<_>>().with_context(|| format!("source {:?}", source.name))
}

/// Recordings one after the other.
fn tape(recordings: &[&[i16]], rate_hz: u32, rng: &mut StdRng) -> Vec<i16> {
    let mut tape = Vec::new();
    for recording in recordings {
        tape.extend_from_slice(recording);
        let pause = rng.random_range(PAUSES) * rate_hz as f32;
        tape.resize(tape.len() + pause as usize, 0);
    }
    tape
}

/// Pieces of a tape. Each ends where it is quietest, lest a word that is cut off is taken for another.
fn cut(tape: &[i16], rate: usize) -> Vec<&[i16]> {
    let mut parts = Vec::new();
    let mut rest = tape;
    while rest.len() >= SHORTEST_SECONDS * rate {
        let end = if rest.len() <= PIECE_SECONDS * rate {
            rest.len()
        } else {
            let pause = rate / 10;
            let energy = |first: &usize| -> f64 {
                rest[*first..first + pause].iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum()
            };
            let last = PIECE_SECONDS * rate - pause;
            let places = (last - EARLIER_SECONDS * rate..=last).step_by(pause / 4);
            places.min_by(|a, b| energy(a).total_cmp(&energy(b))).unwrap_or(last) + pause / 2
        };
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

/// A piece as a microphone hears it: as it is, or in a room, with noise, by telephone.
fn heard(part: &[i16], noise: &NoiseBank, rate_hz: u32, rng: &mut StdRng) -> Vec<f32> {
    let settings = WaveformSettings::default();
    let mut scene = Scene::new(&settings, rate_hz, part.len());
    scene.samples = data::as_f32(part);
    if rng.random_bool(CHANGED_SHARE) {
        scene.reverberate(rng);
        noise.mix_into(&mut scene.samples, rng);
        scene.narrow(rng);
    }
    scene.add_floor(rng);
    scene.scale(rng);
    scene.samples
}

/// The highest mean posterior of a keyword over a run of steps.
fn hardness(model: &Arc<Model>, frames: &[f32]) -> Result<f32> {
    let keywords = model.manifest().keywords().count();
    let mut steps: Vec<Vec<f32>> = Vec::new();
    PosteriorStream::new(model)?
        .push_frames(frames, |step| steps.push(step.probabilities[..keywords].to_vec()))?;
    let mean = |run: &[Vec<f32>]| highest_mean(&run.iter().map(Vec::as_slice));
    Ok(steps.windows(RUN_STEPS).map(mean).fold(0.0, f32::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_in_pauses() {
        // Loud, with a pause of 0.2 s every 2.7 s.
        let tape: Vec<i16> = (0..30_000).map(|i| if i % 2_700 < 200 { 0 } else { 1_000 }).collect();
        let parts = cut(&tape, 1_000);
        assert_eq!(parts.concat(), tape[..parts.iter().map(|part| part.len()).sum()]);
        assert!(parts.len() >= 3);
        for part in &parts[..parts.len() - 1] {
            assert!((7_000..=10_000).contains(&part.len()), "{} samples", part.len());
            assert_eq!(part[part.len() - 20..], [0; 20]);
        }
    }

    #[test]
    fn what_is_shorter_than_a_piece_is_one_and_what_is_too_short_none() {
        assert_eq!(cut(&[1; 5_000], 1_000).len(), 1);
        assert!(cut(&[1; 3_999], 1_000).is_empty());
    }
}
