//! One table of all figures, a figure a line, for spreadsheets and scripts.

use anyhow::Result;
use polyspot::manifest::Interval;
use polyspot_text::cell;

use super::{Evaluation, StreamFigures};
use crate::evaluation::figures::{Delay, OperatingPoint, PerHour, Rate};

const HEADER: [&str; 10] =
    ["measure", "at", "condition", "keyword", "threshold", "value", "low", "high", "events", "of"];

/// Lines of [`HEADER`]: `of` is a number of trials for rates and hours for false alarms per hour, whose `condition` is a kind of
/// negatives.
pub(super) fn table(evaluation: &Evaluation) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(HEADER)?;
    for (keyword, accuracy) in [("", &evaluation.clips.all), ("keywords", &evaluation.clips.keywords)] {
        let (low, high) = ends(accuracy.interval);
        let (value, events, of) =
            (accuracy.rate.to_string(), accuracy.right.to_string(), accuracy.of.to_string());
        csv.write_record(["accuracy", "clips", "", keyword, "", &value, &low, &high, &events, &of])?;
    }
    for label in &evaluation.clips.by_label {
        rate(&mut csv, ["recall", "clips", "", &label.label, ""], &label.recall)?;
        rate(&mut csv, ["precision", "clips", "", &label.label, ""], &label.precision)?;
    }
    if let Some(streams) = &evaluation.streams {
        operating_point(&mut csv, "own thresholds", &streams.own, streams)?;
        for held in &streams.held {
            let at = format!("at most {} per hour", held.false_alarms_per_hour);
            let Some(point) = &held.point else { continue };
            operating_point(&mut csv, &at, point, streams)?;
            let Some(held_out) = &held.held_out else { continue };
            let at = format!("{at}, held out");
            per_hour(&mut csv, ["false alarms per hour", &at, "", "", ""], &held_out.false_alarms)?;
            for (rejects, missed) in point.conditions.iter().zip(&held_out.missed) {
                rate(&mut csv, ["false-reject rate", &at, &rejects.condition, "", ""], missed)?;
            }
        }
        for point in &streams.curve {
            operating_point(&mut csv, "curve", point, streams)?;
        }
    }
    if let Some(wake) = &evaluation.after_wake_word {
        for (at, figure) in [
            ("wake model", &wake.woken),
            ("without a wake word", &wake.alone),
            ("after a wake word", &wake.together),
        ] {
            per_hour(&mut csv, ["false alarms per hour", at, "", "", ""], figure)?;
        }
    }
    Ok(csv.into_inner()?)
}

fn operating_point(
    csv: &mut csv::Writer<Vec<u8>>,
    at: &str,
    point: &OperatingPoint,
    streams: &StreamFigures,
) -> Result<()> {
    let keywords = &streams.keywords;
    let is_common = point.thresholds.iter().all(|threshold| *threshold == point.thresholds[0]);
    let common = if is_common { point.thresholds[0].to_string() } else { String::new() };
    let thresholds: Vec<String> = point.thresholds.iter().map(ToString::to_string).collect();
    per_hour(csv, ["false alarms per hour", at, "", "", &common], &point.false_alarms)?;
    for ((keyword, threshold), alarms) in keywords.iter().zip(&thresholds).zip(&point.false_alarms_by_keyword)
    {
        per_hour(csv, ["false alarms per hour", at, "", keyword, threshold], alarms)?;
    }
    for (kind, alarms) in streams.negatives.iter().zip(&point.false_alarms_by_kind) {
        per_hour(csv, ["false alarms per hour", at, &kind.name, "", &common], alarms)?;
    }
    for rejects in &point.conditions {
        if let Some(Delay { median_s, p95_s }) = rejects.delay {
            for (measure, value) in
                [("median delay in s", median_s), ("95th percentile of delay in s", p95_s)]
            {
                let heard = (rejects.missed.of - rejects.missed.events).to_string();
                let value = value.to_string();
                csv.write_record([measure, at, &rejects.condition, "", &common, &value, "", "", "", &heard])?;
            }
        }
        rate(csv, ["false-reject rate", at, &rejects.condition, "", &common], &rejects.missed)?;
        for ((keyword, threshold), missed) in keywords.iter().zip(&thresholds).zip(&rejects.missed_by_keyword)
        {
            rate(csv, ["false-reject rate", at, &rejects.condition, keyword, threshold], missed)?;
        }
    }
    Ok(())
}

fn rate(csv: &mut csv::Writer<Vec<u8>>, place: [&str; 5], rate: &Rate) -> Result<()> {
    let (low, high) = ends(Some(rate.interval));
    let (value, events, of) = (rate.rate.to_string(), rate.events.to_string(), rate.of.to_string());
    Ok(csv.write_record(
        place.map(cell).iter().map(|cell| &**cell).chain([&*value, &low, &high, &events, &of]),
    )?)
}

fn per_hour(csv: &mut csv::Writer<Vec<u8>>, place: [&str; 5], alarms: &PerHour) -> Result<()> {
    let (low, high) = ends(Some(alarms.interval));
    let (value, events, of) =
        (alarms.per_hour.to_string(), alarms.events.to_string(), alarms.hours.to_string());
    Ok(csv.write_record(
        place.map(cell).iter().map(|cell| &**cell).chain([&*value, &low, &high, &events, &of]),
    )?)
}

fn ends(interval: Option<Interval>) -> (String, String) {
    interval.map_or_else(Default::default, |i| (i.low.to_string(), i.high.to_string()))
}
