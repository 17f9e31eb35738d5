//! `polyspot-tools adapt`: a base and recordings of a language to an adapter.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use indicatif::ProgressBar;
use polyspot_text::{say, shown_path, tell};

use super::bank_flags::BankFlags;
use super::recipe_flags::RecipeFlags;
use crate::adaptation::session::{Outcome, Session, Settings, recipe_for};
use crate::adaptation::stages::{self, Watch};
use crate::adaptation::{Method, drawing};
use crate::bank::Part;
use crate::data::{FEWEST_SPEAKERS, SplitBy};
use crate::evaluation::figures::Rate;
use crate::export::check_words;
use crate::files::check_outputs;
use crate::progress;
use crate::training::Checkpoint;
use crate::training::checkpoint::file_sha256;
use crate::training::corpus::{Corpus, Sources};
use crate::training::dev::DevSet;
use crate::training::vocabulary::{Vocabulary, keywords_of};
use crate::training::windows::Windows;

/// Share of the base's parameters that may change, unless the user says otherwise.
pub(super) const BUDGET: f64 = 0.3;

/// Adapt a base network to a language.
///
/// Learns which changes of the base's weights the language needs most, within a budget, and writes them as an adapter
/// with a drawing beside it. `fuse` makes a model of base and adapter. A run that was interrupted goes on with
/// --resume.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  polyspot-tools adapt --base base.safetensors --data words/ar --noise noise --out ar.safetensors
  polyspot-tools fuse --base base.safetensors --adapter ar.safetensors --out ar.onnx")]
pub(crate) struct Arguments {
    /// Checkpoint that `train` wrote
    #[arg(long, value_name = "FILE")]
    pub(super) base: PathBuf,
    #[command(flatten)]
    pub(super) recordings: Recordings,
    /// Keywords; the other words are "unknown". Without it, all words are keywords
    #[arg(long, value_name = "WORD,WORD…", value_delimiter = ',')]
    pub(super) keywords: Vec<String>,
    /// How to adapt
    #[arg(long, value_enum, default_value_t = Method::Swr)]
    pub(super) method: Method,
    /// Share of the base's parameters that may change, 0 to 1
    #[arg(long, default_value_t = BUDGET, value_name = "SHARE")]
    pub(super) budget: f64,
    /// Count the head as a part of the budget
    #[arg(long)]
    pub(super) count_head: bool,
    /// Leave the first N parts of the network, the stem and then blocks, as the base has them: languages that are heard at
    /// once compute those once
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(super) share_prefix: usize,
    /// Adapter to write
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Go on with the interrupted run of OUT
    #[arg(long)]
    pub(super) resume: bool,
    #[command(flatten)]
    pub(super) bank: BankFlags,
    #[command(flatten)]
    pub(super) recipe: RecipeFlags,
}

/// The recordings of an adaptation.
#[derive(Debug, Args)]
pub(crate) struct Recordings {
    /// Folder of the language's words, as for `train`
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// More clips for training only, such as synthetic voices
    #[arg(long, value_name = "DIR")]
    pub(crate) extra: Vec<PathBuf>,
    /// Folder of noise recordings (its train/ and dev/ parts, if it has them); may be given several times
    #[arg(long, value_name = "DIR")]
    pub(crate) noise: Vec<PathBuf>,
    /// Folder of speech without keywords, used as filler: running speech, or words of other languages
    #[arg(long, value_name = "DIR")]
    pub(crate) speech: Vec<PathBuf>,
    /// Folder of recordings that were wrongly taken for keywords, such as `polyspot listen --log-false-alarms` saves; used
    /// as filler, as often as any whole folder of --speech
    #[arg(long, value_name = "DIR")]
    pub(crate) hard_negatives: Vec<PathBuf>,
    /// Folder of words that the base was trained on, for `--method pac-net`
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Vec<PathBuf>,
}

impl Recordings {
    /// Reads the language's recordings and, where there are any, those of the base, whose heads were made for `known`.
    pub(crate) fn load(&self, keywords: &[String], known: &[Vocabulary]) -> Result<(Corpus, Option<Corpus>)> {
        let rate_hz = polyspot::front_end::FrontEndSpec::default().sample_rate_hz;
        let reading = ProgressBar::new_spinner().with_message("reading clips");
        let mut sources = Sources {
            data: vec![self.data.clone()],
            extra: self.extra.clone(),
            noise: self.noise.clone(),
            speech: [self.speech.as_slice(), &self.hard_negatives].concat(),
            keywords: BTreeMap::new(),
        };
        if !keywords.is_empty() {
            let language = crate::data::DataSet::open(&self.data)?.language;
            sources.keywords.insert(language, keywords.to_vec());
        }
        let corpus = Corpus::load(&sources, rate_hz, &reading)?;
        corpus.vocabularies().iter().try_for_each(check_words)?;
        let source = if self.source.is_empty() {
            None
        } else {
            let sources = Sources {
                data: self.source.clone(),
                extra: Vec::new(),
                // The base's heads go on.
                keywords: keywords_of(known),
                ..sources
            };
            Some(Corpus::load(&sources, rate_hz, &reading)?)
        };
        reading.finish_and_clear();
        Ok((corpus, source))
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    check_outputs(&[&arguments.out], [&arguments.base])?;
    let base = Checkpoint::open(&arguments.base)?;
    let base_sha256 = file_sha256(&arguments.base)?;
    let (mut corpus, source) = arguments.recordings.load(&arguments.keywords, &base.about.vocabularies)?;
    let language = &corpus.languages[0].vocabulary.language;
    if let Some(bank) = arguments.bank.open()? {
        for part in [Part::Training, Part::Synthetic] {
            corpus.bank.extend(bank.pieces(part, language, &base.about.front_end)?);
        }
    }
    describe(&corpus);
    let settings = settings(arguments, &corpus, &base)?;
    let windows = Windows::new(&settings.recipe, &corpus, &base.about.front_end);
    let session = Session {
        base: &base,
        base_sha256: &base_sha256,
        corpus: &corpus,
        windows: &windows,
        source: source.as_ref(),
    };
    let identity = serde_json::json!({
        "base": base_sha256, "data": corpus.fingerprint(), "method": settings.method, "budget": settings.budget,
        "count_head": settings.count_head, "share_prefix": settings.share_prefix, "recipe": settings.recipe,
        "bank_pieces": corpus.bank.len(),
    });
    let watch = Watch {
        bar: progress::bar(stages::steps(&corpus, &settings.recipe), 0),
        dev: Some(DevSet::new(&corpus, &base.about.front_end)?),
        progress: Some((arguments.out.with_extension("progress"), identity.to_string())),
        weighs: false,
    };
    let outcome = session.run(&settings, watch, arguments.resume)?;
    write(arguments, outcome, corpus.languages[0].split_by)
}

fn settings(arguments: &Arguments, corpus: &Corpus, base: &Checkpoint) -> Result<Settings> {
    let mut recipe = arguments.recipe.apply(|| recipe_for(corpus, &base.about.recipe))?;
    ensure!(recipe.power == 1.0, "the recipe's power is for a base: expected 1, found {}", recipe.power);
    ensure!(!recipe.branches, "the recipe's branches are for a base: expected --method branches");
    recipe.network.clone_from(&base.about.recipe.network);
    let Arguments { method, budget, count_head, share_prefix, .. } = *arguments;
    Ok(Settings { method, budget, count_head, share_prefix, recipe })
}

fn describe(corpus: &Corpus) {
    for language in &corpus.languages {
        let clips: usize = language.train.iter().map(Vec::len).sum();
        let vocabulary = &language.vocabulary;
        say!(
            "{}: {clips} training clips by {} and {} dev clips of {} words, {} of them keywords",
            vocabulary.language,
            match language.speakers {
                1 => "one speaker".into(),
                speakers => format!("{speakers} speakers"),
            },
            language.dev.len(),
            vocabulary.words.len(),
            vocabulary.keywords
        );
        if language.speakers < FEWEST_SPEAKERS {
            say!("  few speakers: training varies voices, rooms and levels more than usual");
        }
    }
    for bad in &corpus.bad_clips {
        say!("  left out: {}: {}", shown_path(&bad.path), bad.reason);
    }
}

fn write(arguments: &Arguments, outcome: Outcome, split_by: SplitBy) -> Result<()> {
    let Outcome { mut adapter, budget, records, own_base, .. } = outcome;
    if let Some(own_base) = own_base {
        let path = arguments.out.with_extension("base.safetensors");
        own_base.save(&path)?;
        adapter.about.base_sha256 = file_sha256(&path)?;
        say!("{}: the base that this adapter belongs to", path.display());
    }
    drawing::draw(&adapter.about, &records, &arguments.out.with_extension("svg"))?;
    adapter.save(&arguments.out)?;
    tell!("layer                 form        updated  of")?;
    for layer in &adapter.about.layers {
        tell!("{:<21} {:<11} {:>7}  {}", layer.name, layer.form, layer.updated, layer.parameters)?;
    }
    let (updated, head) = (adapter.updated(), adapter.about.head);
    let allowed = if adapter.about.method.has_budget() {
        format!(", {} allowed", budget.allowed)
    } else {
        String::new()
    };
    tell!("")?;
    tell!(
        "{updated} of {} parameters updated, {:.2} %{allowed}; the head has {head} of its own",
        budget.parameters,
        adapter.share() * 100.0
    )?;
    match records.iter().rev().find_map(|record| record.dev_right) {
        Some((right, clips)) => {
            let whose = match split_by {
                SplitBy::Speaker => "of speakers that training never heard",
                SplitBy::Recording => {
                    "which are other recordings of the people that training heard: it says nothing of other voices"
                }
            };
            tell!("keywords' dev clips right: {}, {whose}", Rate::new(right, clips))?;
        }
        None => tell!("no accuracy: there are no dev clips, and training clips would flatter")?,
    }
    Ok(())
}
