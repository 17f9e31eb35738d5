//! One run of a sweep.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::adaptation::Method;

/// One adaptation and how well it judges.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) language: String,
    pub(crate) method: Method,
    /// Share of parameters allowed, for a method that keeps to one.
    pub(crate) budget: Option<f64>,
    pub(crate) seed: u64,
    /// Numbers stored, without the head.
    pub(crate) updated: usize,
    /// Parameters of the base, without heads.
    pub(crate) parameters: usize,
    /// Numbers stored for the head.
    pub(crate) head: usize,
    /// Multiply-accumulates for one frame of 10 ms beyond the base's; 0 for what is fused.
    #[serde(default)]
    pub(crate) extra_macs: f64,
    /// Memory of a training step, the recordings apart; 0 in rows of those who did not measure it.
    #[serde(default)]
    pub(crate) memory_mib: f32,
    /// Dev clips of keywords judged right; one judged filler is wrong.
    pub(crate) right: u64,
    pub(crate) clips: u64,
    /// Keywords missed in a stream at the rate of false alarms that models are held to, of those said; if it was measured.
    #[serde(default)]
    pub(crate) missed: Option<u64>,
    #[serde(default)]
    pub(crate) said: u64,
    pub(crate) seconds: f32,
    /// What tells runs on other data or with other settings: a hash; none in rows of those who did not write it.
    #[serde(default)]
    pub(crate) conditions: String,
}

impl Row {
    /// Percent of the clips judged right.
    pub(crate) fn accuracy(&self) -> f64 {
        self.right as f64 * 100.0 / self.clips.max(1) as f64
    }

    /// Percent of the keywords missed in a stream.
    pub(crate) fn missed(&self) -> Option<f64> {
        Some(self.missed? as f64 * 100.0 / self.said.max(1) as f64)
    }

    /// Method and budget.
    pub(crate) fn name(&self) -> String {
        match self.budget {
            Some(budget) => format!("{} {} %", self.method, budget * 100.0),
            None => self.method.to_string(),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} seed {}: {:.2} % right, {}{} of {} updated, {:.0} MACs more, {:.0} MiB, {:.0} s",
            self.language,
            self.name(),
            self.seed,
            self.accuracy(),
            self.missed().map(|missed| format!("{missed:.1} % missed, ")).unwrap_or_default(),
            self.updated,
            self.parameters,
            self.extra_macs,
            self.memory_mib,
            self.seconds
        )
    }
}
