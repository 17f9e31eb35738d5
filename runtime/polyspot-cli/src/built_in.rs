//! The models built into the program, and the choice of one on the command line.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use polyspot::Model;

use crate::exit::Failure;

/// A model file that is part of the program.
pub(crate) struct BuiltIn {
    /// Its language, as in its manifest.
    pub(crate) language: &'static str,
    /// The ONNX file.
    pub(crate) bytes: &'static [u8],
}

/// Every built-in model; the first is the default.
pub(crate) const BUILT_IN: &[BuiltIn] = &[
    BuiltIn { language: "en", bytes: include_bytes!("../../../models/en.onnx") },
    BuiltIn { language: "ar", bytes: include_bytes!("../../../models/ar.onnx") },
    BuiltIn { language: "zh", bytes: include_bytes!("../../../models/zh.onnx") },
];

/// The options that choose a model.
#[derive(clap::Args)]
pub(crate) struct ModelChoice {
    /// Use this model file instead of a built-in one.
    #[arg(long, value_name = "FILE", conflicts_with = "language")]
    model: Option<PathBuf>,

    /// Use the built-in model of this language (a tag such as `en`; `polyspot models` lists them).
    #[arg(long, value_name = "TAG", default_value = BUILT_IN[0].language)]
    language: String,
}

impl ModelChoice {
    /// Loads the chosen model.
    pub(crate) fn load(&self) -> Result<Arc<Model>, Failure> {
        let model = match &self.model {
            Some(path) => Model::from_path(path)
                .with_context(|| format!("the model {} was refused", path.display()))
                .map_err(Failure::bad_model)?,
            None => self.built_in()?,
        };
        Ok(Arc::new(model))
    }

    fn built_in(&self) -> Result<Model, Failure> {
        let found = BUILT_IN.iter().find(|m| m.language.eq_ignore_ascii_case(&self.language));
        let Some(BuiltIn { language, bytes }) = found else {
            let known: Vec<&str> = BUILT_IN.iter().map(|m| m.language).collect();
            let error = anyhow!(
                "no built-in model for the language {:?}; there are: {}. --model FILE takes any other",
                self.language,
                known.join(", ")
            );
            return Err(Failure::usage(error));
        };
        Model::from_bytes(bytes)
            .with_context(|| format!("the built-in model {language:?} was refused"))
            .map_err(Failure::bad_model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_model_loads_and_names_its_language() {
        for built_in in BUILT_IN {
            let model = Model::from_bytes(built_in.bytes).unwrap();
            assert_eq!(model.manifest().language, built_in.language);
        }
    }
}
