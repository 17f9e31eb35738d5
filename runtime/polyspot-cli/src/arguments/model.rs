//! The options that choose models, and what comes of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, ensure};
use polyspot::profile::Profile;
use polyspot::{Engine, Model, ModelStore, StoreError};
use polyspot_text::{say, shown_path};

use crate::built_in::{BUILT_IN, BuiltIn, installed};
use crate::exit::Failure;

/// The language that is heard if none is chosen.
const DEFAULT_LANGUAGE: &str = "en";

/// Models kept ready beside those that listen.
const MOST_READY: usize = 8;

/// The options that choose models.
#[derive(Clone, clap::Args)]
pub(crate) struct ModelChoice {
    /// Use this model file.
    #[arg(long, value_name = "FILE", conflicts_with = "language")]
    model: Option<PathBuf>,

    /// Use the file of --model only if it has this SHA-256, now and whenever it is read again; `polyspot models FILE` prints it.
    #[arg(long, value_name = "HASH", requires = "model", conflicts_with = "language", value_parser = parse_sha256)]
    sha256: Option<String>,

    /// Find models in this folder too, before the built-in ones.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,

    /// Use the model of this language (a tag such as `en`; `polyspot models` lists the built-in ones). `listen` and `score` take
    /// several, separated by commas, and hear them at once.
    #[arg(long, value_name = "TAG", value_delimiter = ',', default_value = DEFAULT_LANGUAGE)]
    language: Vec<String>,

    /// Use the thresholds that `polyspot calibrate` wrote to this file, for the model that they were found for.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,

    /// Run the network by this engine. They give the same posteriors; a model that the engine cannot run is refused.
    #[arg(long, value_enum, default_value_t)]
    engine: EngineChoice,
}

/// What runs the network.
#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum EngineChoice {
    /// The fastest that can run the model.
    #[default]
    Auto,
    /// polyspot's own, for its own family of networks.
    Kernel,
    /// The inference engine tract, for any causal network.
    #[cfg(feature = "tract")]
    Tract,
}

impl ModelChoice {
    /// Loads the chosen model, where there can be only one.
    pub(crate) fn load(&self) -> Result<Arc<Model>, Failure> {
        let store = self.store()?;
        let [language] = self.languages(&store).try_into().map_err(|languages: Vec<String>| {
            Failure::usage(anyhow!(
                "expected one language, found {}: {}",
                languages.len(),
                languages.join(", ")
            ))
        })?;
        store.load(&language).map_err(refused)
    }

    /// Loads the chosen models, which are to hear at once.
    pub(crate) fn load_all(&self) -> Result<Vec<Arc<Model>>, Failure> {
        let store = self.store()?;
        Ok(load_each(&store, &self.languages(&store)).map_err(refused)?.1)
    }

    /// All models that can be chosen: the file, the folder's, the built-in ones.
    pub(crate) fn store(&self) -> Result<ModelStore, Failure> {
        let mut store = ModelStore::new(MOST_READY);
        match self.engine {
            EngineChoice::Auto => {}
            EngineChoice::Kernel => store.set_engine(Engine::Kernel),
            #[cfg(feature = "tract")]
            EngineChoice::Tract => store.set_engine(Engine::Tract),
        }
        if let Some(path) = &self.model {
            let added = match &self.sha256 {
                Some(sha256) => store.add_pinned_file(path, sha256),
                None => store.add_file(path),
            };
            added
                .with_context(|| format!("the model {} was refused", shown_path(path)))
                .map_err(Failure::bad_model)?;
        }
        if let Some(folder) = &self.models {
            let refused = store
                .add_folder(folder)
                .with_context(|| format!("the folder {}", shown_path(folder)))
                .map_err(Failure::bad_input)?;
            for (path, error) in refused {
                say!("polyspot: {}: {:#}", shown_path(&path), anyhow::Error::from(error));
            }
        }
        for BuiltIn { language, bytes } in BUILT_IN {
            store.add_bytes(language, bytes);
        }
        for path in installed() {
            store
                .add_file(&path)
                .with_context(|| format!("the model {} was refused", shown_path(&path)))
                .map_err(Failure::bad_model)?;
        }
        if let Some(path) = &self.profile {
            self.add_profile(&mut store, path)
                .with_context(|| format!("the profile {} was refused", shown_path(path)))
                .map_err(Failure::bad_input)?;
        }
        Ok(store)
    }

    /// A profile that is for none of the models to begin with would be without effect.
    fn add_profile(&self, store: &mut ModelStore, path: &Path) -> anyhow::Result<()> {
        let profile = Profile::from_path(path)?;
        let expected = profile.model_sha256.clone();
        store.set_profile(profile);
        let mut found = Vec::new();
        for language in self.languages(store) {
            // A model that is not there, or is refused, is reported by whoever wants to listen with it.
            match store.load(&language) {
                Ok(model) => found.push(model.sha256().to_owned()),
                Err(StoreError::Profile { source, .. }) => return Err(source.into()),
                Err(_) => return Ok(()),
            }
        }
        ensure!(
            found.contains(&expected),
            "it is for the model with sha256 {expected}, found {}: calibrate again",
            found.join(", ")
        );
        Ok(())
    }

    /// The languages to begin with, found in the store by their tags.
    pub(crate) fn languages(&self, store: &ModelStore) -> Vec<String> {
        match &self.model {
            Some(_) => store.languages().take(1).map(str::to_owned).collect(),
            None => self.language.clone(),
        }
    }

    /// The same choice with other models: a file, or languages separated by commas.
    #[cfg(feature = "devices")]
    pub(crate) fn with(&self, file_or_languages: &str) -> Self {
        let choice = self.clone();
        if names_file(file_or_languages) {
            Self { model: Some(file_or_languages.into()), sha256: None, ..choice }
        } else {
            let language = file_or_languages.split(',').map(str::to_owned).collect();
            Self { model: None, sha256: None, language, ..choice }
        }
    }

    /// Another model beside the chosen ones: a file, or one language of the store. A profile is for those alone.
    #[cfg(feature = "devices")]
    pub(crate) fn beside(&self, store: &ModelStore, file_or_language: &str) -> Result<Arc<Model>, Failure> {
        if names_file(file_or_language) {
            return Self { profile: None, ..self.with(file_or_language) }.load();
        }
        store.load(file_or_language).map_err(refused)
    }

    /// The model file, if one was chosen.
    pub(crate) fn file(&self) -> Option<&PathBuf> {
        self.model.as_ref()
    }
}

/// The models that tags find, each once, with the first tag that finds it: `en` and `en-US` may find the same.
///
/// # Errors
/// As [`ModelStore::load`].
pub(crate) fn load_each(
    store: &ModelStore,
    tags: &[String],
) -> Result<(Vec<String>, Vec<Arc<Model>>), StoreError> {
    let (mut languages, mut models) = (Vec::new(), Vec::<Arc<Model>>::new());
    for tag in tags {
        let model = store.load(tag)?;
        if !models.iter().any(|other| Arc::ptr_eq(other, &model)) {
            languages.push(tag.clone());
            models.push(model);
        }
    }
    Ok((languages, models))
}

/// Whether a text that may name a language or a file names a file.
#[cfg(feature = "devices")]
fn names_file(text: &str) -> bool {
    let path = Path::new(text);
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx")) || path.is_file()
}

/// Reads a hash, for `--sha256`.
fn parse_sha256(text: &str) -> Result<String, String> {
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { Ok(text.to_owned()) } else { Err("expected 64 hexadecimal digits".into()) }
}

/// Why a store has given no model, as the end of the program.
pub(crate) fn refused(error: StoreError) -> Failure {
    match error {
        StoreError::Profile { .. } => Failure::bad_input(error),
        StoreError::Unknown { .. } => Failure::usage(anyhow!("{error}. --model FILE takes any other")),
        other => Failure::bad_model(other),
    }
}
