//! Of several languages, the one that is being spoken: narrows to it, and widens again when it fails.

use std::sync::Arc;

use polyspot::Model;
use polyspot::stream::LanguageIdentifier;

/// A language is gone on with alone from this score on …
const SURE: f32 = 0.9;
/// … so long after a keyword of it, in seconds: what is left of the word is not heard twice.
const SETTLED_S: f32 = 1.5;
/// Without a keyword for so long, in seconds, all are listened to again …
const QUIET_S: f32 = 30.0;
/// … and so they are at this evidence for it: words were spoken that it does not know.
const DOUBTED: f32 = -2.0;

/// Which of the languages that were asked for are listened to.
pub(super) struct Auto {
    /// All of them.
    wide: Vec<Arc<Model>>,
    is_narrow: bool,
    /// The language of the last keyword, and the sample that it was reported at.
    last: Option<(Arc<str>, u64)>,
    sample_rate_hz: f32,
}

/// Why the languages change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// This model, by its index among those that listen, goes on alone.
    Narrow(usize),
    Widen,
}

impl Auto {
    /// Begins with several models that listen at once.
    pub(super) fn new(models: &[Arc<Model>], sample_rate_hz: u32) -> Self {
        let sample_rate_hz = sample_rate_hz as f32;
        Self { wide: models.to_vec(), is_narrow: false, last: None, sample_rate_hz }
    }

    /// All languages, for when it widens.
    pub(super) fn wide(&self) -> &[Arc<Model>] {
        &self.wide
    }

    /// Takes note of a keyword that was reported at a sample.
    pub(super) fn heard(&mut self, language: &Arc<str>, sample: u64) {
        self.last = Some((Arc::clone(language), sample));
    }

    /// Whether the languages are to change at this sample.
    pub(super) fn judge(&mut self, sample: u64, guess: &LanguageIdentifier) -> Option<Turn> {
        let (language, reported) = self.last.as_ref()?;
        let since_s = (sample - reported) as f32 / self.sample_rate_hz;
        let turn = if self.is_narrow {
            let is_doubted = guess.evidence().next().is_some_and(|evidence| evidence <= DOUBTED);
            (is_doubted || since_s >= QUIET_S).then_some(Turn::Widen)
        } else {
            let own = self.wide.iter().position(|model| *model.manifest().language == **language)?;
            let is_sure = guess.scores().nth(own).is_some_and(|score| score >= SURE);
            (self.wide.len() > 1 && is_sure && since_s >= SETTLED_S).then_some(Turn::Narrow(own))
        };
        if turn.is_some() {
            self.is_narrow = !self.is_narrow;
        }
        if turn == Some(Turn::Widen) {
            self.last = None;
        }
        turn
    }
}

#[cfg(test)]
mod tests {
    use polyspot::Manifest;
    use polyspot::manifest::LabelKind;
    use polyspot::stream::Posterior;

    use super::*;
    use crate::built_in::BUILT_IN;

    const RATE_HZ: u32 = 16_000;

    fn models() -> Vec<Arc<Model>> {
        BUILT_IN.iter().map(|built_in| Arc::new(Model::from_bytes(built_in.bytes).unwrap())).collect()
    }

    /// A second of posteriors for the language with this index: all of it on its first keyword, or on "unknown".
    fn speak(guess: &mut LanguageIdentifier, index: usize, manifest: &Manifest, knows: bool) {
        let mut probabilities = vec![0.0; manifest.labels.len()];
        let spoken = if knows { LabelKind::Keyword } else { LabelKind::Unknown };
        probabilities[manifest.labels.iter().position(|label| label.kind == spoken).unwrap()] = 1.0;
        for _ in 0..25 {
            guess.push(&Posterior::new(&probabilities, 0).of_model(index));
        }
    }

    fn guess(models: &[Arc<Model>]) -> LanguageIdentifier {
        LanguageIdentifier::new(models.iter().map(|model| model.spec()))
    }

    #[test]
    fn it_narrows_to_the_language_that_is_heard_and_widens_when_others_are_spoken() {
        let models = models();
        let mut auto = Auto::new(&models, RATE_HZ);
        let mut all = guess(&models);
        assert_eq!(auto.judge(0, &all), None, "nothing was heard");
        for (index, model) in models.iter().enumerate() {
            speak(&mut all, index, model.manifest(), index == 1);
        }
        auto.heard(&"ar".into(), 16_000);
        assert_eq!(auto.judge(16_000, &all), None, "the word may not be over");
        assert_eq!(auto.judge(40_000, &all), Some(Turn::Narrow(1)));
        let mut one = guess(&models[1..2]);
        assert_eq!(auto.judge(41_000, &one), None);
        speak(&mut one, 0, models[1].manifest(), false);
        assert_eq!(auto.judge(56_000, &one), Some(Turn::Widen));
        assert_eq!(auto.judge(60_000, &all), None, "a new keyword is waited for");
    }

    #[test]
    fn it_widens_when_nothing_is_heard_for_long() {
        let models = models();
        let mut auto = Auto::new(&models, RATE_HZ);
        let mut all = guess(&models);
        speak(&mut all, 0, models[0].manifest(), true);
        auto.heard(&"en".into(), 0);
        assert_eq!(auto.judge(24_000, &all), Some(Turn::Narrow(0)));
        let one = guess(&models[..1]);
        assert_eq!(auto.judge(29 * 16_000, &one), None);
        auto.heard(&"en".into(), 29 * 16_000);
        assert_eq!(auto.judge(58 * 16_000, &one), None);
        assert_eq!(auto.judge(60 * 16_000, &one), Some(Turn::Widen));
    }

    #[test]
    fn one_doubtful_word_does_not_decide() {
        let models = models();
        let mut auto = Auto::new(&models, RATE_HZ);
        auto.heard(&"en".into(), 0);
        assert_eq!(auto.judge(24_000, &guess(&models)), None);
    }
}
