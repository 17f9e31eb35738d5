//! The languages that single keys choose.

use polyspot::ModelStore;

/// Keys of languages, in their order.
const KEYS: &str = "123456789abcdefghijklmnop";
/// The key for all languages that were begun with.
const BEGUN: char = '0';
const QUIT: char = 'q';
/// The last detection was none.
const WRONG: char = 'w';
/// What a wake word does.
const ARM: char = ' ';

/// A key and the languages that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) key: char,
    /// As models name them.
    pub(crate) languages: Vec<String>,
}

/// What a key asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Wish {
    Languages(Vec<String>),
    Wrong,
    Arm,
    Quit,
}

/// A key for each language of the store, and one for those that were begun with if they are several.
pub(crate) fn choices(store: &ModelStore, begun: &[String]) -> Vec<Choice> {
    let mut languages: Vec<&str> = Vec::new();
    for language in store.languages() {
        if !languages.contains(&language) {
            languages.push(language);
        }
    }
    let begun: Vec<String> = begun.iter().filter_map(|tag| store.find(tag)).map(str::to_owned).collect();
    let together = (begun.len() > 1).then_some(Choice { key: BEGUN, languages: begun });
    let single = |(key, language): (char, &str)| Choice { key, languages: vec![language.to_owned()] };
    together.into_iter().chain(KEYS.chars().zip(languages).map(single)).collect()
}

/// What a key asks for, if anything.
pub(super) fn wish(choices: &[Choice], key: char) -> Option<Wish> {
    match key {
        QUIT => return Some(Wish::Quit),
        WRONG => return Some(Wish::Wrong),
        ARM => return Some(Wish::Arm),
        _ => {}
    }
    let choice = choices.iter().find(|choice| choice.key == key)?;
    Some(Wish::Languages(choice.languages.clone()))
}

impl Choice {
    /// Its languages as events name them.
    pub(crate) fn name(&self) -> String {
        self.languages.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built_in::BUILT_IN;

    #[test]
    fn keys_choose_languages_and_q_ends() {
        let mut store = ModelStore::new(1);
        for built_in in BUILT_IN {
            store.add_bytes(built_in.language, built_in.bytes);
        }
        store.add_bytes("en", BUILT_IN[0].bytes);
        let names = |begun: &[&str]| -> Vec<String> {
            let begun: Vec<String> = begun.iter().map(ToString::to_string).collect();
            choices(&store, &begun).iter().map(|choice| format!("{} {}", choice.key, choice.name())).collect()
        };
        assert_eq!(names(&["en"]), ["1 en", "2 ar", "3 zh"]);
        assert_eq!(names(&["en-GB", "zh"]), ["0 en,zh", "1 en", "2 ar", "3 zh"]);
        let choices = choices(&store, &[]);
        assert_eq!(wish(&choices, '2'), Some(Wish::Languages(vec!["ar".into()])));
        assert_eq!(wish(&choices, 'q'), Some(Wish::Quit));
        assert_eq!(wish(&choices, 'w'), Some(Wish::Wrong));
        assert_eq!(wish(&choices, ' '), Some(Wish::Arm));
        assert_eq!(wish(&choices, '0'), None);
        assert_eq!(wish(&choices, '\u{1b}'), None);
    }
}
