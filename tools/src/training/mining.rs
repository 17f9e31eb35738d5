//! Hard negatives: what the network being trained falsely detects.
//!
//! Every so often it hears recordings without keywords, as a stream and through the library that will run it; where a keyword
//! peaks, that piece is drawn again and again until the next time (bootstrapping, Sung and Poggio 1998). The recordings are running
//! speech, other languages' words, noise, and noise that was made for the occasion: what barks, cries and clatters has no end.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use polyspot::Model;
use polyspot::front_end::FrontEndSpec;
use polyspot::stream::{Posterior, PosteriorStream};

use super::corpus::{Corpus, Recording};
use super::loss::{RUN_STEPS, highest_mean};
use super::made_up::MADE_UP;
use super::vocabulary::Vocabulary;
use crate::bank::BankPiece;
use crate::data::as_f32;
use crate::export;
use crate::network::{NetworkShape, Weights};

/// The least mean posterior of a run of steps that counts as a false detection.
const LEAST: f32 = 0.08;
/// Steps in which there is one false detection at most.
const APART_STEPS: usize = 12;
/// Turns in which everything is heard once.
const TURNS: u64 = 4;
/// Most that are kept for a language.
const MOST: usize = 2_000;

/// Where a keyword peaks that nobody said.
#[derive(Clone)]
pub(crate) struct Hard<Sound> {
    pub(crate) sound: Sound,
    /// Where in it the peak's step ends: a sample of a recording, a frame of a piece.
    pub(crate) end: usize,
    /// Mean posterior of the keyword there.
    pub(crate) score: f32,
}

/// What a language's network falsely detects, the hardest first.
#[derive(Clone, Default)]
pub(crate) struct HardNegatives {
    pub(crate) recordings: Vec<Hard<Recording>>,
    /// Of the bank's pieces.
    pub(crate) pieces: Vec<Hard<Arc<[f32]>>>,
}

impl HardNegatives {
    pub(crate) fn len(&self) -> usize {
        self.recordings.len() + self.pieces.len()
    }

    fn add(&mut self, mut other: Self) {
        self.recordings.append(&mut other.recordings);
        self.pieces.append(&mut other.pieces);
    }

    fn keep_hardest(&mut self) {
        keep_hardest(&mut self.recordings);
        keep_hardest(&mut self.pieces);
    }
}

fn keep_hardest<Sound>(hard: &mut Vec<Hard<Sound>>) {
    // What differs by rounding only keeps its order: an interrupted run goes on as if it had not been.
    hard.sort_by_key(|hard| std::cmp::Reverse((hard.score * 1e4).round() as u32));
    hard.truncate(MOST);
}

/// Hears what holds no keyword of each language, and `made_up` noise: of recordings a quarter at each turn, on so many threads; the
/// hardest first. Made-up words are spared: nobody waits for them.
pub(crate) fn mine(
    shape: &NetworkShape,
    weights: &Weights,
    vocabularies: &[Vocabulary],
    (corpus, made_up, front_end): (&Corpus, &[Recording], &FrontEndSpec),
    (turn, threads): (u64, usize),
) -> Result<Vec<HardNegatives>> {
    let mine = |(language, vocabulary): (usize, &Vocabulary)| {
        if vocabulary.language == MADE_UP {
            return Ok(HardNegatives::default());
        }
        let model = Arc::new(export::model(shape, weights, vocabulary, front_end)?);
        let others = corpus.tapes.iter().enumerate().filter(|(other, _)| *other != language);
        let all =
            corpus.speech.iter().flatten().chain(others.flat_map(|(_, tapes)| tapes)).chain(&corpus.noise);
        let in_turn = all.skip((turn % TURNS) as usize).step_by(TURNS as usize);
        let recordings: Vec<&Recording> = in_turn.chain(made_up).collect();
        let pieces: Vec<&BankPiece> =
            corpus.bank.iter().skip((turn % TURNS) as usize).step_by(TURNS as usize).collect();
        // One after the other would leave a thread with the longest at the end.
        let part = |thread: usize| {
            let pieces = pieces.iter().skip(thread).step_by(threads);
            (recordings.iter().skip(thread).step_by(threads), pieces)
        };
        let parts: Vec<Result<HardNegatives>> = std::thread::scope(|scope| {
            let (model, part) = (&model, &part);
            let hear = move |n| {
                let (recordings, pieces) = part(n);
                hear(model, recordings.copied(), pieces.copied())
            };
            let running: Vec<_> = (0..threads).map(|n| scope.spawn(move || hear(n))).collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a mining thread failed"))))
                .collect()
        });
        let mut hard = HardNegatives::default();
        parts.into_iter().try_for_each(|part| part.map(|part| hard.add(part)))?;
        hard.keep_hardest();
        Ok(hard)
    };
    vocabularies.iter().enumerate().map(mine).collect()
}

fn hear<'r>(
    model: &Arc<Model>,
    recordings: impl Iterator<Item = &'r Recording>,
    pieces: impl Iterator<Item = &'r BankPiece>,
) -> Result<HardNegatives> {
    let manifest = model.manifest();
    let keywords = manifest.keywords().count();
    let FrontEndSpec { hop_samples, frame_samples, .. } = manifest.front_end;
    let mut stream = PosteriorStream::new(model)?;
    let mut hard = HardNegatives::default();
    let mut steps: Vec<(Vec<f32>, usize)> = Vec::new();
    let step =
        |posterior: &Posterior<'_>| (posterior.probabilities[..keywords].to_vec(), posterior.end as usize);
    for recording in recordings {
        stream.reset()?;
        stream.push(&as_f32(recording), |posterior| steps.push(step(&posterior)))?;
        hard.recordings.extend(peaks(&steps).into_iter().map(|(at, score)| Hard {
            sound: Arc::clone(recording),
            end: steps[at].1,
            score,
        }));
        steps.clear();
    }
    for piece in pieces {
        stream.reset()?;
        stream.push_frames(&piece.frames, |posterior| steps.push(step(&posterior)))?;
        hard.pieces.extend(peaks(&steps).into_iter().map(|(at, score)| Hard {
            sound: Arc::clone(&piece.frames),
            end: (steps[at].1 + hop_samples - frame_samples) / hop_samples,
            score,
        }));
        steps.clear();
    }
    Ok(hard)
}

/// Steps at which a keyword's mean over a run of posteriors peaks, and that mean.
fn peaks(steps: &[(Vec<f32>, usize)]) -> Vec<(usize, f32)> {
    let mean = |last: usize| {
        let run = &steps[last + 1 - RUN_STEPS..=last];
        highest_mean(&run.iter().map(|(posteriors, _)| posteriors.as_slice()))
    };
    let mut peaks: Vec<(usize, f32)> = Vec::new();
    for last in RUN_STEPS.saturating_sub(1)..steps.len() {
        let score = mean(last);
        match peaks.last_mut() {
            _ if score < LEAST => {}
            Some(peak) if last - peak.0 < APART_STEPS => {
                if score > peak.1 {
                    *peak = (last, score);
                }
            }
            _ => peaks.push((last, score)),
        }
    }
    peaks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_false_detection_is_the_peak_of_a_run_of_steps() {
        let mut steps: Vec<(Vec<f32>, usize)> = (0..60).map(|step| (vec![0.01, 0.01], 640 * step)).collect();
        // A single step is no run; a long one has one peak.
        steps[5].0[0] = 0.2;
        for (step, score) in [(20, 0.5), (21, 0.9), (22, 0.9), (23, 0.9), (24, 0.4), (50, 0.3), (51, 0.3)] {
            steps[step].0[1] = score;
        }
        let found = peaks(&steps);
        assert_eq!(found.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [23, 51]);
        assert!((found[0].1 - 0.9).abs() < 1e-6);
    }
}
