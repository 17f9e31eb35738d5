//! Raw audio from standard input: a pipe that may never end, so detections appear as they occur.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use anyhow::anyhow;
use polyspot_audio::{ChannelChoice, Resampler, mono_samples};

use polyspot_text::say;

use super::pcm::{Pcm, SampleFormat};
use super::report::Report;
use super::scorer::{Finding, Job, Scorer};
use crate::exit::{Exit, Failure};

/// Most bytes taken at once; a live pipe gives as many as there are.
const BLOCK_BYTES: usize = 16 << 10;

/// What standard input is called in results.
const NAME: &str = "-";

/// The options that say what comes from standard input.
#[derive(clap::Args)]
#[expect(clippy::struct_field_names, reason = "clap makes the options' names from them")]
#[command(next_help_heading = "Options for standard input")]
pub(super) struct RawArgs {
    /// How a sample is written [default: s16le].
    #[arg(long, value_enum, value_name = "FORMAT")]
    raw_format: Option<SampleFormat>,

    /// Samples per second and channel [default: 16000].
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1_000..=384_000))]
    raw_rate: Option<u32>,

    /// Channels, sample by sample in turn [default: 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    raw_channels: Option<u16>,
}

/// What comes from standard input.
#[derive(Clone, Copy)]
pub(super) struct RawFormat {
    sample: SampleFormat,
    rate_hz: u32,
    channels: usize,
}

impl RawArgs {
    pub(super) fn is_given(&self) -> bool {
        self.raw_format.is_some() || self.raw_rate.is_some() || self.raw_channels.is_some()
    }

    pub(super) fn resolve(&self) -> RawFormat {
        RawFormat {
            sample: self.raw_format.unwrap_or(SampleFormat::S16le),
            rate_hz: self.raw_rate.unwrap_or(16_000),
            channels: self.raw_channels.map_or(1, usize::from),
        }
    }
}

/// Scores standard input until it ends.
pub(super) fn score(job: &Job, format: RawFormat, report: Report) -> Result<Exit, Failure> {
    let input = io::stdin().lock();
    if input.is_terminal() {
        return Err(Failure::usage(anyhow!("standard input is a terminal, expected raw audio from a pipe")));
    }
    job.choice.check(format.channels).map_err(Failure::usage)?;
    let mut stream = Stream {
        scorer: Scorer::new(job)?,
        resampler: Resampler::new(format.rate_hz, job.model.manifest().front_end.sample_rate_hz)?,
        resampled: Vec::new(),
        report,
        findings: 0,
    };
    let frames = stream.play(input, format, job.choice)?;
    stream.end(frames, format.rate_hz)
}

/// Standard input, as one recording.
struct Stream {
    scorer: Scorer,
    resampler: Resampler,
    resampled: Vec<f32>,
    report: Report,
    findings: usize,
}

impl Stream {
    /// Scores all that comes and gives its length in frames.
    fn play(
        &mut self,
        mut input: impl Read,
        format: RawFormat,
        choice: ChannelChoice,
    ) -> Result<u64, Failure> {
        let mut pcm = Pcm::new(format.sample, format.channels);
        let mut bytes = vec![0; BLOCK_BYTES];
        let (mut interleaved, mut mono) = (Vec::new(), Vec::new());
        let mut frames = 0;
        loop {
            let read = match input.read(&mut bytes) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(Failure::bad_input(anyhow!(error).context("standard input cannot be read")));
                }
            };
            frames += pcm.push(&bytes[..read], &mut interleaved);
            mono_samples(&interleaved, format.channels, choice, &mut mono);
            self.resampler.push(&mono, |block| self.resampled.extend_from_slice(block))?;
            self.hear()?;
        }
        if pcm.waiting() > 0 {
            let bytes = pcm.waiting();
            say!("polyspot: standard input ends within a frame: its last {bytes} bytes are left out");
        }
        Ok(frames)
    }

    /// Scores what has been resampled and reports at once what is found in it.
    fn hear(&mut self) -> anyhow::Result<()> {
        let mut found = Vec::new();
        self.scorer.push(&self.resampled, |finding| found.push(finding))?;
        self.resampled.clear();
        self.tell(&found)?;
        Ok(())
    }

    fn tell(&mut self, found: &[Finding]) -> io::Result<()> {
        for finding in found {
            self.findings += 1;
            self.report.finding(Path::new(NAME), finding)?;
        }
        if found.is_empty() { Ok(()) } else { self.report.flush() }
    }

    fn end(mut self, frames: u64, rate_hz: u32) -> Result<Exit, Failure> {
        if frames == 0 {
            self.report.error(Path::new(NAME), "expected audio, found nothing")?;
        } else {
            self.resampler.flush(|block| self.resampled.extend_from_slice(block))?;
            self.hear()?;
            let mut found = Vec::new();
            self.scorer.finish(|finding| found.push(finding))?;
            self.tell(&found)?;
            let seconds = frames as f64 / f64::from(rate_hz);
            self.report.end_of_file(Path::new(NAME), seconds, self.findings, false)?;
        }
        Ok(self.report.end()?)
    }
}
