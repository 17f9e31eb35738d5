//! The flags that change a training recipe.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Map, Value};

use crate::training::Recipe;

/// What a user says of a recipe.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecipeFlags {
    /// Passes over the clips
    #[arg(long)]
    epochs: Option<usize>,
    /// Seed of the run
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Largest learning rate
    #[arg(long)]
    learning_rate: Option<f32>,
    /// File with a whole recipe as JSON; other flags change it
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
}

impl RecipeFlags {
    /// The recipe of the file, or else `usual`, with what the other flags say; checked but for its network.
    pub(crate) fn apply(&self, usual: impl FnOnce() -> Recipe) -> Result<Recipe> {
        let mut recipe = self.recipe.as_deref().map_or_else(|| Ok(usual()), Recipe::open)?;
        recipe.epochs = self.epochs.unwrap_or(recipe.epochs);
        recipe.seed = self.seed.unwrap_or(recipe.seed);
        recipe.learning_rate = self.learning_rate.unwrap_or(recipe.learning_rate);
        let of = |file: &PathBuf| format!("recipe {}", file.display());
        recipe.check_training().with_context(|| self.recipe.as_ref().map_or("recipe".into(), of))?;
        Ok(recipe)
    }

    /// The recipe of a run that goes on: what the flags say must be what it began with.
    pub(crate) fn apply_again(&self, began: &Recipe) -> Result<Recipe> {
        let mut wanted = self.apply(|| began.clone())?;
        // A run that started from another base has that one's network.
        wanted.network.clone_from(&began.network);
        let [of_run, of_flags] = [settings(began)?, settings(&wanted)?];
        for name in of_run.keys().chain(of_flags.keys()) {
            let said = |settings: &Map<String, Value>| settings.get(name).unwrap_or(&Value::Null).to_string();
            let [began, found] = [&of_run, &of_flags].map(said);
            ensure!(
                began == found,
                "the run began with {name} {began}, and goes on as it began: found {found}"
            );
        }
        Ok(wanted)
    }
}

/// What a recipe says, by name.
fn settings(recipe: &Recipe) -> Result<Map<String, Value>> {
    // By way of text, which has the shortest numbers.
    Ok(serde_json::from_str(&serde_json::to_string(recipe)?)?)
}
