//! What is learnt from a stream, step by step.
//!
//! A word has no single right moment: it is to be reported somewhere around its end. Of the steps in which it may be, the run
//! with the highest posterior is taught the word (max-pooling in a weakly constrained region: Hou et al., ICASSP 2020).
//! Everywhere else no keyword is to be heard, and the steps of a window that most nearly hear one are taught twice (their regional
//! mining of hard examples).

use super::example::{Besides, Word};
use super::vocabulary::Vocabulary;

/// Steps that are taught a word together: as many as a detector averages.
pub(crate) const RUN_STEPS: usize = 3;
/// Steps of a window that are taught twice.
const HARDEST_STEPS: usize = 4;

/// The highest mean posterior that a keyword has over a run of steps, each of which has one for every keyword.
pub(crate) fn highest_mean<'a>(run: &(impl ExactSizeIterator<Item = &'a [f32]> + Clone)) -> f32 {
    let keywords = run.clone().next().map_or(0, <[f32]>::len);
    let mean = |keyword: usize| run.clone().map(|step| step[keyword]).sum::<f32>() / run.len() as f32;
    (0..keywords).map(mean).fold(0.0, f32::max)
}

/// Weights of a window's negative logarithms of posteriors.
///
/// The loss of a step that holds no keyword is −ln of the sum of all that may be there instead. Its gradient is that of a
/// cross-entropy whose targets are the shares of that sum, which is how it is written here.
pub(crate) struct Targets<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    /// `[classes, columns]`
    pub(crate) log_posteriors: &'a [f32],
    pub(crate) columns: usize,
    /// Share of a word's target that goes to all classes.
    pub(crate) smoothing: f32,
}

impl Targets<'_> {
    fn log_posterior(&self, class: usize, column: usize) -> f32 {
        self.log_posteriors[class * self.columns + column]
    }

    /// Adds the weights of a window whose `steps` begin at a column.
    pub(crate) fn add_window(
        &self,
        weights: &mut [f32],
        (first, steps): (usize, usize),
        words: &[Word],
        besides: Besides,
    ) {
        let mut taught = vec![false; steps];
        for word in words {
            let Some(class) = word.class else { continue };
            for step in self.best_run(class, first, word) {
                taught[step] = true;
                self.teach_word(weights, class, first + step);
            }
        }
        let mut empty: Vec<(f32, usize, Option<usize>)> = Vec::new();
        for step in (0..steps).filter(|&step| !taught[step]) {
            let of = words.iter().find(|word| word.spoken.contains(&step));
            if of.is_some_and(|word| word.class.is_none()) {
                continue;
            }
            let own = of.and_then(|word| word.class);
            empty.push((self.log_empty(first + step, own), step, own));
        }
        empty.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (each, count) = (1.0 / empty.len().max(1) as f32, HARDEST_STEPS.min(empty.len()));
        for (rank, (log_empty, step, own)) in empty.into_iter().enumerate() {
            let is_hard = rank < count;
            let weight = each + if is_hard { 1.0 / count as f32 } else { 0.0 };
            match besides {
                Besides::Silence => {
                    weights[self.vocabulary.silence() * self.columns + first + step] += weight;
                }
                Besides::Speech if is_hard => {
                    weights[self.vocabulary.unknown() * self.columns + first + step] += weight;
                }
                Besides::Speech | Besides::Anything => {
                    self.teach_empty(weights, first + step, own, weight, log_empty);
                }
            }
        }
    }

    /// Adds the weights that teach a window's steps what another network makes of them, `[classes, columns]`: which keyword is heard,
    /// or that none is. Which class that is no keyword is left open, as where nothing is to be heard.
    pub(crate) fn add_posteriors(
        &self,
        weights: &mut [f32],
        (first, steps): (usize, usize),
        log_posteriors: &[f32],
        weight: f32,
    ) {
        let weight = weight / RUN_STEPS as f32;
        for column in first..first + steps {
            let mut keywords = 0.0;
            for class in 0..self.vocabulary.keywords {
                let posterior = log_posteriors[class * self.columns + column].exp();
                weights[class * self.columns + column] += weight * posterior;
                keywords += posterior;
            }
            let log_empty = self.log_empty(column, None);
            self.teach_empty(weights, column, None, weight * (1.0 - keywords).max(0.0), log_empty);
        }
    }

    /// The steps of a word that sound most like it.
    fn best_run(&self, class: usize, first: usize, word: &Word) -> std::ops::Range<usize> {
        let length = RUN_STEPS.min(word.reported.len());
        let score = |start: usize| -> f32 {
            (start..start + length).map(|step| self.log_posterior(class, first + step)).sum()
        };
        let starts = word.reported.start..=word.reported.end - length;
        let best = starts.max_by(|&a, &b| score(a).total_cmp(&score(b))).unwrap_or(word.reported.start);
        best..best + length
    }

    fn teach_word(&self, weights: &mut [f32], class: usize, column: usize) {
        let (classes, share) = (self.vocabulary.classes(), 1.0 / RUN_STEPS as f32);
        for other in 0..classes {
            weights[other * self.columns + column] += share * self.smoothing / classes as f32;
        }
        weights[class * self.columns + column] += share * (1.0 - self.smoothing);
    }

    /// Classes that may be heard in a step: all but keywords, and the word that is being spoken.
    fn may_be(&self, own: Option<usize>) -> impl Iterator<Item = usize> {
        let keywords = self.vocabulary.keywords;
        (keywords..self.vocabulary.classes()).chain(own.filter(|&class| class < keywords))
    }

    /// Logarithm of the posterior of all that may be heard.
    fn log_empty(&self, column: usize, own: Option<usize>) -> f32 {
        self.may_be(own).map(|class| self.log_posterior(class, column).exp()).sum::<f32>().max(1e-30).ln()
    }

    fn teach_empty(
        &self,
        weights: &mut [f32],
        column: usize,
        own: Option<usize>,
        weight: f32,
        log_empty: f32,
    ) {
        for class in self.may_be(own) {
            let share = (self.log_posterior(class, column) - log_empty).exp();
            weights[class * self.columns + column] += weight * share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two keywords, another word, unknown and silence.
    fn vocabulary() -> Vocabulary {
        Vocabulary { language: "xx".into(), words: ["a", "b", "c"].map(str::to_owned).into(), keywords: 2 }
    }

    /// Weights `[steps][classes]` for posteriors `[steps][classes]`.
    fn weights(posteriors: &[[f32; 5]], words: &[Word], besides: Besides) -> Vec<[f32; 5]> {
        let columns = posteriors.len();
        let log_posteriors: Vec<f32> =
            (0..5 * columns).map(|i| posteriors[i % columns][i / columns].ln()).collect();
        let vocabulary = vocabulary();
        let targets =
            Targets { vocabulary: &vocabulary, log_posteriors: &log_posteriors, columns, smoothing: 0.0 };
        let mut weights = vec![0.0; 5 * columns];
        targets.add_window(&mut weights, (0, columns), words, besides);
        (0..columns).map(|step| std::array::from_fn(|class| weights[class * columns + step])).collect()
    }

    const EMPTY: [f32; 5] = [0.05, 0.05, 0.2, 0.3, 0.4];
    const HEARD: [f32; 5] = [0.8, 0.05, 0.05, 0.05, 0.05];

    #[test]
    fn the_likeliest_run_around_a_word_s_end_is_taught_the_word() {
        let mut posteriors = vec![EMPTY; 12];
        posteriors[7..10].fill(HEARD);
        let word = Word { class: Some(0), spoken: 2..11, reported: 5..11 };
        let found = weights(&posteriors, &[word], Besides::Anything);
        for (step, row) in found.iter().enumerate() {
            if (7..10).contains(&step) {
                assert_eq!(*row, [1.0 / 3.0, 0.0, 0.0, 0.0, 0.0]);
            } else {
                // Another keyword is wrong everywhere; the word itself only while it is not being said.
                assert_eq!(row[1], 0.0);
                assert_eq!(row[0] > 0.0, (2..11).contains(&step), "{step}");
            }
        }
    }

    #[test]
    fn what_is_no_keyword_shares_a_weight_by_its_posterior_and_the_hardest_steps_weigh_more() {
        let mut posteriors = vec![EMPTY; 10];
        posteriors[3] = HEARD;
        let found = weights(&posteriors, &[], Besides::Anything);
        let sum = |row: &[f32; 5]| row.iter().sum::<f32>();
        assert!((found.iter().map(sum).sum::<f32>() - 2.0).abs() < 1e-5);
        assert!((sum(&found[3]) - (0.1 + 0.25)).abs() < 1e-6);
        let [a, b, c, unknown, silence] = found[9];
        assert_eq!((a, b), (0.0, 0.0));
        assert!((unknown / c - 1.5).abs() < 1e-5 && (silence / c - 2.0).abs() < 1e-5);
    }

    #[test]
    fn silence_is_silence_and_what_is_most_like_a_keyword_in_speech_is_an_unknown_word() {
        let mut posteriors = vec![EMPTY; 10];
        posteriors[2..6].fill(HEARD);
        let silence = weights(&posteriors, &[], Besides::Silence);
        assert!(silence.iter().all(|row| row[..4] == [0.0; 4] && row[4] > 0.0));
        let speech = weights(&posteriors, &[], Besides::Speech);
        for (step, row) in speech.iter().enumerate() {
            assert_eq!(row[4] == 0.0, (2..6).contains(&step), "{step}: {row:?}");
            assert!(row[3] > 0.0, "{step}");
        }
    }

    #[test]
    fn a_tutor_s_keywords_are_taught_as_they_are_and_its_other_classes_together() {
        let (own, tutor) = ([EMPTY, EMPTY], [[0.6, 0.1, 0.3, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]);
        let columns =
            |rows: &[[f32; 5]; 2]| -> Vec<f32> { (0..10).map(|i| rows[i % 2][i / 2].ln()).collect() };
        let (vocabulary, own, tutor) = (vocabulary(), columns(&own), columns(&tutor));
        let targets = Targets { vocabulary: &vocabulary, log_posteriors: &own, columns: 2, smoothing: 0.0 };
        let mut weights = vec![0.0; 10];
        targets.add_posteriors(&mut weights, (0, 2), &tutor, 3.0);
        // The rest is shared as the network itself shares it: 2 to 3 to 4.
        let expected = [
            [0.6, 0.0],
            [0.1, 0.0],
            [0.3 * 2.0 / 9.0, 2.0 / 9.0],
            [0.1, 3.0 / 9.0],
            [0.3 * 4.0 / 9.0, 4.0 / 9.0],
        ];
        for (found, expected) in weights.iter().zip(expected.iter().flatten()) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }

    #[test]
    fn a_word_that_is_cut_off_is_not_judged() {
        let word = Word { class: None, spoken: 0..6, reported: 0..6 };
        let found = weights(&[EMPTY; 8], &[word], Besides::Anything);
        assert!(found[..6].iter().flatten().all(|&weight| weight == 0.0));
        assert!(found[6..].iter().all(|row| row[4] > 0.0));
    }
}
