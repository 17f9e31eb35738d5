//! The explanation in words.

use std::io::{self, Write};
use std::path::Path;

use polyspot::Model;
use polyspot::stream::Decision;
use polyspot_text::{shown, shown_path};

use super::hearing::{Hearing, Peak};

/// A word softer than this is hard to tell from the room.
const SOFT_DBFS: f32 = -45.0;

/// So few clipped samples do no harm.
const HARMLESS_CLIPPING: usize = 16;

/// Keywords below their thresholds that are listed.
const NEAREST: usize = 3;

pub(super) fn print(model: &Model, path: &Path, hearing: &Hearing) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "recording   {}", shown_path(path))?;
    for line in lines(model, hearing) {
        writeln!(out, "{}", shown(&line))?;
    }
    out.flush()
}

fn lines(model: &Model, hearing: &Hearing) -> Vec<String> {
    let manifest = model.manifest();
    let rate_hz = f64::from(manifest.front_end.sample_rate_hz);
    let seconds = |samples: u64| samples as f64 / rate_hz;
    let mut lines = Vec::new();
    for detection in &hearing.detections {
        lines.push(format!(
            "detected    {:?} with score {:.2}, in the window from {:.2} to {:.2} s",
            detection.keyword,
            detection.score,
            seconds(detection.start),
            seconds(detection.end)
        ));
    }
    if hearing.detections.is_empty() {
        lines.push("detected    nothing".into());
    }
    let mut peaks: Vec<&Peak> = hearing.keywords.iter().collect();
    let reaches = |peak: &Peak| peak.smoothed >= peak.threshold;
    peaks.sort_by(|a, b| reaches(b).cmp(&reaches(a)).then(b.smoothed.total_cmp(&a.smoothed)));
    let is_detected = |peak: &Peak| hearing.detections.iter().any(|d| *d.keyword == *peak.name);
    for (rank, peak) in peaks.iter().enumerate() {
        let is_above = reaches(peak);
        if !is_above && rank >= NEAREST {
            break;
        }
        let relation = match (is_above, is_detected(peak)) {
            (true, true) => "reached",
            (true, false) => "reached, but did not win",
            (false, _) => "missed",
        };
        lines.push(format!(
            "keyword     {:?}: {:.2} at {:.2} s, threshold {:.2} {relation}; single posteriors up to {:.2}, {} of them above it",
            peak.name,
            peak.smoothed,
            seconds(peak.end.min(hearing.samples)),
            peak.threshold,
            peak.unsmoothed,
            peak.steps_above
        ));
    }
    for stretch in &hearing.stretches {
        let reason = match stretch.decision {
            Decision::Refractory => "within the refractory period after a detection",
            Decision::SameWord => "still the word that was detected before",
            _ => continue,
        };
        let (from, to) = (seconds(stretch.first_end), seconds(stretch.last_end));
        lines.push(format!("passed over {from:.2} to {to:.2} s: above a threshold, but {reason}"));
    }
    lines.extend(
        reasons(model, hearing, peaks.first().copied()).into_iter().map(|r| format!("because     {r}")),
    );
    let input = &hearing.input;
    lines.push(format!(
        "input       {:.2} s, peak {:.1} dBFS, loudest 0.3 s {:.1} dBFS, {} samples clipped",
        seconds(hearing.samples),
        input.peak_dbfs,
        input.loudest_dbfs,
        input.clipped_samples
    ));
    let step_ms = manifest.step_samples() as f64 * 1_000.0 / rate_hz;
    let steps = manifest.detector.smoothing_steps;
    lines.push(format!(
        "model       {} ({}), score: mean of {steps} posteriors ({:.0} ms), refractory period {} ms",
        manifest.language,
        &model.sha256()[..12],
        steps as f64 * step_ms,
        manifest.detector.refractory_ms
    ));
    lines
}

/// What most likely stood in the way.
fn reasons(model: &Model, hearing: &Hearing, nearest: Option<&Peak>) -> Vec<String> {
    let mut reasons = Vec::new();
    let input = &hearing.input;
    let is_digital_silence = hearing.input.envelope.iter().all(|level| *level == 0.0);
    if is_digital_silence {
        reasons.push(
            "the recording is digital silence: the microphone is muted, or its use is not permitted".into(),
        );
    } else if input.loudest_dbfs < SOFT_DBFS {
        reasons.push(format!(
            "the recording is soft ({:.0} dBFS, expected {SOFT_DBFS:.0} or more): raise the microphone's level, or go nearer",
            input.loudest_dbfs
        ));
    }
    if input.clipped_samples > HARMLESS_CLIPPING {
        reasons.push(format!("{} samples are clipped: lower the microphone's level", input.clipped_samples));
    }
    let Some(peak) = nearest.filter(|_| hearing.detections.is_empty() && !is_digital_silence) else {
        return reasons;
    };
    let steps = model.manifest().detector.smoothing_steps;
    if peak.unsmoothed >= peak.threshold {
        reasons.push(format!(
            "the network heard {:?} ({:.2}), but not for long enough: {} posteriors reach the threshold, the score is the mean of {steps}; \
             say the word with a pause before and after it, or calibrate (its score would be enough for a threshold of {:.2})",
            peak.name,
            peak.unsmoothed,
            peak.steps_above,
            (peak.smoothed * 100.0).floor() / 100.0
        ));
    } else if let Some((label, share)) = rival(model, hearing, peak) {
        reasons.push(format!(
            "the network is not sure enough of any keyword: where {:?} comes nearest, with {:.2}, it hears {label:?} with {share:.2}",
            peak.name, peak.smoothed
        ));
    }
    reasons
}

/// The likeliest label, no matter of what kind, beside a keyword at its peak.
fn rival(model: &Model, hearing: &Hearing, peak: &Peak) -> Option<(String, f32)> {
    let step = hearing.smoothed.steps().find(|step| step.end == peak.end)?;
    let labels = model.manifest().labels.iter().zip(step.probabilities).enumerate();
    let others = labels.filter(|(output, _)| *output != peak.output).map(|(_, label)| label);
    others.max_by(|a, b| a.1.total_cmp(b.1)).map(|(label, share)| (label.name.clone(), *share))
}
