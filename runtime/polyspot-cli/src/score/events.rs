//! What there is to report while scoring.

use serde::Serialize;

/// Something to report; one line of JSON each. Fields that `polyspot listen` has too are named as there.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Event<'a> {
    /// A keyword was heard. `start` and `end` are samples at the model's rate.
    Detection {
        file: &'a str,
        keyword: &'a str,
        language: &'a str,
        score: f64,
        start: u64,
        end: u64,
        start_seconds: f64,
        end_seconds: f64,
    },
    /// A clip has its label.
    Clip {
        file: &'a str,
        label: &'a str,
        score: f64,
        /// What its folder's name says that it is, where folders are named so.
        #[serde(skip_serializing_if = "Option::is_none")]
        expected: Option<&'a str>,
    },
    /// A recording is over; its detections or its label stand before.
    File {
        file: &'a str,
        seconds: f64,
        findings: usize,
        /// It ended before the audio it announced.
        truncated: bool,
        /// Parts of it could not be read; the reason stands before.
        damaged: bool,
    },
    /// A recording could not be scored, or only in part: then there are detections of it, and the end of the file.
    Error { file: &'a str, reason: &'a str },
    /// The end.
    Summary {
        /// Recordings scored.
        files: u64,
        /// Recordings that could not be scored.
        broken: u64,
        /// Recordings among `files` that were scored as far as they went.
        truncated: u64,
        /// Recordings among `files` of which parts could not be read.
        damaged: u64,
        seconds: f64,
        /// Detections or labels.
        findings: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        clips: Option<Judgement<'a>>,
    },
}

/// How many clips have the label that their folder names.
#[derive(Debug, Serialize)]
pub(super) struct Judgement<'a> {
    /// Clips with a label to compare with.
    pub(super) clips: u64,
    pub(super) right: u64,
    pub(super) accuracy: f64,
    /// Of the confusion's rows and columns.
    pub(super) labels: &'a [String],
    /// Clips by what they are and what they were labelled.
    pub(super) confusion: &'a [Vec<u64>],
}
