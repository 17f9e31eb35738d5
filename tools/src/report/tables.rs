//! The page's tables of figures on streams.

use std::fmt::Write;

use anyhow::Result;
use polyspot::manifest::Interval;
use polyspot_text::xml;

use super::StreamFigures;
use crate::evaluation::figures::{OperatingPoint, PerHour, Rate};

/// What a common threshold misses when it is held to each of the wanted rates, how late it reports, and its false alarms by kind.
pub(super) fn held(page: &mut String, streams: &StreamFigures) -> Result<()> {
    for held in &streams.held {
        let wanted = held.false_alarms_per_hour;
        write!(page, "<h3>Held to at most {wanted} false alarms per hour</h3>")?;
        let Some(point) = &held.point else {
            page.push_str("<p>No common threshold has so few.</p>");
            continue;
        };
        page.push_str(
            "<div class=\"scroll\"><table><tr><th>condition<th>missed (%)<th>over speakers (%)<th>held out (%)<th>reported after \
             the end, median (s)<th>95th percentile (s)",
        );
        for (index, rejects) in point.conditions.iter().enumerate() {
            write!(page, "<tr><td>{}", xml(&rejects.condition))?;
            missed(page, "td", &rejects.missed)?;
            match rejects.over_speakers.map(|interval| interval.times(100.0)) {
                Some(Interval { low, high }) => write!(page, "<td>{low:.1} to {high:.1}")?,
                None => page.push_str("<td>"),
            }
            match held.held_out.as_ref().and_then(|held_out| held_out.missed.get(index)) {
                Some(rate) => missed(page, "td", rate)?,
                None => page.push_str("<td>"),
            }
            match rejects.delay {
                Some(delay) => write!(page, "<td>{:.2}<td>{:.2}", delay.median_s, delay.p95_s)?,
                None => page.push_str("<td><td>"),
            }
        }
        page.push_str("</table></div><div class=\"scroll\"><table><tr><th>no keywords in<th>hours<th>false alarms per hour");
        for (kind, found) in streams.negatives.iter().zip(&point.false_alarms_by_kind) {
            write!(page, "<tr><td>{}<td>{:.2}", xml(&kind.name), found.hours)?;
            alarms(page, "td", found)?;
        }
        write!(page, "<tr><th>all<th>{:.2}", point.false_alarms.hours)?;
        alarms(page, "th", &point.false_alarms)?;
        page.push_str("</table></div>");
        if let Some(Interval { low, high }) = point.over_recordings {
            write!(page, "<p class=\"note\">Over recordings: {low:.2} to {high:.2} per hour.</p>")?;
        }
        if let Some(held_out) = &held.held_out {
            write!(
                page,
                "<p class=\"note\">Held out: chosen on one half of speakers and recordings and judged on the other, both ways: {}.</p>",
                held_out.false_alarms
            )?;
        }
    }
    Ok(())
}

/// Each keyword at its threshold.
pub(super) fn point(page: &mut String, streams: &StreamFigures, point: &OperatingPoint) -> Result<()> {
    page.push_str("<div class=\"scroll\"><table><tr><th>keyword<th>threshold<th>false alarms per hour");
    for rejects in &point.conditions {
        write!(page, "<th>missed, {} (%)", xml(&rejects.condition))?;
    }
    for (index, keyword) in streams.keywords.iter().enumerate() {
        write!(page, "<tr><td>{}<td>{:.3}", xml(keyword), point.thresholds[index])?;
        alarms(page, "td", &point.false_alarms_by_keyword[index])?;
        for rejects in &point.conditions {
            missed(page, "td", &rejects.missed_by_keyword[index])?;
        }
    }
    page.push_str("<tr><th>all<th>");
    alarms(page, "th", &point.false_alarms)?;
    for rejects in &point.conditions {
        missed(page, "th", &rejects.missed)?;
    }
    page.push_str("</table></div>");
    Ok(())
}

fn missed(page: &mut String, tag: &str, rate: &Rate) -> std::fmt::Result {
    let Interval { low, high } = rate.interval.times(100.0);
    let Rate { events, of, .. } = rate;
    if *of == 0 {
        return write!(page, "<{tag}>–");
    }
    let percent = rate.rate * 100.0;
    write!(page, "<{tag}>{percent:.1} <small>{low:.1} to {high:.1}, {events}/{of}</small>")
}

fn alarms(page: &mut String, tag: &str, alarms: &PerHour) -> std::fmt::Result {
    let Interval { low, high } = alarms.interval;
    let (per_hour, events) = (alarms.per_hour, alarms.events);
    write!(page, "<{tag}>{per_hour:.2} <small>{low:.2} to {high:.2}, {events}</small>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_keyword_that_nobody_said_nothing_is_claimed() {
        let cell = |rate| {
            let mut page = String::new();
            missed(&mut page, "td", &rate).unwrap();
            page
        };
        assert_eq!(cell(Rate::new(0, 0)), "<td>–");
        assert!(cell(Rate::new(1, 4)).starts_with("<td>25.0 <small>"));
    }
}
