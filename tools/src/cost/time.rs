//! Two models' times, turn by turn: what the machine does beside hits both.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use polyspot::Model;
use polyspot::stream::PosteriorStream;

use super::Pair;

/// Turns of each model.
const TURNS: usize = 400;
/// Seconds of audio in one turn.
const SECONDS: usize = 1;

/// Median times in microseconds per frame, and the median ratio of neighbouring turns.
pub(super) fn interleaved(base: &Arc<Model>, language: &Arc<Model>) -> Result<(Pair<f64>, f64)> {
    let spec = &base.manifest().front_end;
    let audio: Vec<f32> = (0..SECONDS * spec.sample_rate_hz as usize)
        .map(|i| 0.2 * (i as f32 * 0.07 + 3.0 * (i as f32 * 0.000_3).sin()).sin())
        .collect();
    let frames = (audio.len() / spec.hop_samples) as f64;
    let mut streams = [PosteriorStream::new(base)?, PosteriorStream::new(language)?];
    let mut turn = |which: usize| -> Result<f64> {
        let began = Instant::now();
        streams[which].push(&audio, |posterior| {
            std::hint::black_box(posterior.probabilities);
        })?;
        Ok(began.elapsed().as_secs_f64() * 1e6 / frames)
    };
    for _ in 0..10 {
        turn(0)?;
        turn(1)?;
    }
    let (mut times, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
    for number in 0..TURNS {
        // Who goes first takes turns too.
        let first = number % 2;
        let mut pair = [0.0; 2];
        pair[first] = turn(first)?;
        pair[1 - first] = turn(1 - first)?;
        times[0].push(pair[0]);
        times[1].push(pair[1]);
        ratios.push(pair[1] / pair[0]);
    }
    let [base, language] = times.map(median);
    Ok((Pair { base, language }, median(ratios)))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
