//! `polyspot models`: what models say of themselves, and what several cost at once.

mod cost;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyspot::manifest::{Interval, Label, LabelKind};
use polyspot::{Manifest, Model, ModelStore};
use polyspot_text::{lossless, say, shown, visible_json};
use serde::Serialize;

use crate::arguments::refused;
use crate::built_in::{BUILT_IN, installed};
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  polyspot models
  polyspot models --json my-words.onnx
  polyspot models --cost en,ar,zh";

/// Show the built-in models, or any model files.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Model files and adapters beside their base; without any, the built-in models.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Write one JSON object for each model, a line each, with its whole manifest.
    #[arg(long)]
    json: bool,

    /// Show what listening in these languages at once costs beside listening in the first alone, and what their common first
    /// steps save.
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    cost: Vec<String>,
}

/// A model with where it comes from.
#[derive(Serialize)]
struct Card<'a> {
    source: &'a str,
    sha256: &'a str,
    parameters: usize,
    manifest: &'a Manifest,
}

/// Shows every model; one that is refused does not keep the others from being shown.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    if !args.cost.is_empty() {
        return show_cost(args);
    }
    let mut exit = Exit::Done;
    let mut show = |source: &str, model: anyhow::Result<Arc<Model>>| -> anyhow::Result<()> {
        match model {
            Ok(model) => write(source, &model, args.json),
            Err(error) => {
                exit = Exit::BadModel;
                say!("polyspot: {source}: {error:#}");
                Ok(())
            }
        }
    };
    for path in &args.files {
        show(&lossless(path), model_of(path))?;
    }
    if args.files.is_empty() {
        for built_in in BUILT_IN {
            show("built in", Model::from_bytes(built_in.bytes).map(Arc::new).map_err(Into::into))?;
        }
        for path in installed() {
            show(&lossless(&path), model_of(&path))?;
        }
    }
    Ok(exit)
}

/// A model file's, or what an adapter makes of the base beside it.
fn model_of(path: &Path) -> anyhow::Result<Arc<Model>> {
    let mut store = ModelStore::new(1);
    store.add_file(path)?;
    let language = store.languages().next().unwrap_or_default().to_owned();
    Ok(store.load(&language)?)
}

fn show_cost(args: &Args) -> Result<Exit, Failure> {
    let mut store = ModelStore::new(args.cost.len());
    for path in &args.files {
        store.add_file(path).map_err(Failure::bad_model)?;
    }
    for built_in in BUILT_IN {
        store.add_bytes(built_in.language, built_in.bytes);
    }
    for path in installed() {
        store.add_file(&path).map_err(Failure::bad_model)?;
    }
    let models: Vec<_> =
        args.cost.iter().map(|tag| store.load(tag)).collect::<Result<_, _>>().map_err(refused)?;
    let cost = cost::measure(&models)?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&cost)?)?;
    } else {
        writeln!(out, "{cost}")?;
    }
    Ok(Exit::Done)
}

fn write(source: &str, model: &Model, json: bool) -> anyhow::Result<()> {
    let manifest = model.manifest();
    let card = Card { source, sha256: model.sha256(), parameters: model.parameters(), manifest };
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", visible_json(serde_json::to_string(&card)?))?;
    } else {
        writeln!(out, "{card}")?;
    }
    Ok(())
}

impl fmt::Display for Card<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = self.manifest;
        writeln!(f, "{} ({})", manifest.language, shown(self.source))?;
        self.words(f)?;
        self.sound(f)?;
        match &manifest.evidence {
            Some(e) => {
                let percent = |i: Interval| format!(", {:.1} to {:.1} %", i.low * 100.0, i.high * 100.0);
                let rates = |i: Interval| format!(", {:.2} to {:.2}", i.low, i.high);
                row(
                    f,
                    "evidence",
                    format_args!(
                        "{:.1} % false rejects ({} clips{}) at {:.2} false alarms per hour ({:.2} h{}); {}",
                        e.false_reject_rate * 100.0,
                        e.keyword_clips,
                        e.false_reject_interval.map(percent).unwrap_or_default(),
                        e.false_alarms_per_hour,
                        e.hours,
                        e.false_alarms_per_hour_interval.map(rates).unwrap_or_default(),
                        e.data
                    ),
                )?;
                if let Some(held_out) = e.held_out {
                    row(
                        f,
                        "held out",
                        format_args!(
                            "{:.1} % false rejects at {:.2} false alarms per hour, chosen on one half and judged on the other",
                            held_out.false_reject_rate * 100.0,
                            held_out.false_alarms_per_hour
                        ),
                    )?;
                }
            }
            None => row(f, "evidence", format_args!("none: the thresholds were not calibrated"))?,
        }
        row(f, "file", format_args!("sha256 {}", self.sha256))?;
        row(f, "base", format_args!("sha256 {}", manifest.base_sha256))?;
        match &manifest.adapter_sha256 {
            Some(sha256) => row(f, "adapter", format_args!("sha256 {sha256}"))?,
            None => row(f, "adapter", format_args!("none"))?,
        }
        for data in &manifest.training_data {
            let credit = data.attribution.as_ref().map(|whom| format!(", by {whom}")).unwrap_or_default();
            row(f, "trained on", format_args!("{} ({}{credit})", data.name, data.licence))?;
        }
        row(f, "written by", format_args!("{}", manifest.tool))
    }
}

impl Card<'_> {
    fn words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (_, label) in self.manifest.keywords() {
            let threshold = label.threshold.unwrap_or_default();
            row(f, "keyword", format_args!("{} from score {threshold:.3}", Word(label)))?;
        }
        for label in self.manifest.labels.iter().filter(|label| label.kind != LabelKind::Keyword) {
            row(f, "filler", format_args!("{}", Word(label)))?;
        }
        Ok(())
    }

    /// What lies between the samples and a detection.
    fn sound(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Manifest { front_end, network, detector, .. } = self.manifest;
        let ms = |samples: usize| samples as f64 * 1_000.0 / f64::from(front_end.sample_rate_hz);
        let frames_ms = |frames: usize| ms(frames * front_end.hop_samples);
        row(
            f,
            "front end",
            format_args!(
                "{} MFCCs of {} mels, {} to {} Hz, {} ms frames every {} ms, at {} Hz",
                front_end.coefficients,
                front_end.mel_bins,
                front_end.low_hz,
                front_end.high_hz,
                ms(front_end.frame_samples),
                ms(front_end.hop_samples),
                front_end.sample_rate_hz
            ),
        )?;
        row(
            f,
            "network",
            format_args!(
                "{} parameters, posteriors every {} ms about the last {} ms, in pulses of {} ms",
                self.parameters,
                frames_ms(network.stride_frames),
                ms(self.manifest.window_samples()),
                frames_ms(network.pulse_frames)
            ),
        )?;
        row(
            f,
            "detector",
            format_args!(
                "mean of {} posteriors, {} ms refractory period",
                detector.smoothing_steps, detector.refractory_ms
            ),
        )
    }
}

/// A label with what it means and how it sounds, as far as the manifest says.
pub(crate) struct Word<'a>(pub(crate) &'a Label);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Label { name, gloss, romanisation, .. } = self.0;
        match (romanisation, gloss) {
            (Some(latin), Some(gloss)) => write!(f, "{name} ({latin}, \"{gloss}\")"),
            (Some(latin), None) => write!(f, "{name} ({latin})"),
            (None, Some(gloss)) => write!(f, "{name} (\"{gloss}\")"),
            (None, None) => write!(f, "{name}"),
        }
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(f, "  {name:<11}{}", shown(&value.to_string()))
}
