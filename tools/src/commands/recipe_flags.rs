//! The flags that change a training recipe.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

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
}
