//! `polyspot-tools calibrate`: thresholds with evidence.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use polyspot::manifest::{Evidence, HeldOut, KeywordEvidence, LabelKind, NegativeEvidence};
use polyspot::{Manifest, Model};
use polyspot_text::{say, tell};

use super::bank_flags::BankFlags;
use super::stream_flags::{StreamFlags, rate};
use crate::bank::Part;
use crate::data::{self, DataSet};
use crate::evaluation::banked::BANK;
use crate::evaluation::figures::{OperatingPoint, PerHour, Rate, Rejects};
use crate::evaluation::held_out::{self, HeldOutFigures};
use crate::evaluation::judge::Judge;
use crate::evaluation::shrinkage::shrunk;
use crate::evaluation::verdict::{Candidate, is_better, out_of_reach};
use crate::export::rewrite_manifest;
use crate::files::check_output;

/// Measure a model on streams, choose thresholds, and write them into the model.
///
/// The keyword clips of the data folder's dev split are played as streams with one-second gaps, under each condition; the
/// negatives hold no keyword, so that every detection in them is a false alarm. Two choices keep the rate of false alarms: the
/// best common threshold, and one for each keyword, drawn towards the common one the more the fewer clips and false alarms of it
/// there are. Both are made on each half of speakers and recordings and judged on the other; the better one there is written, and
/// none if it breaks the rate there, or hears next to nothing. The evidence is that of the first condition.
///
/// A piece of the bank of negatives stands for several like it. Where most hours are the bank's there is one common threshold, and it is
/// where the tail of the scores, fitted to the twenty highest false alarms, predicts the rate: one piece alone decides nothing.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Model to measure
    pub(super) model: PathBuf,
    /// Folder of words in the model's language; its dev speakers are used, or all of a folder without splits
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,
    /// Folder of audio without keywords (its dev/ part, if it has one; folders named as a keyword are left out), beside the bank of
    /// negatives; may be given several times
    #[arg(long, value_name = "DIR")]
    pub(super) negatives: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) bank: BankFlags,
    #[command(flatten)]
    pub(super) streams: StreamFlags,
    /// Average so many posteriors; of several numbers the best. Without it, as many as the model says
    #[arg(long, value_name = "STEPS,…", value_delimiter = ',')]
    pub(super) smoothing: Vec<usize>,
    /// At most so many false alarms per hour
    #[arg(long, default_value_t = 6.0, value_name = "RATE", value_parser = rate)]
    pub(super) false_alarms_per_hour: f64,
    /// One threshold for all keywords, whatever is better
    #[arg(long)]
    pub(super) common: bool,
    /// Write the model with the chosen thresholds and their evidence here; without it, only print
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

/// What was chosen for one smoothing.
struct Choice {
    judge: Judge,
    common: Candidate,
    /// One threshold for each keyword.
    own: Option<Candidate>,
    is_own_better: bool,
    /// False alarms per hour that the tail of their scores predicts at the common threshold, if rates are estimates.
    expected: Option<f64>,
    /// Whether nobody but synthesisers speaks in the keywords' clips.
    is_synthetic: bool,
}

impl Choice {
    fn chosen(&self) -> &Candidate {
        self.own.as_ref().filter(|_| self.is_own_better).unwrap_or(&self.common)
    }

    /// Share of keywords missed, under all conditions: on data that thresholds were not chosen on, if that is known.
    fn missed(&self) -> f64 {
        let Candidate { point, held_out } = self.chosen();
        let Some(figures) = held_out else { return point.missed().rate };
        let sum = |of: fn(&Rate) -> u64| figures.missed.iter().map(of).sum::<u64>();
        sum(|rate| rate.events) as f64 / sum(|rate| rate.of).max(1) as f64
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    arguments.out.iter().try_for_each(|out| check_output(out))?;
    let wanted = arguments.false_alarms_per_hour;
    let set = DataSet::open(&arguments.data)?;
    let manifest = model(arguments, None)?.manifest().clone();
    let bank = arguments.bank.pieces(Part::Judging, &manifest.language, &manifest.front_end)?;
    ensure!(
        !(bank.is_empty() && arguments.negatives.is_empty()),
        "expected audio without keywords (--negatives), or the bank of negatives"
    );
    if !bank.is_empty() {
        say!(
            "the bank's pieces stand for others like them: rates of false alarms in it are estimates, and no bank holds all that is \
             said in your language"
        );
    }
    let own = manifest.detector.smoothing_steps;
    let smoothings = if arguments.smoothing.is_empty() { vec![own] } else { arguments.smoothing.clone() };
    let mut best: Option<Choice> = None;
    for smoothing in smoothings {
        let model = Arc::new(model(arguments, Some(smoothing))?);
        let mut judge = arguments.streams.listen(&model, &set, &arguments.negatives)?;
        judge.hear_bank(&model, &bank)?;
        tell!("mean of {smoothing} posteriors")?;
        let Some(choice) = choice(judge, set.is_synthetic, arguments)? else {
            tell!("  no threshold has at most {wanted} false alarms per hour")?;
            continue;
        };
        print(&choice)?;
        if best.as_ref().is_none_or(|best| choice.missed() < best.missed()) {
            best = Some(choice);
        }
    }
    let Some(best) = best else {
        bail!("no threshold has at most {wanted} false alarms per hour");
    };
    warn(&best);
    let condemned = best.chosen().condemned(wanted);
    match (&arguments.out, condemned) {
        (Some(out), Some(reason)) => bail!("{}: the thresholds are not written: {reason}", out.display()),
        (None, Some(reason)) => tell!("these thresholds would not be written: {reason}")?,
        (Some(out), None) => {
            rewrite_manifest(&arguments.model, &calibrated(&best, arguments), out)?;
            let smoothing = best.judge.manifest.detector.smoothing_steps;
            tell!("{}: mean of {smoothing} posteriors", out.display())?;
        }
        (None, None) => {}
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

fn choice(judge: Judge, is_synthetic: bool, arguments: &Arguments) -> Result<Option<Choice>> {
    let rate = arguments.false_alarms_per_hour;
    let sweep = judge.sweep(None);
    let rates = judge.is_estimate().then(|| judge.rates(&sweep));
    print_sweep(&sweep, rates.as_deref())?;
    let Some(point) = judge.hold_best(&sweep, rate, None) else { return Ok(None) };
    let place = sweep.iter().position(|other| other.thresholds == point.thresholds);
    let expected = rates.as_deref().zip(place).map(|(rates, place)| rates[place]);
    let held_out = held_out::judged(&judge, |sweep, half| judge.hold_best(sweep, rate, Some(half)));
    let common = Candidate { point, held_out };
    // Estimates are of too few events to tell keywords apart.
    let is_common = arguments.common || judge.is_estimate();
    let own = (!is_common).then(|| shrunk(&judge, &sweep, rate, None)).flatten().map(|point| Candidate {
        point,
        held_out: held_out::judged(&judge, |sweep, half| shrunk(&judge, sweep, rate, Some(half))),
    });
    let is_own_better = own.as_ref().is_some_and(|own| is_better(own, &common, rate));
    Ok(Some(Choice { judge, common, own, is_own_better, expected, is_synthetic }))
}

/// Says what the thresholds rest on too little for.
fn warn(choice: &Choice) {
    let Candidate { point, held_out } = choice.chosen();
    let names = choice.judge.names();
    for (keyword, threshold, highest) in out_of_reach(point, &choice.judge.highest_scores()) {
        say!(
            "warning: {}: nothing reaches its threshold of {threshold:.3}; the highest score of its words is {highest:.3}",
            names[keyword]
        );
    }
    if held_out.is_none() {
        say!(
            "warning: no thresholds could be chosen on one half of speakers and recordings and judged on the other: how these do \
             on other data is not known"
        );
    }
}

/// The tradeoff of one threshold for all keywords, with the rates that are expected if they are estimates.
fn print_sweep(sweep: &[OperatingPoint], expected: Option<&[f64]>) -> io::Result<()> {
    let conditions: Vec<&str> = sweep
        .first()
        .map_or(&[][..], |point| &point.conditions)
        .iter()
        .map(|c| c.condition.as_str())
        .collect();
    let head = if expected.is_some() { "expected   " } else { "" };
    tell!("threshold   false alarms   per hour   {head}missed %: {}", conditions.join(", "))?;
    for (index, point) in sweep.iter().enumerate() {
        // Every second percent is enough to read.
        if point.thresholds[0] <= 0.98 && (point.thresholds[0] * 100.0).round() % 2.0 != 0.0 {
            continue;
        }
        let missed: Vec<String> =
            point.conditions.iter().map(|c| format!("{:>8.1}", c.missed.rate * 100.0)).collect();
        let expected = expected.map_or(String::new(), |rates| format!("{:>8.1}   ", rates[index]));
        tell!(
            "{:>9.3} {:>14} {:>10.1}   {expected}{}",
            point.thresholds[0],
            point.false_alarms.events,
            point.false_alarms.per_hour,
            missed.join(" ")
        )?;
    }
    Ok(())
}

fn print(choice: &Choice) -> io::Result<()> {
    let points = [("one threshold", Some(&choice.common)), ("one for each keyword", choice.own.as_ref())];
    for (name, candidate) in points {
        let Some(Candidate { point, held_out }) = candidate else { continue };
        tell!("")?;
        tell!("{name}: false alarms {}", point.false_alarms)?;
        for rejects in &point.conditions {
            tell!("  {}: {} missed, {} wrong", rejects.condition, rejects.missed, rejects.wrong)?;
        }
        if let Some(HeldOutFigures { missed, false_alarms }) = held_out {
            tell!("  chosen on one half and judged on the other: false alarms {false_alarms}")?;
            for (rejects, missed) in point.conditions.iter().zip(missed) {
                tell!("    {}: {missed} missed", rejects.condition)?;
            }
        }
    }
    let taken = if choice.is_own_better { "one for each keyword" } else { "one threshold for all" };
    tell!("")?;
    match choice.expected {
        Some(rate) => {
            tell!("taken, where the tail of the scores predicts {rate:.2} false alarms per hour: {taken}")?;
        }
        None => tell!("taken, by the figures on the other half: {taken}")?,
    }
    tell!("keyword        threshold   false alarms   missed under the first condition")?;
    let point = &choice.chosen().point;
    for (index, name) in choice.judge.names().into_iter().enumerate() {
        tell!(
            "{name:<14} {:>9.3} {:>14}   {}",
            point.thresholds[index],
            point.false_alarms_by_keyword[index].events,
            point.conditions[0].missed_by_keyword[index]
        )?;
    }
    tell!("")
}

/// The manifest with the chosen thresholds and their evidence.
fn calibrated(choice: &Choice, arguments: &Arguments) -> Manifest {
    let Candidate { point: chosen, held_out } = choice.chosen();
    let mut manifest = choice.judge.manifest.clone();
    // The same clips under several conditions are no more clips: the evidence is of the first.
    let Rejects { missed, missed_by_keyword, .. } = &chosen.conditions[0];
    let keywords = manifest.keywords().enumerate().map(|(index, (_, label))| KeywordEvidence {
        keyword: label.name.clone(),
        clips: missed_by_keyword[index].of,
        missed: missed_by_keyword[index].events,
        false_alarms: chosen.false_alarms_by_keyword[index].events,
    });
    let conditions: Vec<&str> = chosen.conditions.iter().map(|c| c.condition.as_str()).collect();
    let kinds = choice.judge.kinds.iter().zip(&chosen.false_alarms_by_kind);
    let negatives = kinds.map(|(kind, &PerHour { events, hours, .. })| NegativeEvidence {
        name: kind.name.clone(),
        hours,
        false_alarms: events,
    });
    let mut folders: Vec<String> =
        arguments.negatives.iter().map(|folder| format!("dev of {}", data::folder_name(folder))).collect();
    if choice.judge.kinds.iter().any(|kind| kind.name.starts_with(BANK)) {
        folders.push("the bank of negatives (an estimate)".into());
    }
    manifest.evidence = Some(Evidence {
        false_reject_rate: missed.rate,
        keyword_clips: missed.of as usize,
        false_alarms_per_hour: chosen.false_alarms.per_hour,
        hours: chosen.false_alarms.hours,
        data: format!(
            "keywords: dev clips of {}{} as a stream with 1 s gaps, {}; no keywords: {}; thresholds chosen on the same ({})",
            data::folder_name(&arguments.data),
            if choice.is_synthetic { " (synthetic voices only)" } else { "" },
            conditions[0],
            folders.join(", "),
            conditions.join(", ")
        ),
        synthetic: choice.is_synthetic,
        false_reject_interval: Some(missed.interval),
        false_alarms: Some(chosen.false_alarms.events),
        false_alarms_per_hour_interval: Some(chosen.false_alarms.interval),
        wanted_false_alarms_per_hour: Some(arguments.false_alarms_per_hour),
        held_out: held_out.as_ref().map(|figures| HeldOut {
            false_reject_rate: figures.missed[0].rate,
            false_alarms_per_hour: figures.false_alarms.per_hour,
        }),
        keywords: keywords.collect(),
        negatives: negatives.collect(),
    });
    let labels = manifest.labels.iter_mut().filter(|label| label.kind == LabelKind::Keyword);
    for (label, &threshold) in labels.zip(&chosen.thresholds) {
        label.threshold = Some(threshold);
    }
    manifest
}
