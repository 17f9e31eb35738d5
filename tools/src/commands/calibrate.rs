//! `polyspot-tools calibrate`: thresholds with evidence.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use polyspot::{Evidence, LabelKind, Model};

use crate::data::{self, DataSet};
use crate::evaluation::{Keywords, OperatingPoint, Track, tradeoff};
use crate::export::rewrite_manifest;

/// Measure a model on streams, print what each threshold costs, and write the best one into the model.
///
/// The keyword clips of the data folder's dev split are played as one stream with one-second gaps; the running
/// speech and the noise hold no keyword, so that every detection in them is a false alarm.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Model to measure
    model: PathBuf,
    /// Folder of words in the model's language; its dev speakers are used
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder of audio without keywords (its dev/ part, if it has one); may be given several times
    #[arg(long, required = true, value_name = "DIR")]
    negatives: Vec<PathBuf>,
    /// Average this many posteriors, instead of as many as the model says
    #[arg(long, value_name = "STEPS")]
    smoothing: Option<usize>,
    /// Choose the lowest threshold with at most this many false alarms per hour
    #[arg(long, default_value_t = 6.0, value_name = "RATE")]
    false_alarms_per_hour: f64,
    /// Write the model with the chosen threshold and its evidence here; without it, only print
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let model =
        Model::from_path(&arguments.model).with_context(|| format!("model {}", arguments.model.display()))?;
    let model = Arc::new(model);
    let rate_hz = model.manifest().front_end.sample_rate_hz;
    let keywords = Keywords::play(&model, &DataSet::open(&arguments.data)?)?;
    let negatives = arguments.negatives.iter().map(|folder| {
        let dev = folder.join("dev");
        let audio = data::load_folder(if dev.is_dir() { &dev } else { folder }, rate_hz)?;
        Track::play(&model, &audio)
    });
    let negatives: Vec<Track> = negatives.collect::<Result<_>>()?;
    let mut manifest = model.manifest().clone();
    manifest.detector.smoothing_steps = arguments.smoothing.unwrap_or(manifest.detector.smoothing_steps);
    manifest.check()?;
    let points = tradeoff(&manifest, &keywords, &negatives);
    print(&points);
    let chosen = points.iter().find(|point| point.false_alarms_per_hour() <= arguments.false_alarms_per_hour);
    let Some(chosen) = chosen else {
        bail!("no threshold has at most {} false alarms per hour", arguments.false_alarms_per_hour);
    };
    println!(
        "\nthreshold {:.2}: {:.1} % of {} keywords missed, {:.1} false alarms per hour over {:.2} h",
        chosen.threshold,
        chosen.false_reject_rate() * 100.0,
        chosen.keywords.spoken,
        chosen.false_alarms_per_hour(),
        chosen.hours
    );
    if let Some(out) = &arguments.out {
        for label in manifest.labels.iter_mut().filter(|label| label.kind == LabelKind::Keyword) {
            label.threshold = Some(chosen.threshold);
        }
        manifest.evidence = Some(evidence(chosen, arguments));
        rewrite_manifest(&arguments.model, &manifest, out)?;
    }
    Ok(())
}

fn print(points: &[OperatingPoint]) {
    println!("threshold   missed %   wrong   false alarms   per hour");
    for point in points {
        println!(
            "{:>9.3} {:>10.1} {:>7} {:>14} {:>10.1}",
            point.threshold,
            point.false_reject_rate() * 100.0,
            point.keywords.wrong,
            point.false_alarms,
            point.false_alarms_per_hour()
        );
    }
}

fn evidence(point: &OperatingPoint, arguments: &Arguments) -> Evidence {
    let name = |folder: &PathBuf| {
        folder
            .file_name()
            .map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
    };
    let negatives: Vec<String> = arguments.negatives.iter().map(name).collect();
    Evidence {
        false_reject_rate: point.false_reject_rate(),
        keyword_clips: point.keywords.spoken,
        false_alarms_per_hour: point.false_alarms_per_hour(),
        hours: point.hours,
        data: format!(
            "keywords: dev clips of {} as a stream with 1 s gaps; no keywords: dev of {}",
            name(&arguments.data),
            negatives.join(", ")
        ),
    }
}
