//! `polyspot-tools evaluate`: a model's figures on speakers that training never heard.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use clap::Args;
use polyspot::Model;

use super::stream_flags::StreamFlags;
use crate::data::{self, DataSet};
use crate::evaluation::clips;
use crate::evaluation::figures::{OperatingPoint, lowest_with};
use crate::evaluation::judge::Judge;
use crate::evaluation::requirement::Requirement;
use crate::files::check_output;
use crate::report::{Evaluation, ModelFacts, Negatives, StreamFigures, Verdict};

/// Measure a model on single clips and, with --negatives, on streams.
///
/// Clips: all clips of the keywords in the data folder's dev split, other words as many as a mean keyword ("unknown"), and
/// as many one-second cuts of noise ("silence"), judged as by `polyspot score --clips`.
///
/// Streams: the keyword clips one after the other with one-second gaps, under each condition; and recordings without
/// keywords, in which every detection is a false alarm. Detections are those of `polyspot listen`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  polyspot-tools evaluate models/en.onnx --data DATA/en --noise DATA/noise --snr clean,10,0 \\
    --negatives DATA/speech --negatives DATA/noise --report en.html --require 'frr<=0.05@fah<=0.5'

Requirements: frr<=RATE@fah<=RATE (the first condition), 'CONDITION: frr<=RATE@fah<=RATE' such as
'10 dB SNR: frr<=0.12@fah<=1', and accuracy>=RATE (of the keyword clips). RATE is 0.05, not 5 %.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a requirement is broken.")]
pub(crate) struct Arguments {
    /// Model to measure
    model: PathBuf,
    /// Folder of words in the model's language; its dev speakers are used
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    streams: StreamFlags,
    /// Folder of audio without keywords (its dev/ part, if it has one); may be given several times
    #[arg(long, value_name = "DIR")]
    negatives: Vec<PathBuf>,
    /// Show the lowest common threshold with at most this many false alarms per hour
    #[arg(long, default_value_t = 1.0, value_name = "RATE")]
    false_alarms_per_hour: f64,
    /// End with exit code 3 if the model does not do this; may be given several times
    #[arg(long, value_name = "WHAT")]
    require: Vec<Requirement>,
    /// Write all figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write all figures as one table
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write a page with drawings (HTML, one file)
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let outputs = [&arguments.json, &arguments.csv, &arguments.report];
    outputs.into_iter().flatten().try_for_each(|path| check_output(path))?;
    let model =
        Model::from_path(&arguments.model).with_context(|| format!("model {}", arguments.model.display()))?;
    let model = Arc::new(model);
    let set = DataSet::open(&arguments.data)?;
    let clips = clips::measure(&model, &set, arguments.streams.noise.as_deref(), arguments.seed)?;
    let streams = if arguments.negatives.is_empty() {
        ensure!(!arguments.streams.has_conditions(), "conditions are of streams, which need --negatives DIR");
        None
    } else {
        let judge = arguments.streams.listen(&model, &set, &arguments.negatives)?;
        Some(stream_figures(&judge, arguments.false_alarms_per_hour))
    };
    let points: Vec<&OperatingPoint> =
        streams.iter().flat_map(|s| std::iter::once(&s.own).chain(&s.curve)).collect();
    let requirements: Vec<Verdict> = arguments
        .require
        .iter()
        .map(|r| Verdict { requirement: r.to_string(), broken: r.broken(Some(&clips), &points) })
        .collect();
    let evaluation = Evaluation {
        schema: 1,
        tool: concat!("polyspot-tools ", env!("CARGO_PKG_VERSION")).into(),
        command: command(),
        model: facts(&model, arguments),
        data: data::folder_name(&arguments.data),
        clips,
        streams,
        requirements,
    };
    write(&evaluation, arguments)?;
    let is_broken = evaluation.requirements.iter().any(|verdict| verdict.broken.is_some());
    Ok(if is_broken { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

fn write(evaluation: &Evaluation, arguments: &Arguments) -> Result<()> {
    if let Some(path) = &arguments.json {
        evaluation.write_json(path)?;
    }
    if let Some(path) = &arguments.csv {
        evaluation.write_csv(path)?;
    }
    if let Some(path) = &arguments.report {
        evaluation.write_html(path)?;
    }
    // Last: whoever reads it may have gone.
    Ok(evaluation.print()?)
}

fn stream_figures(judge: &Judge, false_alarms_per_hour: f64) -> StreamFigures {
    let curve = judge.sweep(None);
    let rate_hz = f64::from(judge.manifest.front_end.sample_rate_hz);
    let hours = |samples: u64| samples as f64 / rate_hz / 3_600.0;
    StreamFigures {
        keywords: judge.names().into_iter().map(String::from).collect(),
        smoothing_steps: judge.manifest.detector.smoothing_steps,
        refractory_ms: judge.manifest.detector.refractory_ms,
        negatives: judge
            .negatives
            .iter()
            .map(|stream| Negatives {
                name: stream.name.clone(),
                hours: hours(stream.recordings.iter().map(|recording| recording.samples).sum()),
            })
            .collect(),
        own: judge.at(&judge.own_thresholds(), None),
        chosen: lowest_with(&curve, false_alarms_per_hour).cloned(),
        false_alarms_per_hour,
        curve,
    }
}

fn facts(model: &Model, arguments: &Arguments) -> ModelFacts {
    ModelFacts {
        file: data::folder_name(&arguments.model),
        sha256: model.sha256().into(),
        language: model.manifest().language.clone(),
        parameters: model.parameters(),
        written_by: model.manifest().tool.clone(),
    }
}

/// The command line, in quotes where a shell needs them.
fn command() -> String {
    let quote = |argument: String| {
        let is_plain = |c: char| c.is_alphanumeric() || "-_./,=+:".contains(c);
        if argument.chars().all(is_plain) { argument } else { format!("'{argument}'") }
    };
    let arguments: Vec<String> = std::env::args().skip(1).map(quote).collect();
    format!("polyspot-tools {}", arguments.join(" "))
}
