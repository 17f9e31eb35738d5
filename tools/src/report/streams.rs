//! What was found on streams.

use serde::Serialize;

use crate::evaluation::figures::OperatingPoint;
use crate::evaluation::held_out::{self, HeldOutFigures};
use crate::evaluation::judge::Judge;

/// What the figures count, for whoever reads them without the command's help.
const COUNTING: &str = "A word begins and ends with the first and the last 10 ms within 30 dB of its clip's loudest; distances and \
    delays count from there. A detection is placed at the end of the audio that it is about, and counts once, for its own keyword, \
    from the word's start to 0.5 s after its end. The delay reaches to the sample with which the detection is reported. Hours are \
    those of the recordings, without the gaps between them.";

/// Figures on streams. All figures of keywords are in the order of `keywords`, those of kinds in the order of `negatives`.
#[derive(Debug, Serialize)]
pub(crate) struct StreamFigures {
    /// What is counted, in words.
    pub(crate) counting: &'static str,
    pub(crate) keywords: Vec<String>,
    pub(crate) smoothing_steps: usize,
    pub(crate) refractory_ms: u32,
    /// Audio without keywords, by kind.
    pub(crate) negatives: Vec<Negatives>,
    /// At the model's own thresholds.
    pub(crate) own: OperatingPoint,
    /// With one threshold for all keywords, held to each of the wanted rates.
    pub(crate) held: Vec<Held>,
    /// One threshold for all keywords, from the lowest up: the detection error tradeoff.
    pub(crate) curve: Vec<OperatingPoint>,
}

/// Audio without keywords, of one kind.
#[derive(Debug, Serialize)]
pub(crate) struct Negatives {
    pub(crate) name: String,
    pub(crate) recordings: usize,
    pub(crate) hours: f64,
}

/// What a model does when it is held to a rate of false alarms.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "data held out is another matter")]
pub(crate) struct Held {
    /// The most that there may be.
    pub(crate) false_alarms_per_hour: f64,
    /// At the lowest common threshold that keeps the rate on all negatives; absent if there is none.
    pub(crate) point: Option<OperatingPoint>,
    /// With the threshold chosen on one half of speakers and recordings and judged on the other, both ways.
    pub(crate) held_out: Option<HeldOutFigures>,
}

impl StreamFigures {
    /// The figures of what was heard, held to these rates of false alarms; intervals are drawn with this seed.
    pub(crate) fn of(judge: &Judge, false_alarms_per_hour: &[f64], seed: u64) -> Self {
        let curve = judge.sweep(None);
        let rate_hz = f64::from(judge.manifest.front_end.sample_rate_hz);
        let held = |&wanted: &f64| Held {
            false_alarms_per_hour: wanted,
            point: judge
                .hold(&curve, wanted, None)
                .map(|point| judge.with_intervals(&point.thresholds, seed)),
            held_out: held_out::common(judge, wanted),
        };
        let negatives = judge.kinds.iter().map(|kind| Negatives {
            name: kind.name.clone(),
            recordings: kind.recordings,
            hours: kind.samples as f64 / rate_hz / 3_600.0,
        });
        Self {
            counting: COUNTING,
            keywords: judge.names().into_iter().map(String::from).collect(),
            smoothing_steps: judge.manifest.detector.smoothing_steps,
            refractory_ms: judge.manifest.detector.refractory_ms,
            negatives: negatives.collect(),
            own: judge.with_intervals(&judge.own_thresholds(), seed),
            held: false_alarms_per_hour.iter().map(held).collect(),
            curve,
        }
    }

    /// All points that were measured.
    pub(crate) fn points(&self) -> impl Iterator<Item = &OperatingPoint> {
        let held = self.held.iter().filter_map(|held| held.point.as_ref());
        std::iter::once(&self.own).chain(held).chain(&self.curve)
    }
}
