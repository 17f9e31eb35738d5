//! For people at a terminal.

use std::fmt::Write;

use polyspot::manifest::Interval;

use super::{Evaluation, StreamFigures};
use crate::evaluation::clips::Accuracy;
use crate::evaluation::figures::{OperatingPoint, Rate};
use crate::evaluation::gated::WakeFigures;

pub(super) fn text(evaluation: &Evaluation) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut out, evaluation);
    out
}

fn write_all(out: &mut String, evaluation: &Evaluation) -> std::fmt::Result {
    let clips = &evaluation.clips;
    writeln!(out, "{}\n", clips.confusion)?;
    writeln!(out, "{:<16} {:>34} {:>34}", "label", "recall", "precision")?;
    for label in &clips.by_label {
        if label.recall.of > 0 {
            writeln!(
                out,
                "{:<16} {:>34} {:>34}",
                label.label,
                label.recall.to_string(),
                label.precision.to_string()
            )?;
        }
    }
    if evaluation.data_is_plain {
        writeln!(
            out,
            "\nall of {} was judged, for it is not split: figures of a model that was trained on it say nothing of others",
            evaluation.data
        )?;
    }
    writeln!(out, "\nkeywords: {} right, where one judged filler is wrong", accuracy(&clips.keywords))?;
    writeln!(out, "all: {} right", accuracy(&clips.all))?;
    if let Some(streams) = &evaluation.streams {
        write_streams(out, streams)?;
    }
    if let Some(wake) = &evaluation.after_wake_word {
        lines_of(wake).iter().try_for_each(|line| writeln!(out, "{line}"))?;
        writeln!(out)?;
    }
    for verdict in &evaluation.requirements {
        match &verdict.broken {
            None => writeln!(out, "met: {}", verdict.requirement)?,
            Some(reason) => writeln!(out, "BROKEN: {}: {reason}", verdict.requirement)?,
        }
    }
    Ok(())
}

/// "94.12 % of 663 clips (92.1 to 95.9 %)".
pub(super) fn accuracy(accuracy: &Accuracy) -> String {
    let interval = accuracy.interval.map_or_else(
        || "no interval: fewer than two speakers".into(),
        |i| format!("{:.1} to {:.1} % by bootstrap over speakers", i.low * 100.0, i.high * 100.0),
    );
    format!("{:.2} % of {} clips ({interval})", accuracy.rate * 100.0, accuracy.of)
}

/// What a wake word saves, in words.
pub(super) fn lines_of(wake: &WakeFigures) -> [String; 5] {
    let WakeFigures { model, keywords, window_seconds, woken, alone, together, armed, per_wake_word, .. } =
        wake;
    [
        format!(
            "counting for {window_seconds} s after {} of {model}, at the models' own thresholds",
            keywords.join(", ")
        ),
        format!(
            "  woken, though no wake word was said: {woken}; armed for {:.2} % of the time",
            armed * 100.0
        ),
        format!("  false alarms without a wake word: {alone}"),
        format!("  false alarms of both together: {together}"),
        format!(
            "  after a wake word that was said, to be expected in its window: {per_wake_word:.4} false alarms"
        ),
    ]
}

fn write_streams(out: &mut String, streams: &StreamFigures) -> std::fmt::Result {
    let negatives: Vec<String> =
        streams.negatives.iter().map(|n| format!("{} {:.2} h", n.name, n.hours)).collect();
    writeln!(out, "\nas streams; no keywords in: {}\n{}", negatives.join(", "), streams.counting)?;
    writeln!(out, "\nat the model's own thresholds")?;
    point(out, streams, &streams.own)?;
    for held in &streams.held {
        let wanted = held.false_alarms_per_hour;
        let Some(chosen) = &held.point else {
            writeln!(out, "\nno common threshold has at most {wanted} false alarms per hour")?;
            continue;
        };
        writeln!(
            out,
            "\nat {:.4} for all keywords, the lowest threshold with at most {wanted} false alarms per hour here",
            chosen.thresholds[0]
        )?;
        point(out, streams, chosen)?;
        if let Some(held_out) = &held.held_out {
            writeln!(
                out,
                "  for at most {wanted} per hour, chosen on one half of speakers and recordings and judged on the other, both ways:"
            )?;
            writeln!(out, "    false alarms: {}", held_out.false_alarms)?;
            for (rejects, missed) in chosen.conditions.iter().zip(&held_out.missed) {
                writeln!(out, "    missed, {}: {missed}", rejects.condition)?;
            }
        }
    }
    writeln!(out)
}

fn point(out: &mut String, streams: &StreamFigures, point: &OperatingPoint) -> std::fmt::Result {
    let over = point.over_recordings;
    let over = over.map_or_else(String::new, |i| format!("; over recordings {:.2} to {:.2}", i.low, i.high));
    writeln!(out, "  false alarms: {}{over}", point.false_alarms)?;
    for (kind, alarms) in streams.negatives.iter().zip(&point.false_alarms_by_kind) {
        writeln!(out, "    {:<14} {alarms}", kind.name)?;
    }
    for rejects in &point.conditions {
        let over = rejects.over_speakers;
        let over = over.map_or_else(String::new, |Interval { low, high }| {
            format!("; over speakers {:.1} to {:.1} %", low * 100.0, high * 100.0)
        });
        writeln!(out, "  missed, {}: {}{over}; {} wrong", rejects.condition, rejects.missed, rejects.wrong)?;
        if let Some(delay) = rejects.delay {
            writeln!(out, "    reported after the word's end: median {delay}")?;
        }
    }
    writeln!(
        out,
        "  {:<14} {:>9} {:>12}  missed under each condition",
        "keyword", "threshold", "false alarms"
    )?;
    for (index, keyword) in streams.keywords.iter().enumerate() {
        let missed: Vec<String> = point
            .conditions
            .iter()
            .map(|c| match c.missed_by_keyword[index] {
                // Nobody said it.
                Rate { of: 0, .. } => "–".to_owned(),
                Rate { rate, .. } => format!("{:.1} %", rate * 100.0),
            })
            .collect();
        writeln!(
            out,
            "  {keyword:<14} {:>9.3} {:>12}  {}",
            point.thresholds[index],
            point.false_alarms_by_keyword[index].events,
            missed.join("  ")
        )?;
    }
    Ok(())
}
