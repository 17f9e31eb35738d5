//! The explanation as a drawing: scores, thresholds and decisions over time, and the sound below them.

use std::fmt::Write;

use polyspot::Model;
use polyspot::evaluation::Trace;
use polyspot::stream::Decision;
use polyspot_text::xml;

use super::hearing::{Hearing, Peak};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 880.0;
const TOP: f64 = 46.0;
/// Score 0 is here, score 1 at [`TOP`].
const ZERO: f64 = 306.0;
/// The middle of the sound.
const SOUND: f64 = 384.0;
const SOUND_HALF: f64 = 34.0;
const HEIGHT: f64 = 470.0;
/// Points nearer to each other than this are one.
const FINEST: f64 = 0.25;

/// Colours that people with any colour vision tell apart (Okabe and Ito 2008).
const COLOURS: [&str; 3] = ["#0072b2", "#d55e00", "#009e73"];

pub(super) fn svg(model: &Model, hearing: &Hearing) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = draw(&mut out, model, hearing);
    out
}

fn draw(out: &mut String, model: &Model, hearing: &Hearing) -> std::fmt::Result {
    let rate_hz = f64::from(model.manifest().front_end.sample_rate_hz);
    let last = hearing.smoothed.steps().last().map_or(0, |step| step.end).max(hearing.samples).max(1);
    let x = |samples: u64| LEFT + samples as f64 / last as f64 * (RIGHT - LEFT);
    write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"13\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    )?;
    decisions(out, hearing, x)?;
    axes(out, last as f64 / rate_hz)?;
    let mut peaks: Vec<&Peak> = hearing.keywords.iter().collect();
    peaks.sort_by(|a, b| b.smoothed.total_cmp(&a.smoothed));
    for (index, (peak, colour)) in peaks.iter().zip(COLOURS).enumerate() {
        line(
            out,
            &hearing.unsmoothed,
            peak.output,
            x,
            &format!("stroke=\"{colour}\" stroke-opacity=\"0.45\""),
        )?;
        line(out, &hearing.smoothed, peak.output, x, &format!("stroke=\"{colour}\" stroke-width=\"2.5\""))?;
        let threshold = y(peak.threshold);
        write!(
            out,
            "<path d=\"M{LEFT} {threshold:.1}H{RIGHT}\" stroke=\"{colour}\" stroke-dasharray=\"6 4\" fill=\"none\"/>"
        )?;
        let at = LEFT + 12.0 + index as f64 * 270.0;
        write!(
            out,
            "<rect x=\"{at}\" y=\"14\" width=\"14\" height=\"4\" fill=\"{colour}\"/><text x=\"{}\" y=\"20\">{} {:.2}, threshold {:.2}</text>",
            at + 20.0,
            xml(&peak.name),
            peak.smoothed,
            peak.threshold
        )?;
    }
    for detection in &hearing.detections {
        let (from, to) = (x(detection.start), x(detection.end));
        write!(
            out,
            "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{}\" fill=\"#000\" fill-opacity=\"0.07\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} {:.2}</text>",
            SOUND - SOUND_HALF,
            to - from,
            2.0 * SOUND_HALF,
            f64::midpoint(from, to),
            SOUND - SOUND_HALF - 6.0,
            xml(&detection.keyword),
            detection.score
        )?;
    }
    sound(out, hearing, x, rate_hz)?;
    out.push_str("</svg>\n");
    Ok(())
}

/// Bands behind the scores: where a keyword was above its threshold, and what came of it.
fn decisions(out: &mut String, hearing: &Hearing, x: impl Fn(u64) -> f64) -> std::fmt::Result {
    for stretch in &hearing.stretches {
        let (colour, what) = match stretch.decision {
            Decision::Rising => ("#f0e442", "rising"),
            Decision::Detected => ("#009e73", "detected"),
            Decision::Refractory => ("#999999", "refractory period"),
            Decision::SameWord => ("#cccccc", "same word"),
            _ => continue,
        };
        let from = x(stretch.first_end);
        let width = (x(stretch.last_end) - from).max(3.0);
        write!(
            out,
            "<rect x=\"{from:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{}\" fill=\"{colour}\" fill-opacity=\"0.35\">\
             <title>{what}</title></rect>",
            ZERO - TOP
        )?;
    }
    Ok(())
}

fn axes(out: &mut String, seconds: f64) -> std::fmt::Result {
    for tenth in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let y = y(tenth as f32);
        write!(
            out,
            "<path d=\"M{LEFT} {y}H{RIGHT}\" stroke=\"#000\" stroke-opacity=\"0.12\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{tenth}</text>",
            LEFT - 6.0,
            y + 4.0
        )?;
    }
    let step = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
    let step = step.into_iter().find(|step| seconds / step <= 12.0).unwrap_or(600.0);
    let mut at = 0.0;
    while at <= seconds {
        let x = LEFT + at / seconds * (RIGHT - LEFT);
        write!(
            out,
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{} s</text>",
            SOUND + SOUND_HALF + 18.0,
            (at * 100.0).round() / 100.0
        )?;
        at += step;
    }
    write!(
        out,
        "<text x=\"{LEFT}\" y=\"{}\" fill=\"#555\">bold: score (mean of posteriors), pale: single posteriors, dashed: threshold; \
         below: the sound, and the windows detected</text>",
        HEIGHT - 8.0
    )
}

fn line(
    out: &mut String,
    trace: &Trace,
    output: usize,
    x: impl Fn(u64) -> f64,
    look: &str,
) -> std::fmt::Result {
    write!(out, "<polyline fill=\"none\" {look} points=\"")?;
    let steps = trace.steps().map(|step| (x(step.end), step.probabilities[output]));
    for (at, score) in thinned(steps) {
        write!(out, "{at:.1},{:.1} ", y(score))?;
    }
    out.push_str("\"/>");
    Ok(())
}

/// The points of a line, the highest of each place that can be told apart from the one before.
fn thinned(points: impl Iterator<Item = (f64, f32)>) -> Vec<(f64, f32)> {
    let mut kept: Vec<(f64, f32)> = Vec::new();
    for (at, value) in points {
        match kept.last_mut() {
            Some(last) if at - last.0 < FINEST => last.1 = last.1.max(value),
            _ => kept.push((at, value)),
        }
    }
    kept
}

/// The level over time, on a scale from -60 dBFS.
fn sound(out: &mut String, hearing: &Hearing, x: impl Fn(u64) -> f64, rate_hz: f64) -> std::fmt::Result {
    let height = |level: &f32| (1.0 + f64::from(20.0 * level.max(1e-6).log10()) / 60.0).max(0.0) * SOUND_HALF;
    let at = |index: usize| x((index as f64 * rate_hz / 100.0) as u64);
    let envelope = hearing.input.envelope.iter().enumerate();
    let levels = thinned(envelope.map(|(index, level)| (at(index), *level)));
    out.push_str("<polygon fill=\"#555\" points=\"");
    for (at, level) in &levels {
        write!(out, "{at:.1},{:.1} ", SOUND - height(level))?;
    }
    for (at, level) in levels.iter().rev() {
        write!(out, "{at:.1},{:.1} ", SOUND + height(level))?;
    }
    out.push_str("\"/>");
    Ok(())
}

fn y(score: f32) -> f64 {
    ZERO - f64::from(score) * (ZERO - TOP)
}
