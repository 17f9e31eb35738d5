//! A model whose keywords count only after a wake word: the false alarms of both together.

use std::time::Duration;

use polyspot::Detection;
use polyspot::evaluation::Trace;
use polyspot::stream::{Detector, Gate, GateEvent, GateSpec};
use serde::Serialize;

use super::figures::PerHour;
use super::judge::Judge;
use super::streams::{NegativeStream, Played};

/// What wakes, and what it heard of the audio without keywords.
pub(crate) struct Wake {
    /// Of the wake model. It is judged by no words.
    pub(crate) judge: Judge,
    /// The words that wake; all of them if there are none.
    pub(crate) keywords: Vec<String>,
    /// Keywords count for so long after one.
    pub(crate) window: Duration,
}

/// False alarms of a model whose keywords count only after a wake word; both at their own thresholds.
#[derive(Debug, Serialize)]
pub(crate) struct WakeFigures {
    pub(crate) model: String,
    pub(crate) sha256: String,
    pub(crate) keywords: Vec<String>,
    pub(crate) window_seconds: f64,
    /// Wake words that were not said.
    pub(crate) woken: PerHour,
    /// Keywords that were not said, without a wake word before them …
    pub(crate) alone: PerHour,
    /// … and those that count.
    pub(crate) together: PerHour,
    /// The share of the time in which keywords counted, in 0..=1.
    pub(crate) armed: f64,
    /// Keywords to expect after a wake word that was said, in its window, though none is: of those alone.
    pub(crate) per_wake_word: f64,
}

impl Wake {
    /// What comes of the model that is judged, and of this wake model; its file's name and hash.
    pub(crate) fn figures(&self, judge: &Judge, model: String, sha256: String) -> WakeFigures {
        let hours = judge.hours(None);
        let heard = judge.negatives.iter().zip(&self.judge.negatives);
        let streams: Vec<Heard> = heard.map(|(commands, wakes)| self.hear(judge, commands, wakes)).collect();
        let rate = |of: fn(&Heard) -> &Vec<u64>| {
            PerHour::weighted(streams.iter().flat_map(|stream| of(stream).iter().copied()), hours)
        };
        let samples: u64 = judge.negatives.iter().map(|stream| stream.trace.samples()).sum();
        let armed: u64 = streams.iter().map(|stream| stream.armed).sum();
        let alone = rate(|heard| &heard.alone);
        let window_seconds = self.window.as_secs_f64();
        WakeFigures {
            model,
            sha256,
            keywords: self.words(),
            window_seconds,
            woken: rate(|heard| &heard.woken),
            per_wake_word: alone.per_hour * window_seconds / 3_600.0,
            alone,
            together: rate(|heard| &heard.together),
            armed: armed as f64 / samples.max(1) as f64,
        }
    }

    fn words(&self) -> Vec<String> {
        if self.keywords.is_empty() {
            self.judge.names().into_iter().map(str::to_owned).collect()
        } else {
            self.keywords.clone()
        }
    }

    fn hear(&self, judge: &Judge, commands: &NegativeStream, wakes: &NegativeStream) -> Heard {
        let words = self.words();
        let mut woken = reports(&self.judge, &wakes.trace);
        woken.retain(|(detection, _)| words.iter().any(|word| **word == *detection.keyword));
        let alone = reports(judge, &commands.trace);
        let specs = [self.judge.manifest.stream_spec(), judge.manifest.stream_spec()];
        let mut gate = Gate::new(GateSpec::for_streams(self.window, &specs));
        let mut all: Vec<(&Detection, u64, bool)> = woken.iter().map(|(d, at)| (d, *at, true)).collect();
        all.extend(alone.iter().map(|(d, at)| (d, *at, false)));
        all.sort_by_key(|(_, at, _)| *at);
        for (detection, _, is_wake) in all {
            if is_wake {
                gate.wake(detection.end);
            } else {
                gate.command(detection.clone());
            }
        }
        gate.end(commands.trace.samples());
        let mut together = Vec::new();
        let (mut armed, mut counted_until) = (0, 0);
        while let Some(event) = gate.next_event() {
            match event {
                GateEvent::Command(detection) => together.push(detection),
                GateEvent::Armed { since, until } => {
                    let until = until.min(commands.trace.samples());
                    armed += until.saturating_sub(since.max(counted_until));
                    counted_until = counted_until.max(until);
                }
                _ => {}
            }
        }
        let places = |found: &mut dyn Iterator<Item = &Detection>| -> Vec<u64> {
            found.filter_map(|detection| Some(place(commands, detection)?.stands_for)).collect()
        };
        Heard {
            woken: places(&mut woken.iter().map(|(detection, _)| detection)),
            alone: places(&mut alone.iter().map(|(detection, _)| detection)),
            together: places(&mut together.iter()),
            armed,
        }
    }
}

/// What was heard of a stream: for each detection how many it stands for, and for how many samples keywords counted.
struct Heard {
    woken: Vec<u64>,
    alone: Vec<u64>,
    together: Vec<u64>,
    armed: u64,
}

/// Detections at the model's own thresholds, with where they are reported.
fn reports(judge: &Judge, trace: &Trace) -> Vec<(Detection, u64)> {
    let mut detector = Detector::new(&judge.manifest.stream_spec());
    detector.set_keyword_thresholds(&judge.own_thresholds());
    trace.reports(&mut detector)
}

/// The recording that a detection is in.
fn place<'a>(stream: &'a NegativeStream, detection: &Detection) -> Option<&'a Played> {
    stream.recordings.get(stream.recordings.partition_point(|played| played.end < detection.end))
}

#[cfg(test)]
mod tests {
    use super::super::judge::tests::judge;
    use super::*;

    #[test]
    fn keywords_count_after_a_wake_word_and_are_as_many_as_a_window_holds() {
        // Four recordings of a quarter of an hour, each played in a second: both keywords of the model are false alarms in the second
        // and the fourth.
        let none = [[0.0; 2]; 4];
        let commands = judge(none, [[0.0, 0.0], [0.0, 0.9], [0.0, 0.0], [0.0, 0.9]]);
        let alarms = |window, wakes| {
            let wake = Wake {
                judge: judge(none, wakes),
                keywords: Vec::new(),
                window: Duration::from_millis(window),
            };
            let figures = wake.figures(&commands, "wake.onnx".into(), String::new());
            (figures.woken.events, figures.alone.events, figures.together.events)
        };
        let first = [[0.9, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]];
        assert_eq!(alarms(1_500, first), (1, 2, 1));
        assert_eq!(alarms(900, first), (1, 2, 0));
        assert_eq!(alarms(3_500, first), (1, 2, 2));
        assert_eq!(alarms(3_500, none), (0, 2, 0));
    }

    #[test]
    fn only_the_words_named_wake() {
        let none = [[0.0; 2]; 4];
        let commands = judge(none, [[0.0, 0.0], [0.0, 0.9], [0.0, 0.0], [0.0, 0.0]]);
        let wakes = judge(none, [[0.9, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]);
        let other = wakes.names()[1].to_owned();
        let wake = Wake { judge: wakes, keywords: vec![other], window: Duration::from_secs(5) };
        let figures = wake.figures(&commands, String::new(), String::new());
        assert_eq!((figures.woken.events, figures.together.events, figures.armed), (0, 0, 0.0));
    }
}
