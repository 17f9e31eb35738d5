//! `/metrics`, as Prometheus reads it: <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::fmt::{Display, Write};

use super::board::Counts;
use crate::listen::output::Work;

/// All metrics.
pub(super) fn text(work: &Work, sample_rate_hz: u32, counts: &Counts, is_listening: bool) -> String {
    let audio_seconds = work.samples() as f64 / f64::from(sample_rate_hz);
    let mut out = String::new();
    let version = env!("CARGO_PKG_VERSION");
    metric(
        &mut out,
        "build_info",
        "gauge",
        "The program's version.",
        [(format!("{{version=\"{version}\"}}"), 1)],
    );
    let mut one =
        |name, kind, help, value: &dyn Display| metric(&mut out, name, kind, help, [(String::new(), value)]);
    one("listening", "gauge", "1 while samples come from the microphone.", &u8::from(is_listening));
    one("samples_heard_total", "counter", "Samples heard, at the model's rate.", &work.samples());
    one("audio_seconds_total", "counter", "Length of the audio heard.", &audio_seconds);
    one("processing_seconds_total", "counter", "Time spent on that audio.", &work.busy_seconds());
    let factor = work.busy_seconds() / audio_seconds.max(f64::MIN_POSITIVE);
    one(
        "real_time_factor",
        "gauge",
        "Time spent on a second of audio, in seconds, since the start.",
        &factor,
    );
    one(
        "samples_dropped_total",
        "counter",
        "Frames at the device's rate that came too fast.",
        &counts.dropped,
    );
    let missing = "Frames at the device's rate that never came, estimated by the clock.";
    one("samples_missing_total", "counter", missing, &counts.missing);
    one("device_losses_total", "counter", "How often the microphone was lost.", &counts.devices_lost);
    one("dashboard_events_lost_total", "counter", "Events that these counts miss.", &counts.notes_lost);
    let detections = counts.detections.iter().map(|((language, keyword), count)| {
        let [language, keyword] = [language, keyword].map(|text| label(text));
        (format!("{{language=\"{language}\",keyword=\"{keyword}\"}}"), count)
    });
    metric(&mut out, "detections_total", "counter", "Detections of each keyword.", detections);
    out
}

fn metric<V: Display>(
    out: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    samples: impl IntoIterator<Item = (String, V)>,
) {
    // A string takes everything.
    let _ = writeln!(out, "# HELP polyspot_{name} {help}\n# TYPE polyspot_{name} {kind}");
    for (labels, value) in samples {
        let _ = writeln!(out, "polyspot_{name}{labels} {value}");
    }
}

/// A label's value between its quotes.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_comment_or_a_sample_and_labels_are_escaped() {
        let mut counts = Counts { missing: 7, ..Counts::default() };
        counts.detections.insert(("en".into(), "a\"b\\c\nd".into()), 3);
        let text = text(&Work::new(), 16_000, &counts, false);
        assert!(text.contains("\npolyspot_samples_missing_total 7\n"), "{text}");
        assert!(text.contains("\npolyspot_real_time_factor 0\n"), "{text}");
        let expected = r#"polyspot_detections_total{language="en",keyword="a\"b\\c\nd"} 3"#;
        assert_eq!(text.lines().last(), Some(expected));
        for line in text.lines().filter(|line| !line.starts_with("# ")) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with("polyspot_") && value.parse::<f64>().is_ok(), "{line}");
        }
    }
}
