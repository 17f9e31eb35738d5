//! A network that has heard much speech, which a base learns to imitate.
//!
//! It is another program, so that any network in any framework can teach: see `tools/scripts/teacher.py` for the protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, anyhow, ensure};
use indicatif::ProgressBar;
use serde::Deserialize;

use super::corpus::Recording;
use crate::bounds::within;
use crate::progress;

/// What a teacher says of its descriptions.
#[derive(Clone, Copy, Debug, Deserialize)]
struct About {
    /// Samples of a piece, at 16 kHz.
    samples: usize,
    /// Descriptions of a piece.
    steps: usize,
    /// Values of a description.
    dimensions: usize,
    /// End of the sound that the first description is of.
    first_end_ms: usize,
    /// From one description to the next.
    step_ms: usize,
}

/// A recording as a teacher describes it.
pub(crate) struct Described {
    pub(crate) recording: Recording,
    /// `[steps, dimensions]`
    pub(crate) values: Vec<f32>,
}

/// What a base imitates.
pub(crate) struct Descriptions {
    pub(crate) recordings: Vec<Described>,
    pub(crate) dimensions: usize,
    /// Samples up to the end of the first description, and from one to the next.
    pub(crate) first_end: usize,
    pub(crate) step: usize,
}

/// Describes recordings by a command, run by the shell in so many processes.
///
/// # Errors
/// When the command cannot be run, ends early, or does not say what its descriptions are like.
pub(crate) fn describe(command: &str, recordings: &[&Recording], processes: usize) -> Result<Descriptions> {
    let teachers: Vec<Teacher> =
        (0..processes.max(1)).map(|_| Teacher::start(command)).collect::<Result<_>>()?;
    let about = teachers[0].about;
    let pieces: Vec<Recording> =
        recordings.iter().flat_map(|recording| recording.chunks(about.samples).map(Into::into)).collect();
    let bar = progress::bar(pieces.len() as u64, 0);
    bar.set_message("the teacher listens");
    let (count, pieces, bar_of) = (teachers.len(), &pieces, &bar);
    let parts: Vec<Result<Vec<Described>>> = std::thread::scope(|scope| {
        let listen = |(n, teacher): (usize, Teacher)| {
            scope.spawn(move || teacher.describe(pieces.iter().skip(n).step_by(count), bar_of))
        };
        let running: Vec<_> = teachers.into_iter().enumerate().map(listen).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a thread failed"))))
            .collect()
    });
    bar.finish_and_clear();
    let parts =
        parts.into_iter().collect::<Result<Vec<_>>>().with_context(|| format!("teacher {command:?}"))?;
    let mut recordings: Vec<Described> = parts.into_iter().flatten().collect();
    ensure!(!recordings.is_empty(), "there is nothing for the teacher to describe");
    normalise(&mut recordings, about.dimensions);
    let samples = |ms: usize| ms * 16;
    let (first_end, step) = (samples(about.first_end_ms), samples(about.step_ms));
    Ok(Descriptions { recordings, dimensions: about.dimensions, first_end, step })
}

/// A running teacher.
struct Teacher {
    about: About,
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Teacher {
    fn start(command: &str) -> Result<Self> {
        Self::read(command).with_context(|| format!("teacher {command:?}"))
    }

    fn read(command: &str) -> Result<Self> {
        let (input, output) = (Stdio::piped(), Stdio::piped());
        let mut child = Command::new("sh").args(["-c", command]).stdin(input).stdout(output).spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut line = String::new();
        output.by_ref().take(10_000).read_line(&mut line)?;
        let about: About =
            serde_json::from_str(&line).with_context(|| format!("its first line, {line:?}"))?;
        within("teacher", "samples", about.samples, 1_600..=16_000_000)?;
        within("teacher", "steps", about.steps, 1..=1_000_000)?;
        within("teacher", "dimensions", about.dimensions, 1..=4_096)?;
        within("teacher", "first_end_ms", about.first_end_ms, 1..=10_000)?;
        within("teacher", "step_ms", about.step_ms, 1..=10_000)?;
        Ok(Self { about, child, output })
    }

    fn describe<'r>(
        mut self,
        pieces: impl Iterator<Item = &'r Recording>,
        bar: &ProgressBar,
    ) -> Result<Vec<Described>> {
        let About { samples, steps, dimensions, first_end_ms, step_ms } = self.about;
        let mut input = self.child.stdin.take().context("no standard input")?;
        let mut described = Vec::new();
        for recording in pieces {
            let mut bytes: Vec<u8> = recording.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            bytes.resize(2 * samples, 0);
            input.write_all(&bytes).and_then(|()| input.flush()).context("it takes no more samples")?;
            let mut bytes = vec![0; 4 * steps * dimensions];
            self.output.read_exact(&mut bytes).context("it ended before it had described all")?;
            // What follows the recording's end is silence that nobody asked for.
            let said = (recording.len().saturating_sub(first_end_ms * 16) / (step_ms * 16)).min(steps);
            let values = bytes.chunks_exact(4).take(said * dimensions);
            let values: Vec<f32> = values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            ensure!(values.iter().all(|value| value.is_finite()), "it gave a value that is not finite");
            described.push(Described { recording: recording.clone(), values });
            bar.inc(1);
        }
        drop(input);
        self.child.wait()?;
        Ok(described)
    }
}

/// Gives each dimension mean 0 and deviation 1 over all that was described.
fn normalise(recordings: &mut [Described], dimensions: usize) {
    for dimension in 0..dimensions {
        let values = || recordings.iter().flat_map(|d| d.values.iter().skip(dimension).step_by(dimensions));
        let count = values().count().max(1) as f64;
        let mean = values().map(|&v| f64::from(v)).sum::<f64>() / count;
        let variance = values().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
        let (mean, scale) = (mean as f32, 1.0 / (variance as f32).max(1e-6).sqrt());
        for described in recordings.iter_mut() {
            let values = described.values.iter_mut().skip(dimension).step_by(dimensions);
            values.for_each(|value| *value = (*value - mean) * scale);
        }
    }
}

impl Descriptions {
    /// The description of the sound that ends at a sample, between the two that are nearest; none where there are not two.
    pub(crate) fn at(&self, described: &Described, sample: f32) -> Option<impl Iterator<Item = f32>> {
        let position = (sample - self.first_end as f32) / self.step as f32;
        let index = (position >= 0.0).then_some(position as usize)?;
        let share = position - index as f32;
        let pair = described.values.get(index * self.dimensions..(index + 2) * self.dimensions)?;
        let (before, after) = pair.split_at(self.dimensions);
        Some(before.iter().zip(after).map(move |(a, b)| a + (b - a) * share))
    }
}
