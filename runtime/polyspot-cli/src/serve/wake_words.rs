//! The keywords that are served, by the names that clients know them by.

use std::sync::Arc;

use polyspot::Model;
use polyspot::manifest::Label;

/// A keyword of a model.
pub(super) struct WakeWord {
    /// Its own among all served: the keyword, followed by its language where several languages have it.
    pub(super) name: String,
    pub(super) keyword: String,
    pub(super) language: String,
    /// Its model's place among those served.
    pub(super) model: usize,
}

/// All keywords that are served.
pub(super) struct WakeWords(Vec<WakeWord>);

/// Which keywords a client wants to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    /// By their places, in order; maybe none.
    Some(Vec<usize>),
}

impl WakeWords {
    pub(super) fn new(models: &[Arc<Model>]) -> Self {
        let keywords = |model: &Arc<Model>| -> Vec<String> {
            model.manifest().keywords().map(|(_, Label { name, .. })| name.clone()).collect()
        };
        let all: Vec<String> = models.iter().flat_map(keywords).collect();
        let is_shared = |keyword: &str| all.iter().filter(|other| *other == keyword).count() > 1;
        let words = models.iter().enumerate().flat_map(|(index, model)| {
            let language = &model.manifest().language;
            keywords(model).into_iter().map(move |keyword| WakeWord {
                name: keyword.clone(),
                keyword,
                language: language.clone(),
                model: index,
            })
        });
        let mut words: Vec<WakeWord> = words.collect();
        for word in words.iter_mut().filter(|word| is_shared(&word.keyword)) {
            word.name = format!("{} ({})", word.keyword, word.language);
        }
        Self(words)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &WakeWord> {
        self.0.iter()
    }

    /// A detection's wake word.
    pub(super) fn find(&self, language: &str, keyword: &str) -> Option<(usize, &WakeWord)> {
        let is_it = |word: &WakeWord| word.keyword == keyword && word.language == language;
        self.0.iter().enumerate().find(|(_, word)| is_it(word))
    }

    /// What these names stand for, and those that stand for nothing. A keyword that several languages have stands for all of them.
    pub(super) fn choose<'a>(&self, names: impl Iterator<Item = &'a str>) -> (Wanted, Vec<&'a str>) {
        let (mut chosen, mut unknown) = (Vec::new(), Vec::new());
        for name in names {
            let before = chosen.len();
            let matches = |word: &WakeWord| word.name == name || word.keyword == name;
            chosen
                .extend(self.0.iter().enumerate().filter(|(_, word)| matches(word)).map(|(place, _)| place));
            if chosen.len() == before {
                unknown.push(name);
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        (Wanted::Some(chosen), unknown)
    }

    /// The models that are needed to hear what is wanted, by their places.
    pub(super) fn models(&self, wanted: &Wanted) -> Vec<usize> {
        let is_wanted = |place: &usize| match wanted {
            Wanted::All => true,
            Wanted::Some(places) => places.contains(place),
        };
        let mut models: Vec<usize> = self
            .0
            .iter()
            .enumerate()
            .filter(|(place, _)| is_wanted(place))
            .map(|(_, word)| word.model)
            .collect();
        models.dedup();
        models
    }
}

impl Wanted {
    pub(super) fn has(&self, place: usize) -> bool {
        match self {
            Self::All => true,
            Self::Some(places) => places.contains(&place),
        }
    }
}
