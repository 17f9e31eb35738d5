//! Keywords of the model, by their names.

use anyhow::anyhow;
use polyspot::Model;

use crate::exit::Failure;

/// The numbers of the keywords asked for, or of all.
pub(super) fn numbers(model: &Model, wanted: &[String]) -> Result<Vec<usize>, Failure> {
    let names: Vec<&str> = model.manifest().keywords().map(|(_, label)| label.name.as_str()).collect();
    if wanted.is_empty() {
        return Ok((0..names.len()).collect());
    }
    wanted.iter().map(|word| number_of(word, &names).map_err(Failure::usage)).collect()
}

/// The number of a keyword.
pub(super) fn number_of(word: &str, names: &[&str]) -> anyhow::Result<usize> {
    let found = names.iter().position(|name| *name == word);
    found.ok_or_else(|| anyhow!("expected a keyword of the model ({}), found {word:?}", names.join(", ")))
}
