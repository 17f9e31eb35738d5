//! `polyspot score`: finds the keywords in recordings.
//!
//! ```text
//! paths ─ files ─┬ scorer ┬─ reordered ─ report
//!                └ scorer ┘                 │
//! stdin ─ standard ─ scorer ────────────────┘
//! ```

mod batch;
mod confusion;
mod events;
pub(crate) mod files;
mod folders;
mod output;
mod progress;
mod report;
mod scorer;
mod standard;

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use polyspot_audio::RawFormat;
use polyspot_text::say;

use crate::arguments::{self, Channel, Gain, ModelChoice, Selection, check_apart};
use crate::exit::{Exit, Failure};
use folders::FolderLabels;
use output::{Format, Sink};
use report::Report;
use scorer::{Job, Task};
use standard::RawArgs;

const EXAMPLES: &str = "\
Examples:
  polyspot score meeting.wav
  polyspot score --format jsonl recordings/ > keywords.jsonl
  polyspot score --clips test-set/          # one folder per word: accuracy and confusion table
  arecord -q -f S16_LE -r 16000 -c 1 | polyspot score -
  arecord -q -t raw -f S32_LE -r 48000 -c 2 | polyspot score - --raw-format s32le --raw-rate 48000 --raw-channels 2";

/// Find the keywords in recordings: files, folders or standard input.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Recordings (WAV, FLAC, MP3, Ogg, M4A), and folders, which are searched for them; `-` is standard input: a recording, or with
    /// --raw-format samples without a header.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    model: ModelChoice,

    /// Give each file, as a whole, one label of the model; where folders are named after words, also say how
    /// many labels are right.
    #[arg(long, conflicts_with_all = ["keywords", "cooldown"])]
    clips: bool,

    /// Detect keywords from this score (0 to 1) on, instead of the model's thresholds.
    #[arg(long, value_name = "SCORE", value_parser = arguments::score, conflicts_with_all = ["clips", "profile"])]
    threshold: Option<f32>,

    #[command(flatten)]
    channel: Channel,

    #[command(flatten)]
    gain: Gain,

    #[command(flatten)]
    selection: Selection,

    /// How to write the results.
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Write the results to this file instead of standard output. It appears when all of them are there.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    raw: RawArgs,
}

/// Where the audio comes from.
enum Source {
    Files,
    Standard(Option<RawFormat>),
}

impl Args {
    fn source(&self) -> Result<Source, Failure> {
        let usage = |message: &str| Err(Failure::usage(anyhow!("{message}")));
        match (self.paths.iter().any(|path| path == Path::new("-")), self.raw.is_given()) {
            (true, _) if self.paths.len() > 1 => {
                usage("`-` (standard input) stands alone, without other paths")
            }
            (true, _) => Ok(Source::Standard(self.raw.resolve())),
            (false, true) => usage("the --raw options describe standard input, but there is no path `-`"),
            (false, false) => Ok(Source::Files),
        }
    }
}

/// Scores everything asked for.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let source = args.source()?;
    let models = args.model.load_all()?;
    if args.clips && models.len() > 1 {
        let found = models.len();
        return Err(Failure::usage(anyhow!(
            "--clips gives a label of one model: expected one language, found {found}"
        )));
    }
    let job = Job {
        selected: args.selection.selected(&models, None)?,
        amplifier: args.gain.amplifier(),
        models,
        task: if args.clips { Task::Clips } else { Task::Detections { threshold: args.threshold } },
        choice: args.channel.choice(),
    };
    if let Some(out) = &args.out {
        check_apart(out, args.paths.iter().chain(args.model.file()))?;
    }
    let sink = Sink::new(args.out.as_deref())
        .map_err(|error| Failure::unwritable(args.out.as_deref().unwrap_or(Path::new("-")), error))?;
    let outcome = match source {
        Source::Files => score_files(&job, &args.paths, args.format, sink),
        Source::Standard(format) => Report::new(&job, args.format, sink, None)
            .map_err(Failure::from)
            .and_then(|report| standard::score(&job, format, report)),
    };
    outcome.map_err(|failure| failure.naming_output(args.out.as_deref()))
}

fn score_files(job: &Job, paths: &[PathBuf], format: Format, sink: Sink) -> Result<Exit, Failure> {
    let found = files::find(paths);
    if let Some(others) = found.others.line() {
        say!("polyspot: {others}");
    }
    let files = found.inputs;
    let manifest = job.models[0].manifest();
    let labels = match job.task {
        Task::Clips => FolderLabels::new(manifest, files.iter().map(|file| &*file.path)),
        Task::Detections { .. } => None,
    };
    if matches!(job.task, Task::Clips) && paths.iter().any(|path| path.is_dir()) {
        let clips = files.iter().map(|file| &*file.path);
        if let Some(warning) = folders::without_keywords(manifest, clips) {
            say!("polyspot: {warning}");
        }
    }
    let mut report = Report::new(job, format, sink, labels)?;
    let progress = progress::Progress::new(files.len(), job.sample_rate_hz());
    batch::run(job, &files, &progress, |path, outcome| {
        progress.pause(|| report.file(path, &outcome))?;
        progress.file_done();
        Ok(())
    })?;
    progress.end();
    Ok(report.end()?)
}
