//! One table of all figures, a figure a line, for spreadsheets and scripts.

use anyhow::Result;
use polyspot::Interval;
use polyspot_text::cell;

use super::Evaluation;
use crate::evaluation::figures::{OperatingPoint, PerHour, Rate};

const HEADER: [&str; 10] =
    ["measure", "at", "condition", "keyword", "threshold", "value", "low", "high", "events", "of"];

/// Lines of [`HEADER`]: `of` is a number of trials for rates and hours for false alarms per hour.
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
        let points = [("own thresholds", &streams.own)].into_iter();
        let points = points.chain(streams.chosen.iter().map(|point| ("chosen", point)));
        for (at, point) in points.chain(streams.curve.iter().map(|point| ("curve", point))) {
            operating_point(&mut csv, at, point, &streams.keywords)?;
        }
    }
    Ok(csv.into_inner()?)
}

fn operating_point(
    csv: &mut csv::Writer<Vec<u8>>,
    at: &str,
    point: &OperatingPoint,
    keywords: &[String],
) -> Result<()> {
    let is_common = point.thresholds.iter().all(|threshold| *threshold == point.thresholds[0]);
    let common = if is_common { point.thresholds[0].to_string() } else { String::new() };
    let thresholds: Vec<String> = point.thresholds.iter().map(ToString::to_string).collect();
    per_hour(csv, ["false alarms per hour", at, "", "", &common], &point.false_alarms)?;
    for ((keyword, threshold), alarms) in keywords.iter().zip(&thresholds).zip(&point.false_alarms_by_keyword)
    {
        per_hour(csv, ["false alarms per hour", at, "", keyword, threshold], alarms)?;
    }
    for rejects in &point.conditions {
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
        place.map(cell).iter().map(AsRef::as_ref).chain([&*value, &low, &high, &events, &of]),
    )?)
}

fn per_hour(csv: &mut csv::Writer<Vec<u8>>, place: [&str; 5], alarms: &PerHour) -> Result<()> {
    let (low, high) = ends(Some(alarms.interval));
    let (value, events, of) =
        (alarms.per_hour.to_string(), alarms.events.to_string(), alarms.hours.to_string());
    Ok(csv.write_record(
        place.map(cell).iter().map(AsRef::as_ref).chain([&*value, &low, &high, &events, &of]),
    )?)
}

fn ends(interval: Option<Interval>) -> (String, String) {
    interval.map_or_else(Default::default, |i| (i.low.to_string(), i.high.to_string()))
}
