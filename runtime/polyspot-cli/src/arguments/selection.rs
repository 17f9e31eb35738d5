//! The options that leave detections out.

use std::sync::Arc;

use polyspot::{Detection, Model, ModelStore};

use super::{check_keywords, positive};
use crate::exit::Failure;

/// Which detections are reported. The models hear all the same, and decide as they would.
#[derive(clap::Args)]
pub(crate) struct Selection {
    /// Report these keywords only, separated by commas. The others are heard all the same, so that none of these is heard in their
    /// place.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    keywords: Vec<String>,

    /// After a keyword, do not report the same one again for so long, counted from the end of one to the end of the other.
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    cooldown: Option<f64>,
}

/// What is left out, of one stream.
#[derive(Clone, Default)]
pub(crate) struct Selected {
    /// All, if there are none.
    keywords: Vec<String>,
    cooldown_samples: u64,
    /// The last detection of each keyword that was let through.
    last: Vec<Detection>,
}

impl Selection {
    /// What this leaves out at a rate.
    ///
    /// # Errors
    /// When a keyword is none.
    pub(crate) fn selected(
        &self,
        models: &[Arc<Model>],
        store: Option<&ModelStore>,
    ) -> Result<Selected, Failure> {
        check_keywords("--keywords", self.keywords.iter().map(String::as_str), models, store)?;
        let rate_hz = f64::from(models[0].manifest().front_end.sample_rate_hz);
        Ok(Selected {
            keywords: self.keywords.clone(),
            cooldown_samples: (self.cooldown.unwrap_or(0.0) * rate_hz) as u64,
            last: Vec::new(),
        })
    }
}

impl Selected {
    /// Whether a keyword is reported at all.
    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.keywords.is_empty() || self.keywords.iter().any(|selected| selected == keyword)
    }

    /// Whether a detection is reported: its keyword is one of those, and was not reported a short while before.
    pub(crate) fn admits(&mut self, detection: &Detection) -> bool {
        if !self.has(&detection.keyword) {
            return false;
        }
        let is_same =
            |last: &&mut Detection| last.keyword == detection.keyword && last.language == detection.language;
        match self.last.iter_mut().find(is_same) {
            Some(last) if detection.end < last.end.saturating_add(self.cooldown_samples) => return false,
            Some(last) => *last = detection.clone(),
            None => self.last.push(detection.clone()),
        }
        true
    }

    /// The next detection is of another stream.
    pub(crate) fn reset(&mut self) {
        self.last.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_rests_by_itself_and_what_is_left_out_does_not_prolong_its_rest() {
        let mut selected = Selected { cooldown_samples: 100, ..Selected::default() };
        let mut admits = |keyword: &str, language: &str, end: u64| {
            selected.admits(&Detection::new(keyword, language, 0.9, 0..end))
        };
        assert!(admits("yes", "en", 50));
        assert!(!admits("yes", "en", 149));
        assert!(admits("no", "en", 149) && admits("yes", "x", 149));
        assert!(admits("yes", "en", 150));
        assert!(!admits("yes", "en", 249));
        selected.reset();
        assert!(selected.admits(&Detection::new("yes", "en", 0.9, 0..1)));
    }

    #[test]
    fn only_the_keywords_named_are_reported() {
        let selected = Selected { keywords: vec!["yes".into()], ..Selected::default() };
        assert!(selected.has("yes") && !selected.has("no"));
        assert!(Selected::default().has("no"));
    }
}
