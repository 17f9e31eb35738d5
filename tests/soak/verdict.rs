//! Whether each round was as the first one, and the table that shows it.

use std::io::{self, Write};
use std::time::Duration;

use super::event_log::{Heard, Total};
use super::microphone::Played;
use super::process_statistics::Costs;

/// Memory may change by so much after the first hour …
const MEMORY: f64 = 0.02;
/// … and the 99th percentile of the cost of a push, from the first third to the last.
const COST: f64 = 0.10;
/// A test that is shorter, in hours, says nothing about costs.
const LONG: f64 = 6.0;
/// The clock may be off by so much about what never came.
const CLOCK: f64 = 0.05;

/// Gathers rounds.
pub(super) struct Verdict {
    round_hours: f64,
    first: Option<Heard>,
    rows: Vec<Costs>,
    /// Rounds that were not heard as the first one, by number.
    different: Vec<usize>,
}

impl Verdict {
    pub(super) fn new(round_hours: f64) -> Self {
        Self { round_hours, first: None, rows: Vec::new(), different: Vec::new() }
    }

    /// Takes a round and writes its row.
    pub(super) fn add(&mut self, heard: &Heard, costs: Costs, out: &mut impl Write) -> io::Result<()> {
        let number = self.rows.len() + 1;
        if number == 1 {
            writeln!(
                out,
                " round    hours       samples  detections  changes  losses  memory KiB  median µs  99th µs  heard"
            )?;
        }
        let first = self.first.get_or_insert_with(|| heard.clone());
        let is_same = heard == first;
        writeln!(
            out,
            "{number:>6} {hours:>8.2} {samples:>13} {detections:>11} {changes:>8} {losses:>7} {memory:>11} {median:>10.1} {late:>8.1}  {same}",
            hours = number as f64 * self.round_hours,
            samples = heard.samples,
            detections = heard.detections.len(),
            changes = heard.changes,
            losses = heard.breaks,
            memory = costs.resident_kib.map_or_else(|| "?".to_owned(), |kib| kib.to_string()),
            median = micros(costs.median),
            late = micros(costs.percentile_99),
            same = if is_same { "as the first" } else { "DIFFERENTLY" },
        )?;
        if !is_same {
            self.different.push(number);
            let mut pairs = heard.detections.iter().zip(&first.detections);
            if let Some((found, expected)) = pairs.find(|(found, expected)| found != expected) {
                writeln!(out, "       found {found:?}, expected {expected:?}")?;
            }
        }
        self.rows.push(costs);
        out.flush()
    }

    /// Writes what is broken, and whether that is nothing.
    pub(super) fn conclude(&self, played: &Played, total: &Total, out: &mut impl Write) -> io::Result<bool> {
        let findings =
            [accounts(played, total), clock(played, total), self.hearing(), self.memory(), self.cost()];
        writeln!(out, "{:.2} simulated hours", played.simulated.as_secs_f64() / 3_600.0)?;
        for (is_well, what) in &findings {
            writeln!(out, "{}  {what}", if *is_well { "ok    " } else { "BROKEN" })?;
        }
        Ok(findings.iter().all(|(is_well, _)| *is_well))
    }

    fn hearing(&self) -> Finding {
        let detections = self.first.as_ref().map_or(0, |first| first.detections.len());
        let text = format!(
            "{detections} detections in the first round; {} of {} rounds heard as the first",
            self.rows.len() - self.different.len(),
            self.rows.len()
        );
        (detections > 0 && self.different.is_empty(), text)
    }

    fn memory(&self) -> Finding {
        let in_first_hour = (1.0 / self.round_hours).ceil().max(1.0) as usize;
        let memory: Option<Vec<u64>> = self.rows.iter().map(|row| row.resident_kib).collect();
        let Some(memory) = memory.filter(|memory| memory.len() > in_first_hour) else {
            return (
                true,
                "memory: not judged (from the second hour on, where the system tells it)".to_owned(),
            );
        };
        let (before, after) = memory.split_at(in_first_hour);
        let first = before[in_first_hour - 1];
        let furthest = after.iter().copied().max_by_key(|kib| kib.abs_diff(first)).unwrap_or(first);
        let change = furthest as f64 / first as f64 - 1.0;
        let text = format!(
            "memory after the first hour {first} KiB, furthest from it {furthest} KiB ({:+.2} %)",
            100.0 * change
        );
        (change.abs() <= MEMORY, text)
    }

    fn cost(&self) -> Finding {
        let third = self.rows.len() / 3;
        if self.rows.len() as f64 * self.round_hours < LONG || third == 0 {
            return (true, format!("cost of a push: not judged (from {LONG} hours on)"));
        }
        let median = |rows: &[Costs]| {
            let mut sorted: Vec<f64> = rows.iter().map(|row| micros(row.percentile_99)).collect();
            sorted.sort_by(f64::total_cmp);
            sorted[sorted.len() / 2]
        };
        let (first, last) = (median(&self.rows[..third]), median(&self.rows[self.rows.len() - third..]));
        let change = last / first - 1.0;
        let text = format!(
            "99th percentile of a push, median over the first third of rounds {first:.1} µs, over the last {last:.1} µs ({:+.1} %)",
            100.0 * change
        );
        (change <= COST, text)
    }
}

/// Whether it is well, and a line about it.
type Finding = (bool, String);

fn accounts(played: &Played, total: &Total) -> Finding {
    let unaccounted = played.samples.abs_diff(total.samples);
    let undropped = played.dropped.abs_diff(total.dropped);
    let text = format!(
        "{} samples heard, {} frames dropped, {} losses of the microphone; unaccounted for: {unaccounted} samples, {undropped} frames, \
         {} losses",
        total.samples,
        total.dropped,
        total.gaps,
        played.breaks.abs_diff(total.gaps)
    );
    (unaccounted == 0 && undropped == 0 && played.breaks == total.gaps, text)
}

fn clock(played: &Played, total: &Total) -> Finding {
    let off = (total.missing as f64 / played.skipped.max(1) as f64 - 1.0).abs();
    let text = format!("{} frames never came, by the clock {}", played.skipped, total.missing);
    (off <= CLOCK, text)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
