//! What a sweep is to run.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::adaptation::Method;
use crate::commands::adapt::Recordings;
use crate::data::repeated;
use crate::files::read_text;

/// Languages × methods × budgets × seeds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) languages: Vec<LanguagePlan>,
    pub(crate) methods: Vec<Method>,
    /// Shares of parameters, for the methods that keep to one.
    pub(crate) budgets: Vec<f64>,
    pub(crate) seeds: Vec<u64>,
    /// Passes over the clips, instead of as many as suit their number.
    #[serde(default)]
    pub(crate) epochs: Option<usize>,
    /// First parts of the network that stay the base's.
    #[serde(default)]
    pub(crate) share_prefix: usize,
}

/// A language with the base that it starts from. Recordings are below the folder that the command is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LanguagePlan {
    /// Its name in the rows.
    pub(crate) language: String,
    pub(crate) base: PathBuf,
    pub(crate) data: PathBuf,
    #[serde(default)]
    pub(crate) keywords: Vec<String>,
    #[serde(default)]
    pub(crate) noise: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) speech: Vec<PathBuf>,
    /// Recordings without keywords, to judge in streams on; without them clips alone are judged.
    #[serde(default)]
    pub(crate) negatives: Vec<PathBuf>,
    /// What the base was trained on, for the method that needs it.
    #[serde(default)]
    pub(crate) source: Vec<PathBuf>,
}

/// One adaptation of a language.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) method: Method,
    pub(crate) budget: Option<f64>,
    pub(crate) seed: u64,
}

impl Plan {
    /// Reads a plan from a JSON file.
    ///
    /// # Errors
    /// When it cannot be read, or asks for nothing.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let text = read_text(path).context("plan")?;
        let plan: Self = serde_json::from_str(&text).with_context(|| format!("plan {}", path.display()))?;
        let asks = !plan.languages.is_empty() && !plan.methods.is_empty() && !plan.seeds.is_empty();
        ensure!(asks, "plan {}: expected at least one language, one method and one seed", path.display());
        let budgets = !plan.budgets.is_empty() || plan.methods.iter().all(|method| !method.has_budget());
        ensure!(budgets, "plan {}: expected budgets for its methods, found none", path.display());
        plan.check().with_context(|| format!("plan {}", path.display()))?;
        Ok(plan)
    }

    /// Checks that no run is asked for twice, and that all can be made.
    fn check(&self) -> Result<()> {
        let twice = |what: &str, names: Vec<String>| match repeated(&names) {
            Some(name) => bail!("expected each {what} once, found {name} twice"),
            None => Ok(()),
        };
        twice("language", self.languages.iter().map(|language| language.language.clone()).collect())?;
        twice("method", self.methods.iter().map(Method::to_string).collect())?;
        twice("budget", self.budgets.iter().map(f64::to_string).collect())?;
        twice("seed", self.seeds.iter().map(u64::to_string).collect())?;
        for method in self.methods.iter().filter(|method| method.needs_source()) {
            let without = self.languages.iter().find(|language| language.source.is_empty());
            if let Some(LanguagePlan { language, .. }) = without {
                bail!("language {language:?}: method {method} needs the recordings of the base (source)");
            }
        }
        Ok(())
    }

    /// What tells a language's runs from those on other data or with other settings: a hash.
    pub(crate) fn conditions(&self, language: &LanguagePlan, base_sha256: &str) -> String {
        let settings = format!("{base_sha256} {language:?} {:?} {}", self.epochs, self.share_prefix);
        format!("{:.16x}", Sha256::digest(settings))
    }

    /// The adaptations of a language, seed by seed, so that an early stop leaves all methods alike.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for &seed in &self.seeds {
            for &method in &self.methods {
                if method.has_budget() {
                    jobs.extend(self.budgets.iter().map(|&b| Job { method, budget: Some(b), seed }));
                } else {
                    jobs.push(Job { method, budget: None, seed });
                }
            }
        }
        jobs
    }
}

impl LanguagePlan {
    /// Where its recordings are.
    pub(crate) fn recordings(&self, data: &Path, with_source: bool) -> Recordings {
        let join = |paths: &[PathBuf]| paths.iter().map(|path| data.join(path)).collect();
        Recordings {
            data: data.join(&self.data),
            extra: Vec::new(),
            noise: join(&self.noise),
            speech: join(&self.speech),
            hard_negatives: Vec::new(),
            source: if with_source { join(&self.source) } else { Vec::new() },
        }
    }
}
