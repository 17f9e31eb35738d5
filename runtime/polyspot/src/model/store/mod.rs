//! The models at hand, by language.

mod bases;
mod profile;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use prost::bytes::Bytes;

use super::base::Base;
use super::engine::Engine;
use super::error::{BaseError, ModelError};
use super::file::{AdapterLink, decode, read_pinned};
use super::loaded::Model;
use bases::{Bases, onnx_files};

pub use profile::{HeldOutTakes, Profile, ProfileError, ProfileEvidence, Takes};

/// Finds models by language, loads each once, and keeps the ones used last ready.
///
/// A language may be a model file, or an adapter that is fused into its [`Base`] while it is loaded: one base in memory serves all
/// its adapters, which stay in their files.
///
/// To be shared among threads: one may load a model, which takes its time, while another listens with those that are
/// [`ready`](Self::ready). Whoever asks for a model that is being loaded waits for it instead of loading it again.
pub struct ModelStore {
    entries: Vec<Entry>,
    bases: Bases,
    /// The ones kept ready, the one used last at the end.
    ready: Mutex<Vec<(usize, Arc<Model>)>>,
    most_ready: usize,
    profile: Option<Profile>,
    /// What is to run the models, if not the fastest that can.
    engine: Option<Engine>,
}

struct Entry {
    language: String,
    source: Source,
    /// SHA-256 that the file must have.
    pin: Option<String>,
    /// The model, as long as anyone has it. Locked while it is loaded.
    loaded: Mutex<Weak<Model>>,
}

enum Source {
    Bytes(Bytes),
    File(PathBuf),
    Adapter(PathBuf, Arc<Base>),
}

/// Why a store has not given a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No model has the language.
    #[error("no model for the language {language:?}; there are: {}", known.join(", "))]
    Unknown {
        /// The language asked for.
        language: String,
        /// The languages there are.
        known: Vec<String>,
    },
    /// The model was refused.
    #[error("the model {from} was refused")]
    Refused {
        /// The file, or "built in".
        from: String,
        /// Why.
        source: ModelError,
    },
    /// The model's profile was refused.
    #[error("the profile of the model {from} was refused")]
    Profile {
        /// The model's file, or "built in".
        from: String,
        /// Why.
        source: ProfileError,
    },
}

impl ModelStore {
    /// An empty store that keeps up to so many models ready, besides those that someone listens with.
    pub fn new(most_ready: usize) -> Self {
        Self {
            entries: Vec::new(),
            bases: Bases::default(),
            ready: Mutex::new(Vec::new()),
            most_ready,
            profile: None,
            engine: None,
        }
    }

    /// Adds a model that is part of the program, of this language; its bytes are not looked at before it is loaded. Of two
    /// models of one language the one added first is found.
    pub fn add_bytes(&mut self, language: &str, bytes: &'static [u8]) {
        self.add(language, Source::Bytes(Bytes::from_static(bytes)), None);
    }

    /// Adds a model file, or an adapter whose base was added before or is in its folder.
    ///
    /// # Errors
    /// When the file cannot be read, is no ONNX file with a manifest, or is an adapter without its base.
    pub fn add_file(&mut self, path: &Path) -> Result<(), ModelError> {
        self.add_file_if(path, None)
    }

    /// Adds a model file or an adapter, if the file has this SHA-256 (in hexadecimal), now and whenever it is read again. A file that
    /// has not is not looked into.
    ///
    /// # Errors
    /// When the file is another, cannot be read, is no ONNX file with a manifest, or is an adapter without its base.
    pub fn add_pinned_file(&mut self, path: &Path, sha256: &str) -> Result<(), ModelError> {
        self.add_file_if(path, Some(sha256))
    }

    fn add_file_if(&mut self, path: &Path, pin: Option<&str>) -> Result<(), ModelError> {
        let (proto, manifest) = decode(&read_pinned(path, pin)?)?;
        let source = match AdapterLink::of(&proto)? {
            None => Source::File(path.to_owned()),
            Some(AdapterLink { base_sha256, .. }) => {
                let base = self.bases.find(&base_sha256, &folder_of(path))?;
                Source::Adapter(path.to_owned(), base)
            }
        };
        self.add(&manifest.language, source, pin);
        Ok(())
    }

    /// Adds every `.onnx` file of a folder that is no base, in the order of their names; gives those that were refused.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn add_folder(&mut self, folder: &Path) -> std::io::Result<Vec<(PathBuf, ModelError)>> {
        let mut refused = Vec::new();
        for path in onnx_files(folder)? {
            match self.add_file(&path) {
                // Its adapters find it.
                Ok(()) | Err(ModelError::Base(BaseError::IsBase)) => {}
                Err(error) => refused.push((path, error)),
            }
        }
        Ok(refused)
    }

    /// Gives the model that a profile is for with the profile's thresholds, from now on; other models keep their own.
    pub fn set_profile(&mut self, profile: Profile) {
        self.profile = Some(profile);
    }

    /// Has models run by this engine from now on; those that it cannot run are refused.
    pub fn set_engine(&mut self, engine: Engine) {
        self.engine = Some(engine);
    }

    fn add(&mut self, language: &str, source: Source, pin: Option<&str>) {
        let (language, pin) = (language.to_owned(), pin.map(str::to_owned));
        self.entries.push(Entry { language, source, pin, loaded: Mutex::new(Weak::new()) });
    }

    /// The languages there are, as BCP 47 tags, in the order in which they were added.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.language.as_str())
    }

    /// The language of the model that a tag finds: the tag's own, or the nearest more general one (`en` for `en-GB`: lookup of
    /// RFC 4647, section 3.4), or else the first more special one (`zh-Hans` for `zh`).
    pub fn find(&self, tag: &str) -> Option<&str> {
        self.position(tag).map(|position| self.entries[position].language.as_str())
    }

    fn position(&self, tag: &str) -> Option<usize> {
        let mut range = tag;
        loop {
            if let Some(found) = self.entries.iter().position(|e| e.language.eq_ignore_ascii_case(range)) {
                return Some(found);
            }
            let Some((general, _)) = range.rsplit_once('-') else { break };
            // A single letter only introduces what has been cut off: it goes with it.
            range = general;
            if let Some((rest, letter)) = general.rsplit_once('-')
                && letter.len() == 1
            {
                range = rest;
            }
        }
        self.entries.iter().position(|entry| {
            let special = entry.language.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag));
            special && entry.language[tag.len()..].starts_with('-')
        })
    }

    /// The model that a tag finds, if it need not be loaded. Waits for nothing but other looks into the store.
    pub fn ready(&self, tag: &str) -> Option<Arc<Model>> {
        let position = self.position(tag)?;
        lock(&self.ready).iter().find(|(entry, _)| *entry == position).map(|(_, model)| Arc::clone(model))
    }

    /// The model that a tag finds, loaded if nobody has it.
    ///
    /// # Errors
    /// When there is none, or it is refused.
    pub fn load(&self, tag: &str) -> Result<Arc<Model>, StoreError> {
        self.obtain(tag, Weak::upgrade)
    }

    /// The model that a tag finds, read again from its file.
    ///
    /// # Errors
    /// As [`ModelStore::load`]; the model that was ready before then stays so.
    pub fn reload(&self, tag: &str) -> Result<Arc<Model>, StoreError> {
        self.obtain(tag, |_| None)
    }

    /// The model that a tag finds: what `reuse` makes of the one that someone may have, or else read.
    fn obtain(
        &self,
        tag: &str,
        reuse: impl FnOnce(&Weak<Model>) -> Option<Arc<Model>>,
    ) -> Result<Arc<Model>, StoreError> {
        let position = self.position(tag).ok_or_else(|| self.unknown(tag))?;
        let mut loaded = lock(&self.entries[position].loaded);
        let model = match reuse(&loaded) {
            Some(model) => model,
            None => self.read(position)?,
        };
        *loaded = Arc::downgrade(&model);
        self.keep(position, &model);
        Ok(model)
    }

    fn unknown(&self, tag: &str) -> StoreError {
        let known = self.languages().map(str::to_owned).collect();
        StoreError::Unknown { language: tag.to_owned(), known }
    }

    fn read(&self, position: usize) -> Result<Arc<Model>, StoreError> {
        let Entry { source, pin, .. } = &self.entries[position];
        let bytes = |path: &Path| read_pinned(path, pin.as_deref()).map_err(ModelError::from);
        let (from, model) = match source {
            Source::Bytes(bytes) => ("built in".to_owned(), Model::load(bytes, self.engine)),
            Source::File(path) => {
                (path.display().to_string(), bytes(path).and_then(|bytes| Model::load(&bytes, self.engine)))
            }
            Source::Adapter(path, base) => {
                (path.display().to_string(), bytes(path).and_then(|adapter| self.fuse(&adapter, base)))
            }
        };
        let model = match model {
            Ok(model) => model,
            Err(source) => return Err(StoreError::Refused { from, source }),
        };
        let model = match &self.profile {
            Some(profile) if profile.model_sha256 == model.sha256() => {
                profile.apply(model).map_err(|source| StoreError::Profile { from, source })?
            }
            _ => model,
        };
        Ok(Arc::new(model))
    }

    fn fuse(&self, adapter: &Bytes, base: &Base) -> Result<Model, ModelError> {
        match self.engine {
            None | Some(Engine::Kernel) => base.fuse_file(adapter),
            Some(engine) => Err(BaseError::AdapterFor(engine).into()),
        }
    }

    fn keep(&self, position: usize, model: &Arc<Model>) {
        let mut ready = lock(&self.ready);
        ready.retain(|(entry, _)| *entry != position);
        ready.push((position, Arc::clone(model)));
        let surplus = ready.len().saturating_sub(self.most_ready);
        ready.drain(..surplus);
    }
}

impl fmt::Debug for ModelStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let languages: Vec<&str> = self.languages().collect();
        f.debug_struct("ModelStore").field("languages", &languages).finish_non_exhaustive()
    }
}

fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

/// What a panicking thread left is whole: every change above is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
