//! `polyspot-tools calibrate`: thresholds with evidence.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use polyspot::{Evidence, HeldOut, KeywordEvidence, LabelKind, Manifest, Model};
use polyspot_text::tell;

use super::stream_flags::StreamFlags;
use crate::data::{self, DataSet};
use crate::evaluation::choice::{choose, held_out};
use crate::evaluation::figures::{OperatingPoint, PerHour, Rate, Rejects, lowest_with};
use crate::evaluation::judge::Judge;
use crate::export::rewrite_manifest;
use crate::files::check_output;

/// Measure a model on streams, choose a threshold for each keyword, and write them into the model.
///
/// The keyword clips of the data folder's dev split are played as streams with one-second gaps, under each condition; the
/// negatives hold no keyword, so that every detection in them is a false alarm. Of all thresholds that keep the rate of false
/// alarms those with the fewest missed keywords are chosen. What a threshold will let through is read off the tail of a
/// keyword's false alarms, since few are heard near a good one; and where thresholds chosen on one half of the data break the
/// rate on the other, one threshold for all is taken. The evidence is that of the first condition.
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
    #[command(flatten)]
    streams: StreamFlags,
    /// Average so many posteriors; of several numbers the best. Without it, as many as the model says
    #[arg(long, value_name = "STEPS,…", value_delimiter = ',')]
    smoothing: Vec<usize>,
    /// At most so many false alarms per hour
    #[arg(long, default_value_t = 6.0, value_name = "RATE")]
    false_alarms_per_hour: f64,
    /// One threshold for all keywords
    #[arg(long)]
    common: bool,
    /// Write the model with the chosen thresholds and their evidence here; without it, only print
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What was chosen for one smoothing.
struct Choice {
    manifest: Manifest,
    common: OperatingPoint,
    chosen: OperatingPoint,
    /// Of the common threshold and of the chosen ones.
    held_out: [Option<(Rate, PerHour)>; 2],
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    arguments.out.iter().try_for_each(|out| check_output(out))?;
    let set = DataSet::open(&arguments.data)?;
    let own = model(arguments, None)?.manifest().detector.smoothing_steps;
    let smoothings = if arguments.smoothing.is_empty() { vec![own] } else { arguments.smoothing.clone() };
    let mut best: Option<Choice> = None;
    for smoothing in smoothings {
        let model = Arc::new(model(arguments, Some(smoothing))?);
        let judge = arguments.streams.listen(&model, &set, &arguments.negatives)?;
        tell!("mean of {smoothing} posteriors")?;
        let Some(choice) = choice(judge, arguments)? else {
            tell!("  no threshold has at most {} false alarms per hour", arguments.false_alarms_per_hour)?;
            continue;
        };
        print(&choice)?;
        let missed = |choice: &Choice| choice.chosen.missed().events;
        if best.as_ref().is_none_or(|best| missed(&choice) < missed(best)) {
            best = Some(choice);
        }
    }
    let Some(best) = best else {
        bail!("no threshold has at most {} false alarms per hour", arguments.false_alarms_per_hour);
    };
    if let Some(out) = &arguments.out {
        rewrite_manifest(&arguments.model, &calibrated(&best, arguments), out)?;
        tell!("{}: mean of {} posteriors", out.display(), best.manifest.detector.smoothing_steps)?;
    }
    Ok(())
}

/// The model, averaging so many posteriors.
fn model(arguments: &Arguments, smoothing_steps: Option<usize>) -> Result<Model> {
    let path = &arguments.model;
    let model = Model::from_path(path).with_context(|| format!("model {}", path.display()))?;
    let Some(smoothing_steps) = smoothing_steps else { return Ok(model) };
    let mut detector = model.manifest().detector.clone();
    detector.smoothing_steps = smoothing_steps;
    let thresholds: Vec<f32> =
        model.manifest().keywords().map(|(_, label)| label.threshold.unwrap_or(1.0)).collect();
    Ok(model.with_decisions(detector, &thresholds)?)
}

fn choice(judge: Judge, arguments: &Arguments) -> Result<Option<Choice>> {
    let rate = arguments.false_alarms_per_hour;
    let sweep = judge.sweep(None);
    print_sweep(&sweep)?;
    let Some(common) = lowest_with(&sweep, rate).cloned() else { return Ok(None) };
    let Some(of_keywords) = choose(&judge, &sweep, rate, None) else { return Ok(None) };
    let mut held_out = [true, false].map(|is_common| held_out(&judge, rate, is_common));
    let is_refuted = held_out[1].is_some_and(|(_, alarms)| alarms.interval.low > rate);
    if is_refuted {
        tell!("")?;
        tell!("thresholds for each keyword would not keep their rate on other data: one for all is taken")?;
    }
    let chosen = if is_refuted || arguments.common {
        held_out[1] = held_out[0];
        common.clone()
    } else {
        of_keywords
    };
    Ok(Some(Choice { manifest: judge.manifest, common, chosen, held_out }))
}

/// The tradeoff of one threshold for all keywords.
fn print_sweep(sweep: &[OperatingPoint]) -> io::Result<()> {
    let conditions: Vec<&str> = sweep
        .first()
        .map_or(&[][..], |point| &point.conditions)
        .iter()
        .map(|c| c.condition.as_str())
        .collect();
    tell!("threshold   false alarms   per hour   missed %: {}", conditions.join(", "))?;
    // Every second percent is enough to read.
    for point in
        sweep.iter().filter(|p| p.thresholds[0] > 0.98 || (p.thresholds[0] * 100.0).round() % 2.0 == 0.0)
    {
        let missed: Vec<String> =
            point.conditions.iter().map(|c| format!("{:>8.1}", c.missed.rate * 100.0)).collect();
        tell!(
            "{:>9.3} {:>14} {:>10.1}   {}",
            point.thresholds[0],
            point.false_alarms.events,
            point.false_alarms.per_hour,
            missed.join(" ")
        )?;
    }
    Ok(())
}

fn print(choice: &Choice) -> io::Result<()> {
    let points = [("one threshold", &choice.common), ("chosen", &choice.chosen)];
    for ((name, point), held_out) in points.into_iter().zip(&choice.held_out) {
        tell!("")?;
        tell!("{name}: false alarms {}", point.false_alarms)?;
        for rejects in &point.conditions {
            tell!("  {}: {} missed, {} wrong", rejects.condition, rejects.missed, rejects.wrong)?;
        }
        if let Some((missed, alarms)) = held_out {
            tell!("  chosen on one half and judged on the other: {missed} missed, false alarms {alarms}")?;
        }
    }
    tell!("")?;
    tell!("keyword        threshold   false alarms   missed under the first condition")?;
    for (index, (_, label)) in choice.manifest.keywords().enumerate() {
        let point = &choice.chosen;
        tell!(
            "{:<14} {:>9.3} {:>14}   {}",
            label.name,
            point.thresholds[index],
            point.false_alarms_by_keyword[index].events,
            point.conditions[0].missed_by_keyword[index]
        )?;
    }
    tell!("")
}

/// The manifest with the chosen thresholds and their evidence.
fn calibrated(choice: &Choice, arguments: &Arguments) -> Manifest {
    let Choice { manifest, chosen, held_out, .. } = choice;
    let mut manifest = manifest.clone();
    // The same clips under several conditions are no more clips: the evidence is of the first.
    let Rejects { missed, missed_by_keyword, .. } = &chosen.conditions[0];
    let keywords = manifest.keywords().enumerate().map(|(index, (_, label))| KeywordEvidence {
        keyword: label.name.clone(),
        clips: missed_by_keyword[index].of,
        missed: missed_by_keyword[index].events,
        false_alarms: chosen.false_alarms_by_keyword[index].events,
    });
    let conditions: Vec<&str> = chosen.conditions.iter().map(|c| c.condition.as_str()).collect();
    let negatives: Vec<String> = arguments.negatives.iter().map(|folder| data::folder_name(folder)).collect();
    manifest.evidence = Some(Evidence {
        false_reject_rate: missed.rate,
        keyword_clips: missed.of as usize,
        false_alarms_per_hour: chosen.false_alarms.per_hour,
        hours: chosen.false_alarms.hours,
        data: format!(
            "keywords: dev clips of {} as a stream with 1 s gaps, {}; no keywords: dev of {}; thresholds chosen on the same ({})",
            data::folder_name(&arguments.data),
            conditions[0],
            negatives.join(", "),
            conditions.join(", ")
        ),
        false_reject_interval: Some(missed.interval),
        false_alarms: Some(chosen.false_alarms.events),
        false_alarms_per_hour_interval: Some(chosen.false_alarms.interval),
        wanted_false_alarms_per_hour: Some(arguments.false_alarms_per_hour),
        held_out: held_out[1].map(|(missed, alarms)| HeldOut {
            false_reject_rate: missed.rate,
            false_alarms_per_hour: alarms.per_hour,
        }),
        keywords: keywords.collect(),
    });
    let labels = manifest.labels.iter_mut().filter(|label| label.kind == LabelKind::Keyword);
    for (label, &threshold) in labels.zip(&chosen.thresholds) {
        label.threshold = Some(threshold);
    }
    manifest
}
