//! What a threshold buys: keywords missed against false alarms.

use polyspot::{Detector, Manifest};

use super::stream::{Heard, Keywords, Track};

/// The detector's behaviour at one threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperatingPoint {
    pub(crate) threshold: f32,
    pub(crate) keywords: Heard,
    pub(crate) false_alarms: usize,
    /// Hours of audio without keywords.
    pub(crate) hours: f64,
}

impl OperatingPoint {
    pub(crate) fn false_reject_rate(&self) -> f64 {
        1.0 - self.keywords.right as f64 / self.keywords.spoken.max(1) as f64
    }

    pub(crate) fn false_alarms_per_hour(&self) -> f64 {
        self.false_alarms as f64 / self.hours
    }
}

/// The operating points of one threshold for all keywords, from 0.02 to 0.999.
pub(crate) fn tradeoff(manifest: &Manifest, keywords: &Keywords, negatives: &[Track]) -> Vec<OperatingPoint> {
    let mut detector = Detector::new(manifest);
    let rate_hz = f64::from(manifest.front_end.sample_rate_hz);
    let hours = negatives.iter().map(|track| track.samples).sum::<u64>() as f64 / rate_hz / 3_600.0;
    (1..=48)
        .map(|i| i as f32 * 0.02)
        .chain([0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.997, 0.998, 0.999])
        .map(|threshold| {
            detector.set_thresholds(threshold);
            OperatingPoint {
                threshold,
                keywords: keywords.compare(&keywords.track.detections(&mut detector)),
                false_alarms: negatives.iter().map(|track| track.detections(&mut detector).len()).sum(),
                hours,
            }
        })
        .collect()
}
