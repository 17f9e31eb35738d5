//! What there is to report while listening.

use std::time::SystemTime;

use polyspot::Spotter;
use polyspot::manifest::{Label, LabelKind};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::utc;
use crate::json_lines::rounded;
use crate::listen::actions::Totals;

/// An event and the moment when it is reported.
#[derive(Serialize)]
pub(crate) struct Stamped<'a> {
    /// In UTC, to the millisecond (RFC 3339).
    time: String,
    #[serde(flatten)]
    event: &'a Event<'a>,
}

impl<'a> Stamped<'a> {
    pub(crate) fn new(event: &'a Event<'a>, time: SystemTime) -> Self {
        Self { time: utc::rfc_3339(time), event }
    }
}

/// Something to report; one line of JSON each. Sample positions count from the start of all that was heard, at
/// the model's rate; breaks take no samples.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Event<'a> {
    /// The microphone delivers: from now on every word is heard.
    Ready {
        /// Several are separated by commas.
        language: &'a str,
        keywords: Vec<&'a str>,
        /// The rate of all positions.
        sample_rate_hz: u32,
        /// What has to be heard before keywords count, if anything.
        #[serde(skip_serializing_if = "Option::is_none")]
        wake: Option<WakeWords<'a>>,
        device: Device<'a>,
    },
    /// Keywords count that end after `sample` and no later than `until`. If it comes again before `disarmed`, they count for longer.
    Armed {
        by: ArmedBy,
        /// The wake word.
        #[serde(skip_serializing_if = "Option::is_none")]
        keyword: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        language: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        score: Option<f64>,
        sample: u64,
        seconds: f64,
        until: u64,
        until_seconds: f64,
    },
    /// Keywords that end after this sample do not count any more. It is said a little later than at the sample: a keyword that ended
    /// before may have been reported still.
    Disarmed { sample: u64, seconds: f64 },
    /// A keyword was heard.
    Detection {
        keyword: &'a str,
        language: &'a str,
        score: f64,
        start: u64,
        end: u64,
        start_seconds: f64,
        end_seconds: f64,
    },
    /// The user says that this detection, the last, was none.
    FalseAlarm { keyword: &'a str, language: &'a str, start: u64, end: u64, start_seconds: f64 },
    /// How loud it is and what the model thinks, now and then.
    Level {
        sample: u64,
        seconds: f64,
        rms_dbfs: f64,
        peak_dbfs: f64,
        posteriors: Posteriors<'a>,
        /// Of several languages, how likely each is the one being spoken.
        #[serde(skip_serializing_if = "Option::is_none")]
        language_scores: Option<LanguageScores<'a>>,
    },
    /// Other models listen from this sample on.
    ModelChanged {
        by: By,
        /// Languages; several are separated by commas.
        old: &'a str,
        new: &'a str,
        keywords: Vec<&'a str>,
        /// From asking for them to listening, loading included.
        milliseconds: f64,
        sample: u64,
        seconds: f64,
    },
    /// The microphone stopped and is being opened again. What was heard is over: no detection reaches across this sample.
    DeviceLost { sample: u64, seconds: f64, reason: &'a str },
    /// The microphone delivers again, perhaps at another rate.
    DeviceRestored { sample: u64, seconds: f64, gap_seconds: f64, device: Device<'a> },
    /// Samples were lost on the way from an open microphone.
    SamplesLost {
        /// The hole is between these two. If they are the same it is there, and no detection reaches across it; otherwise a
        /// detection between them may be of a word with a hole.
        start: u64,
        end: u64,
        seconds: f64,
        /// Frames at the device's rate that we were too late for …
        dropped: u64,
        /// … and those that never came, estimated by the clock.
        missing: u64,
    },
    /// Something is not as it should be; listening goes on.
    Warning {
        sample: u64,
        seconds: f64,
        /// What `polyspot doctor` calls it, if it is about the microphone.
        #[serde(skip_serializing_if = "Option::is_none")]
        finding: Option<&'a str>,
        message: &'a str,
    },
    /// The end.
    Summary {
        samples: u64,
        /// Audio heard.
        seconds: f64,
        /// Time since `ready`.
        elapsed_seconds: f64,
        /// Frames at the device's rate that we were too late for.
        samples_dropped: u64,
        /// Frames at the device's rate that never came, estimated by the clock.
        samples_missing: u64,
        gaps: u64,
        gap_seconds: f64,
        detections: u64,
        by_keyword: Counts<'a>,
        /// What became of the commands that detections run, if there are any.
        #[serde(skip_serializing_if = "Option::is_none")]
        commands: Option<Totals>,
    },
}

/// What has to be heard before keywords count.
#[derive(Debug, Serialize)]
pub(crate) struct WakeWords<'a> {
    /// None of them if only a line on standard input does.
    pub(crate) keywords: Vec<&'a str>,
    /// Keywords count for so long.
    pub(crate) window_seconds: f64,
}

/// What let keywords count.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ArmedBy {
    /// A wake word.
    Wake,
    /// A line on standard input, or a key.
    Request,
}

/// Who changed the language.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum By {
    /// Whoever listens, or a file that changed.
    Request,
    /// `--auto`: one language is being spoken.
    Guess,
    /// `--auto`: the language guessed is not spoken any more.
    Doubt,
    /// A model cannot be run: the ones before it listen again.
    Failure,
}

/// Scores of languages, in 0..=1, summing to 1; an object in the models' order.
#[derive(Debug)]
pub(crate) struct LanguageScores<'a>(Vec<(&'a str, f32)>);

impl<'a> LanguageScores<'a> {
    pub(crate) fn new(scores: impl IntoIterator<Item = (&'a str, f32)>) -> Self {
        Self(scores.into_iter().collect())
    }

    /// The score of a language.
    pub(crate) fn of(&self, language: &str) -> Option<f32> {
        self.0.iter().find(|(name, _)| *name == language).map(|(_, score)| *score)
    }
}

impl Serialize for LanguageScores<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(language, score)| (language, rounded(*score, 3))))
    }
}

/// The microphone, in events.
#[derive(Debug, Serialize)]
pub(crate) struct Device<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: usize,
    pub(crate) sample_format: String,
}

/// Smoothed posteriors with their labels: of one model an object in its order; of several an object of such objects, by
/// language.
#[derive(Clone, Debug)]
pub(crate) struct Posteriors<'a>(Vec<ModelPosteriors<'a>>);

#[derive(Clone, Copy, Debug)]
struct ModelPosteriors<'a> {
    language: &'a str,
    labels: &'a [Label],
    values: &'a [f32],
}

impl<'a> Posteriors<'a> {
    /// Of the first models of the spotter, so many.
    pub(crate) fn new(spotter: &'a Spotter, models: usize) -> Self {
        let of = |(index, model): (usize, &'a std::sync::Arc<polyspot::Model>)| ModelPosteriors {
            language: &model.manifest().language,
            labels: &model.manifest().labels,
            values: spotter.smoothed_posteriors(index),
        };
        Self(spotter.models()[..models].iter().enumerate().map(of).collect())
    }

    /// The likeliest keywords, likeliest first.
    pub(crate) fn top_keywords(&self, count: usize) -> Vec<(&'a str, f32)> {
        let mut keywords: Vec<_> = self
            .0
            .iter()
            .flat_map(ModelPosteriors::iter)
            .filter(|(label, _)| label.kind == LabelKind::Keyword)
            .map(|(label, value)| (label.name.as_str(), value))
            .collect();
        keywords.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        keywords.truncate(count);
        keywords
    }
}

impl<'a> ModelPosteriors<'a> {
    fn iter(&self) -> impl Iterator<Item = (&'a Label, f32)> + use<'a> {
        self.labels.iter().zip(self.values.iter().copied())
    }
}

impl Serialize for Posteriors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => only.serialize(serializer),
            several => serializer.collect_map(several.iter().map(|model| (model.language, model))),
        }
    }
}

impl Serialize for ModelPosteriors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(label, value)| (&label.name, rounded(value, 4))))
    }
}

/// Detections of each keyword; an object in the model's order.
#[derive(Debug)]
pub(crate) struct Counts<'a>(pub(crate) Vec<(&'a str, u64)>);

impl Serialize for Counts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (keyword, count) in &self.0 {
            map.serialize_entry(keyword, count)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn an_event_has_its_time_beside_its_sample() {
        let event = Event::DeviceLost { sample: 16_000, seconds: 1.0, reason: "unplugged" };
        let line = Stamped::new(&event, UNIX_EPOCH + Duration::from_millis(1_735_689_599_123));
        let expected = r#"{"time":"2024-12-31T23:59:59.123Z","event":"device-lost","sample":16000,"seconds":1.0,"reason":"unplugged"}"#;
        assert_eq!(serde_json::to_string(&line).unwrap(), expected);
    }

    fn label(name: &str, kind: LabelKind) -> Label {
        Label { name: name.into(), kind, threshold: None, gloss: None, romanisation: None }
    }

    #[test]
    fn posteriors_are_written_in_the_order_of_the_model_and_ranked_without_filler() {
        let kinds = [LabelKind::Keyword, LabelKind::Keyword, LabelKind::Unknown];
        let labels: Vec<Label> =
            ["yes", "no", "unknown"].into_iter().zip(kinds).map(|(n, k)| label(n, k)).collect();
        let english = ModelPosteriors { language: "en", labels: &labels, values: &[0.123_44, 0.3, 0.6] };
        let posteriors = Posteriors(vec![english]);
        let several =
            serde_json::to_string(&Posteriors(vec![english, ModelPosteriors { language: "x", ..english }]));
        let one = r#"{"yes":0.1234,"no":0.3,"unknown":0.6}"#;
        assert_eq!(several.unwrap(), format!(r#"{{"en":{one},"x":{one}}}"#));
        assert_eq!(posteriors.top_keywords(3), [("no", 0.3), ("yes", 0.123_44)]);
        let event = Event::Level {
            sample: 8,
            seconds: 0.5,
            rms_dbfs: -20.0,
            peak_dbfs: -3.5,
            posteriors,
            language_scores: None,
        };
        let json = serde_json::to_string(&event).unwrap();
        let expected = r#"{"event":"level","sample":8,"seconds":0.5,"rms_dbfs":-20.0,"peak_dbfs":-3.5,"#;
        assert_eq!(json, format!(r#"{expected}"posteriors":{{"yes":0.1234,"no":0.3,"unknown":0.6}}}}"#));
        let scores = LanguageScores::new([("en", 0.874_6), ("x", 0.125_4)]);
        assert_eq!(serde_json::to_string(&scores).unwrap(), r#"{"en":0.875,"x":0.125}"#);
    }
}
