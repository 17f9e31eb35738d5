//! Many adaptations side by side: languages × methods × budgets × seeds, a row each.

mod plan;
mod plot;
mod row;
mod rows;
mod streams;
mod table;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use polyspot_text::say;

pub(crate) use plan::Plan;
use plan::{Job, LanguagePlan};
use row::Row;
use rows::Rows;
use streams::Streams;

use crate::adaptation::adapter::blank;
use crate::adaptation::session::{Session, Settings, recipe_for};
use crate::adaptation::stages::{self, Watch};
use crate::data::DataSet;
use crate::evaluation::accuracy_of_keywords;
use crate::export;
use crate::progress;
use crate::training::checkpoint::file_sha256;
use crate::training::corpus::Corpus;
use crate::training::dev::DevSet;
use crate::training::vocabulary::Vocabulary;
use crate::training::windows::Windows;
use crate::training::{Checkpoint, Recipe};

/// Runs what a plan asks for and `out` does not have yet; after each run `out` (CSV) has a row more, and the table
/// (`.md`) and the plot (`.svg`) beside it are drawn anew.
pub(crate) fn run(plan: &Plan, data: &Path, out: &Path) -> Result<()> {
    let mut rows = Rows::open(out)?;
    let jobs: Vec<(&LanguagePlan, Vec<Job>)> =
        plan.languages.iter().map(|language| (language, plan.jobs())).collect();
    let total: usize = jobs.iter().map(|(_, jobs)| jobs.len()).sum();
    let mut number = 0;
    for (language, jobs) in jobs {
        let base_sha256 = file_sha256(&language.base)?;
        let conditions = plan.conditions(language, &base_sha256);
        rows.check(&language.language, &conditions)?;
        let missing: Vec<Job> =
            jobs.iter().filter(|job| !rows.has(&language.language, job)).cloned().collect();
        number += jobs.len() - missing.len();
        if missing.is_empty() {
            continue;
        }
        let needs_source = missing.iter().any(|job| job.method.needs_source());
        let room = Room::open(language, base_sha256, data, needs_source)?;
        for jobs in missing.chunk_by(|a, b| a.seed == b.seed) {
            // All methods train on the same windows: what differs between them is the method.
            let recipe = room.recipe(plan, jobs[0].seed);
            let windows = Windows::new(&recipe, &room.corpus, &room.base.about.front_end);
            let windows = windows.keeping(stages::steps(&room.corpus, &recipe));
            for job in jobs {
                number += 1;
                let row = room.adapt(&language.language, job, plan.share_prefix, &recipe, &windows)?;
                let row = Row { conditions: conditions.clone(), ..row };
                say!("{number}/{total}  {row}");
                rows.push(row)?;
                rows.summarise()?;
            }
        }
    }
    rows.summarise()
}

/// One language's recordings, read once for all its runs.
struct Room {
    base: Checkpoint,
    base_sha256: String,
    corpus: Corpus,
    source: Option<Corpus>,
    dev: DevSet,
    streams: Option<Streams>,
}

impl Room {
    fn open(language: &LanguagePlan, base_sha256: String, data: &Path, with_source: bool) -> Result<Self> {
        let base = Checkpoint::open(&language.base)?;
        let recordings = language.recordings(data, with_source);
        let (corpus, source) = recordings.load(&language.keywords, &base.about.vocabularies)?;
        let dev = DevSet::new(&corpus, &base.about.front_end)?;
        let negatives: Vec<_> = language.negatives.iter().map(|folder| data.join(folder)).collect();
        let streams = if negatives.is_empty() {
            None
        } else {
            let vocabulary = &corpus.languages[0].vocabulary;
            let manifest = export::manifest(&base.about.recipe.network, vocabulary, &base.about.front_end);
            Some(Streams::open(&manifest, &DataSet::open(&recordings.data)?, &negatives)?)
        };
        Ok(Self { base, base_sha256, corpus, source, dev, streams })
    }

    fn recipe(&self, plan: &Plan, seed: u64) -> Recipe {
        let mut recipe = recipe_for(&self.corpus, &self.base.about.recipe);
        recipe.seed = seed;
        recipe.epochs = plan.epochs.unwrap_or(recipe.epochs);
        recipe
    }

    fn adapt(
        &self,
        language: &str,
        job: &Job,
        share_prefix: usize,
        recipe: &Recipe,
        windows: &Windows<'_>,
    ) -> Result<Row> {
        let bar = progress::bar(stages::steps(&self.corpus, recipe), 0);
        let settings = Settings {
            method: job.method,
            budget: job.budget.unwrap_or(1.0),
            count_head: false,
            share_prefix,
            recipe: recipe.clone(),
        };
        let session = Session {
            base: &self.base,
            base_sha256: &self.base_sha256,
            corpus: &self.corpus,
            windows,
            source: self.source.as_ref(),
        };
        let began = std::time::Instant::now();
        let watch = Watch { bar, dev: None, progress: None, weighs: true };
        let outcome = session.run(&settings, watch, false)?;
        let seconds = began.elapsed().as_secs_f32();
        let base = outcome.own_base.as_ref().unwrap_or(&self.base);
        let vocabulary = &outcome.adapter.about.vocabulary;
        let fused = outcome.adapter.fuse(&base.weights)?;
        let shape = &outcome.adapter.about.recipe.network;
        let tables = self.dev.judge(shape, &fused)?;
        let table = tables.first().context("no dev clips to judge on")?;
        let (right, clips) = accuracy_of_keywords(table, vocabulary.keywords);
        let model = Arc::new(export::model(shape, &fused, vocabulary, &self.base.about.front_end)?);
        let streams = self.streams.as_ref().map(|streams| streams.missed(&model)).transpose()?;
        Ok(Row {
            language: language.to_owned(),
            method: job.method,
            budget: job.budget,
            seed: job.seed,
            updated: outcome.adapter.updated(),
            parameters: outcome.budget.parameters,
            head: outcome.adapter.about.head,
            extra_macs: model.macs_per_frame() - self.macs_of_base(vocabulary)?,
            memory_mib: outcome.memory as f32 / f32::from(1u16 << 10).powi(2),
            right,
            clips,
            missed: streams.map(|missed| missed.events),
            said: streams.map_or(0, |missed| missed.of),
            seconds,
            conditions: String::new(),
        })
    }

    /// Multiply-accumulates for one frame of the base with a head for these words.
    fn macs_of_base(&self, vocabulary: &Vocabulary) -> Result<f64> {
        let shape = &self.base.about.recipe.network;
        let front_end = &self.base.about.front_end;
        Ok(export::model(shape, &blank(shape, vocabulary), vocabulary, front_end)?.macs_per_frame())
    }
}
