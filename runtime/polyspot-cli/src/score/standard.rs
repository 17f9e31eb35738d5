//! Standard input: a pipe that may never end, so detections appear as they occur.

use std::io::{self, Cursor, IsTerminal, Read};
use std::path::Path;

use anyhow::{Context, anyhow};
use polyspot_audio::{AudioError, AudioFile, MonoBlocks, RawFormat, SampleFormat, recognised};
use polyspot_text::say;

use super::report::Report;
use super::scorer::{Job, Scorer};
use crate::exit::{Exit, Failure};

/// What standard input is called in results.
const NAME: &str = "-";

/// So many bytes tell whether samples without a header have one.
const MARK_BYTES: u64 = 40;

/// What to do with sound that is not understood.
const ADVICE: &str = "if these are samples without a header, say what they are: --raw-format s16le --raw-rate 16000 --raw-channels 1; \
    this converts other recordings: ffmpeg -i FILE -f wav - | polyspot score -";

/// The options that say what comes from standard input where it has no header.
#[derive(clap::Args)]
#[expect(clippy::struct_field_names, reason = "clap makes the options' names from them")]
#[command(next_help_heading = "Options for standard input")]
pub(super) struct RawArgs {
    /// These are samples without a header, each written like this; without this option, standard input is a recording as files are.
    #[arg(long, value_enum, value_name = "FORMAT")]
    raw_format: Option<RawSample>,

    /// Samples per second and channel [default: 16000].
    #[arg(long, value_name = "HZ", requires = "raw_format", value_parser = clap::value_parser!(u32).range(1_000..=384_000))]
    raw_rate: Option<u32>,

    /// Channels, sample by sample in turn [default: 1].
    #[arg(long, value_name = "N", requires = "raw_format", value_parser = clap::value_parser!(u16).range(1..=64))]
    raw_channels: Option<u16>,
}

/// How a sample is written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum RawSample {
    /// 8-bit integer with an offset of 128.
    U8,
    /// 16-bit integer, little-endian.
    S16le,
    /// 24-bit integer in three bytes, little-endian.
    S24le,
    /// 24-bit integer in the lower three of four bytes, little-endian: what `arecord` calls `S24_LE`.
    #[value(name = "s24-32le")]
    S24In32le,
    /// 32-bit integer, little-endian.
    S32le,
    /// 32-bit float, little-endian, full scale ±1.
    F32le,
    /// µ-law of telephones in America and Japan.
    Mulaw,
    /// A-law of telephones elsewhere.
    Alaw,
}

impl RawArgs {
    pub(super) fn is_given(&self) -> bool {
        self.raw_format.is_some()
    }

    /// `None`: it has a header.
    pub(super) fn resolve(&self) -> Option<RawFormat> {
        Some(RawFormat {
            sample: match self.raw_format? {
                RawSample::U8 => SampleFormat::U8,
                RawSample::S16le => SampleFormat::S16,
                RawSample::S24le => SampleFormat::S24,
                RawSample::S24In32le => SampleFormat::S24In32,
                RawSample::S32le => SampleFormat::S32,
                RawSample::F32le => SampleFormat::F32,
                RawSample::Mulaw => SampleFormat::Mulaw,
                RawSample::Alaw => SampleFormat::Alaw,
            },
            sample_rate_hz: self.raw_rate.unwrap_or(16_000),
            channels: self.raw_channels.map_or(1, usize::from),
        })
    }
}

/// Scores standard input until it ends.
pub(super) fn score(job: &Job, format: Option<RawFormat>, mut report: Report) -> Result<Exit, Failure> {
    let path = Path::new(NAME);
    let file = match open(format) {
        Ok(file) => file,
        Err(Refusal::Usage(error)) => return Err(Failure::usage(error)),
        Err(Refusal::Input(reason)) => {
            report.error(path, &reason)?;
            return Ok(report.end()?);
        }
    };
    job.choice.check(file.channels()).map_err(Failure::usage)?;
    let mut blocks = MonoBlocks::new(file, job.sample_rate_hz(), job.choice).map_err(Failure::bad_input)?;
    let mut findings = 0;
    let mut scorer = Scorer::new(job)?;
    let outcome = scorer.play(
        &mut blocks,
        |_| (),
        |finding| {
            findings += 1;
            report.finding(path, &finding)?;
            report.flush()
        },
    );
    if blocks.left_over_bytes() > 0 {
        let bytes = blocks.left_over_bytes();
        say!("polyspot: standard input ends within a frame: its last {bytes} bytes are left out");
    }
    match outcome.map_err(Failure::from)? {
        _ if blocks.summary().frames == 0 && format.is_some() => {
            report.error(path, "expected audio, found nothing")?;
        }
        Ok(trouble) => report.end_of_file(path, findings, &blocks.summary(), trouble.as_deref())?,
        Err(error) => report.error(path, &reason(&error))?,
    }
    Ok(report.end()?)
}

/// Why standard input is not scored.
enum Refusal {
    /// Nobody has said what it is.
    Usage(anyhow::Error),
    Input(String),
}

fn open(format: Option<RawFormat>) -> Result<AudioFile, Refusal> {
    let mut input = io::stdin();
    if input.is_terminal() {
        return Err(Refusal::Usage(anyhow!("standard input is a terminal, expected audio from a pipe")));
    }
    let Some(format) = format else {
        return AudioFile::from_reader(input).map_err(|error| match error {
            AudioError::Empty => Refusal::Input("expected audio, found nothing".into()),
            AudioError::Io(_) => Refusal::Input(reason(&error)),
            AudioError::Kind { .. } => {
                Refusal::Usage(anyhow!("standard input: {}; {ADVICE}", reason(&error)))
            }
            error => Refusal::Input(format!("{}; {ADVICE}", reason(&error))),
        });
    };
    let mut mark = Vec::new();
    let read = input.by_ref().take(MARK_BYTES).read_to_end(&mut mark);
    read.context("standard input cannot be read").map_err(|error| Refusal::Input(format!("{error:#}")))?;
    if let Some(kind) = recognised(&mark) {
        say!(
            "polyspot: standard input begins like a file of {kind}, which --raw-format takes for sound: leave the --raw options out"
        );
    }
    AudioFile::raw(Cursor::new(mark).chain(input), format).map_err(|error| Refusal::Input(reason(&error)))
}

/// An error with all that led to it.
fn reason(error: &AudioError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
