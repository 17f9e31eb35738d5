//! Keywords that options name.

use std::sync::Arc;

use anyhow::anyhow;
use polyspot::{Model, ModelStore};

use crate::exit::Failure;

/// Refuses names that are no keywords of the models that hear, nor of others in the store, which may come to hear later.
pub(crate) fn check_keywords<'a>(
    option: &str,
    mut names: impl Iterator<Item = &'a str>,
    models: &[Arc<Model>],
    store: Option<&ModelStore>,
) -> Result<(), Failure> {
    let has =
        |model: &Arc<Model>, name: &str| model.manifest().keywords().any(|(_, label)| label.name == name);
    let is_known = |name: &str| {
        let others = || store.into_iter().flat_map(|store| store.languages().map(|tag| store.load(tag)));
        models.iter().any(|model| has(model, name)) || others().flatten().any(|model| has(&model, name))
    };
    let Some(unknown) = names.find(|name| !is_known(name)) else { return Ok(()) };
    let known = models.iter().flat_map(|model| model.manifest().keywords());
    let known: Vec<&str> = known.map(|(_, label)| label.name.as_str()).collect();
    Err(Failure::usage(anyhow!("{option}: unknown keyword {unknown:?}; there are: {}", known.join(", "))))
}
