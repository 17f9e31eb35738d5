//! What was found, and how little it may mean.

use std::io::{self, Write};

use polyspot::Model;
use polyspot::manifest::Interval;
use polyspot::profile::{Profile, ProfileEvidence, Takes};
use polyspot_text::{say, shown};

use super::heard::Heard;
use super::thresholds::{Chosen, Keyword};

/// With fewer takes than this a keyword is warned of: even if all are heard, half may not be.
const FEWEST_TAKES: u64 = 5;

/// A threshold that a clear word may miss, too.
const OUT_OF_REACH: f32 = 0.99;

/// False alarms that no false alarm still allows for: `ln 40`, the upper end of the exact Poisson interval.
fn upper_of_none() -> f64 {
    Interval::poisson(0).high
}

/// The profile, with warnings wherever the data are too few.
pub(super) fn profile(model: &Model, heard: &Heard, chosen: &Chosen, per_day: f64) -> Profile {
    let days = (chosen.ambient_hours / 24.0).max(1e-6);
    let interval = Interval::poisson(chosen.false_alarms).times(1.0 / days);
    let spoken = || chosen.keywords.iter().filter(|keyword| keyword.takes.spoken > 0);
    Profile {
        version: Profile::VERSION,
        model_sha256: model.sha256().to_owned(),
        language: model.manifest().language.clone(),
        thresholds: chosen.keywords.iter().map(|k| (k.name.clone(), k.threshold)).collect(),
        evidence: ProfileEvidence {
            ambient_hours: chosen.ambient_hours,
            false_alarms: chosen.false_alarms,
            wanted_false_alarms_per_day: per_day,
            false_alarms_per_day: interval,
            takes: spoken().map(|keyword| (keyword.name.clone(), keyword.takes)).collect(),
            held_out: Some(chosen.held_out),
            warnings: warnings(heard, chosen, per_day, interval),
        },
        tool: concat!("polyspot ", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

fn warnings(heard: &Heard, chosen: &Chosen, per_day: f64, interval: Interval) -> Vec<String> {
    let mut warnings = Vec::new();
    if heard.is_silent {
        warnings.push(
            "the ambient sound is digital silence: it says nothing of a room; is the microphone muted?"
                .into(),
        );
    }
    if interval.high > per_day {
        warnings.push(format!(
            "{} of ambient sound cannot show that there are at most {per_day} false alarms per day: as far as it tells there may be \
             {:.0}. It would take {:.0} hours without a single one",
            duration(chosen.ambient_hours),
            interval.high,
            (upper_of_none() / per_day * 24.0).ceil()
        ));
    }
    let few: Vec<&str> = chosen
        .keywords
        .iter()
        .filter(|keyword| (1..FEWEST_TAKES).contains(&keyword.takes.spoken))
        .map(|keyword| keyword.name.as_str())
        .collect();
    if !few.is_empty() {
        warnings.push(format!("fewer than {FEWEST_TAKES} takes say next to nothing: {}", few.join(", ")));
    }
    for Keyword { name, threshold, before, takes, highest } in &chosen.keywords {
        match highest {
            Some(highest) if highest < threshold => warnings.push(format!(
                "{name}: nothing reaches its threshold of {threshold:.2}; the highest score of its takes is {highest:.2}"
            )),
            None if *threshold >= OUT_OF_REACH => warnings.push(format!(
                "{name}: raised to {threshold:.3}, which next to nothing reaches: it will hardly be heard"
            )),
            _ => {}
        }
        if threshold < before {
            warnings.push(format!(
                "{name}: lowered from {before:.2} to {threshold:.2} to hear the takes; how often that rings falsely is known \
                 from the ambient sound only"
            ));
        }
        if takes.heard * 2 < takes.spoken {
            warnings.push(format!("{name}: only {} of {} takes are heard", takes.heard, takes.spoken));
        }
    }
    warnings
}

/// The figures on standard output, the warnings on standard error.
pub(super) fn print(model: &Model, chosen: &Chosen, profile: &Profile) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Interval { low, high } = profile.evidence.false_alarms_per_day;
    writeln!(
        out,
        "{} ({}): {} of ambient sound, {} false alarms: {low:.1} to {high:.1} per day (95 %)",
        model.manifest().language,
        &model.sha256()[..12],
        duration(chosen.ambient_hours),
        chosen.false_alarms
    )?;
    let Takes { spoken, heard } = chosen.held_out.takes;
    writeln!(
        out,
        "{}; chosen on one half and judged on the other: {} false alarms, {heard} of {spoken} takes heard",
        if chosen.is_common { "all keywords moved together" } else { "each keyword for itself" },
        chosen.held_out.false_alarms
    )?;
    writeln!(out, "{:<14} {:>9} {:>9}   takes heard", "keyword", "threshold", "before")?;
    for Keyword { name, threshold, before, takes, .. } in &chosen.keywords {
        write!(out, "{:<14} {threshold:>9.3} {before:>9.3}   ", shown(name))?;
        if takes.spoken == 0 {
            writeln!(out, "none recorded")?;
            continue;
        }
        let Interval { low, high } = Interval::wilson(takes.heard, takes.spoken);
        writeln!(out, "{} of {} ({:.0} to {:.0} %)", takes.heard, takes.spoken, low * 100.0, high * 100.0)?;
    }
    out.flush()?;
    for warning in &profile.evidence.warnings {
        say!("polyspot: warning: {warning}");
    }
    Ok(())
}

fn duration(hours: f64) -> String {
    match hours {
        hours if hours >= 2.0 => format!("{hours:.1} hours"),
        hours if hours >= 1.0 / 30.0 => format!("{:.1} minutes", hours * 60.0),
        hours => format!("{:.0} seconds", hours * 3_600.0),
    }
}
