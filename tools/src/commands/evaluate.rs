//! `polyspot-tools evaluate`: a model's figures on speakers that training never heard.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use polyspot::Model;

use super::stream_flags::{StreamFlags, rate};
use crate::data::{self, DataSet};
use crate::evaluation::clips;
use crate::evaluation::figures::OperatingPoint;
use crate::evaluation::gated::{Wake, WakeFigures};
use crate::evaluation::judge::Judge;
use crate::evaluation::requirement::Requirement;
use crate::files::check_outputs;
use crate::report::{Evaluation, ModelFacts, StreamFigures, Verdict};

/// Measure a model on single clips and, with --negatives, on streams.
///
/// Clips: all clips of the keywords in the data folder's dev split (in all of a plain folder of words), other words as many as
/// a mean keyword ("unknown"), and as many one-second cuts of noise ("silence"), judged as by `polyspot score --clips`.
///
/// Streams: the keyword clips one after the other with one-second gaps, under each condition; and recordings without
/// keywords, in which every detection is a false alarm, counted by kind: what stands before the number in a file's name, or the
/// folder where that has less than ten minutes. Words of another language are such recordings, too. Detections are those of
/// `polyspot listen`.
///
/// A word begins and ends with the first and the last 10 ms within 30 dB of its clip's loudest; distances and delays count from
/// there. A detection counts once, for its own keyword, if it is placed from the word's start to 0.5 s after its end.
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
    /// Folder of words in the model's language; its dev speakers are used, or all of a folder without splits
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    streams: StreamFlags,
    /// Folder of audio without keywords (its dev/ part, if it has one; folders named as a keyword are left out); may be given
    /// several times
    #[arg(long, value_name = "DIR")]
    negatives: Vec<PathBuf>,
    /// Let keywords count only after a word of this model, and say what false alarms are left
    #[arg(long, value_name = "MODEL", requires = "negatives")]
    wake: Option<PathBuf>,
    /// Wake by these words of the wake model only
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "wake")]
    wake_keyword: Vec<String>,
    /// Let keywords count for so long after the wake word
    #[arg(long, value_name = "SECONDS", default_value_t = 6.0, requires = "wake", value_parser = window)]
    window: f64,
    /// Hold the model to at most so many false alarms per hour, with one threshold for all keywords
    #[arg(
        long,
        default_value = "1,0.5",
        value_delimiter = ',',
        value_name = "RATE,…",
        value_parser = rate
    )]
    false_alarms_per_hour: Vec<f64>,
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

fn window(text: &str) -> Result<f64, String> {
    let window = text.parse().ok().filter(|seconds| (1.0..=3_600.0).contains(seconds));
    window.ok_or_else(|| format!("expected 1 to 3600 s, found {text:?}"))
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let outputs = [&arguments.json, &arguments.csv, &arguments.report];
    let outputs: Vec<&PathBuf> = outputs.into_iter().flatten().collect();
    check_outputs(&outputs, [&arguments.model].into_iter().chain(&arguments.wake))?;
    let model =
        Model::from_path(&arguments.model).with_context(|| format!("model {}", arguments.model.display()))?;
    let model = Arc::new(model);
    let set = DataSet::open(&arguments.data)?;
    let clips = clips::measure(&model, &set, arguments.streams.noise.as_deref(), arguments.seed)?;
    let mut after_wake_word = None;
    let streams = if arguments.negatives.is_empty() {
        ensure!(!arguments.streams.has_conditions(), "conditions are of streams, which need --negatives DIR");
        None
    } else {
        let wake = arguments.wake_model()?;
        let (judge, woken) =
            arguments.streams.listen_with(&model, &set, &arguments.negatives, wake.as_ref())?;
        after_wake_word = wake.zip(woken).map(|(wake, woken)| arguments.after(&wake, woken, &judge));
        Some(StreamFigures::of(&judge, &arguments.false_alarms_per_hour, arguments.seed))
    };
    let points: Vec<&OperatingPoint> = streams.iter().flat_map(StreamFigures::points).collect();
    let requirements: Vec<Verdict> = arguments
        .require
        .iter()
        .map(|r| Verdict { requirement: r.to_string(), broken: r.broken(Some(&clips), &points) })
        .collect();
    let evaluation = Evaluation {
        schema: 2,
        tool: concat!("polyspot-tools ", env!("CARGO_PKG_VERSION")).into(),
        command: command(),
        model: facts(&model, arguments),
        data: data::folder_name(&arguments.data),
        data_is_plain: set.is_plain,
        clips,
        streams,
        after_wake_word,
        requirements,
    };
    write(&evaluation, arguments)?;
    let is_broken = evaluation.requirements.iter().any(|verdict| verdict.broken.is_some());
    Ok(if is_broken { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

impl Arguments {
    /// The wake model, if there is one.
    fn wake_model(&self) -> Result<Option<Arc<Model>>> {
        let Some(path) = &self.wake else { return Ok(None) };
        let wake = Model::from_path(path).with_context(|| format!("wake model {}", path.display()))?;
        let known: Vec<&str> = wake.manifest().keywords().map(|(_, label)| label.name.as_str()).collect();
        if let Some(unknown) = self.wake_keyword.iter().find(|name| !known.contains(&name.as_str())) {
            bail!(
                "wake model {}: unknown keyword {unknown:?}; there are: {}",
                path.display(),
                known.join(", ")
            );
        }
        Ok(Some(Arc::new(wake)))
    }

    fn after(&self, model: &Model, woken: Judge, judge: &Judge) -> WakeFigures {
        let window = Duration::from_secs_f64(self.window);
        let wake = Wake { judge: woken, keywords: self.wake_keyword.clone(), window };
        let file = self.wake.as_deref().map(data::folder_name).unwrap_or_default();
        wake.figures(judge, file, model.sha256().into())
    }
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
