//! `polyspot-tools word`: from a phrase to a model in one command.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use clap::Args;
use polyspot::Model;
use polyspot_text::{say, tell};

use super::adapt::{self, Recordings};
use super::bank_flags::BankFlags;
use super::recipe_flags::RecipeFlags;
use super::speak_flags::{SpeakFlags, show_counts, show_script};
use super::stream_flags::{StreamFlags, rate};
use super::{calibrate, fuse};
use crate::adaptation::Method;
use crate::data::DataSet;
use crate::evaluation::figures::Rate;
use crate::evaluation::raised::raised;
use crate::files::{check_output, write_whole};
use crate::progress;
use crate::speak::Script;

/// Make a model that hears a phrase, from its text alone.
///
/// Speaks the phrases and what sounds like them by synthetic voices, adapts the base, chooses thresholds on the bank of negatives, and
/// says what the model does with voices that it has not heard. What it makes on the way is kept beside OUT, in OUT.parts; a run that was
/// interrupted goes on from there. Needs espeak-ng. No figure of it is of real voices until you give recordings of people.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polyspot-tools word 'hey computer' --language en-us --out computer.onnx
  polyspot-tools word 'kava' 'arbata' --language lt --recordings words/lt --out drinks.onnx
  polyspot listen --model computer.onnx")]
pub(crate) struct Arguments {
    #[command(flatten)]
    speak: SpeakFlags,
    /// Recordings of people who say the phrases, split as `import` writes them: their train part is learnt from, too, and their
    /// dev part judges instead of synthetic voices
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// Folder of noise recordings to learn from (its train/ part, if it has one); may be given several times
    #[arg(long, value_name = "DIR")]
    noise: Vec<PathBuf>,
    /// Folder of speech without the phrases to learn from, beside the bank of negatives (its train/ part, if it has one); may be
    /// given several times
    #[arg(long, value_name = "DIR")]
    speech: Vec<PathBuf>,
    /// Base to adapt, instead of the one that comes with the program
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// At most so many false alarms per hour
    #[arg(long, default_value_t = 1.0, value_name = "RATE", value_parser = rate)]
    false_alarms_per_hour: f64,
    /// Folder of audio without the phrases, to choose thresholds on beside the bank of negatives; may be given several times
    #[arg(long, value_name = "DIR")]
    negatives: Vec<PathBuf>,
    #[command(flatten)]
    bank: BankFlags,
    #[command(flatten)]
    recipe: RecipeFlags,
    /// Card to write into the model: data, licences, meanings of words (JSON), as for `fuse`
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// Model to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    check_output(&arguments.out)?;
    arguments.check_sources()?;
    let request = arguments.speak.request(arguments.recipe.seed.unwrap_or(1))?;
    let script = request.script()?;
    show_script(&script)?;
    let parts = Parts::beside(&arguments.out)?;
    parts.belong_to(&format!(
        "{:?}",
        (
            &arguments.speak,
            &arguments.recordings,
            (&arguments.noise, &arguments.speech),
            &arguments.base,
            &arguments.bank,
            &arguments.recipe
        )
    ))?;
    let recordings = arguments.recordings.as_deref().map(recordings_of_people).transpose()?;

    let bar = progress::bar(request.steps(&script), 0);
    bar.set_message("1 of 3: speaking");
    if !parts.words().exists() {
        let counts = request.speak_phrases(&script, &parts.words(), &bar)?;
        bar.suspend(|| show_counts(&script.phrases, &counts))?;
    }
    if !script.near_misses.is_empty() && !parts.near_misses().exists() {
        request.speak_near_misses(&script, &parts.near_misses(), &bar)?;
    }
    bar.finish_and_clear();

    let base = match &arguments.base {
        Some(base) => base.clone(),
        None => parts.built_in_base()?,
    };
    say!("2 of 3: adapting the base");
    adapt_base(arguments, &parts, &base)?;
    let fused = parts.file("uncalibrated.onnx");
    fuse::run(&fuse::Arguments {
        base,
        adapter: Some(parts.adapter()),
        language: None,
        speech: Vec::new(),
        card: arguments.card.clone(),
        bank: arguments.bank.clone(),
        out: fused.clone(),
    })?;
    say!("3 of 3: choosing thresholds");
    calibrate::run(&calibrate::Arguments {
        model: fused,
        data: recordings.map_or_else(|| parts.words(), Path::to_owned),
        negatives: arguments.negatives.clone(),
        bank: arguments.bank.clone(),
        streams: StreamFlags::clean(),
        smoothing: Vec::new(),
        false_alarms_per_hour: arguments.false_alarms_per_hour,
        common: false,
        out: Some(arguments.out.clone()),
    })?;
    report(arguments, &script, &parts)
}

impl Arguments {
    /// Refuses at once what the last step would: it comes after minutes of work.
    fn check_sources(&self) -> Result<()> {
        let has_negatives = self.bank.open()?.is_some() || !self.negatives.is_empty();
        ensure!(has_negatives, "expected audio without the phrases (--negatives), or the bank of negatives");
        let folders = [&self.negatives, &self.noise, &self.speech].into_iter().flatten();
        for path in folders.chain(&self.card).chain(&self.base) {
            ensure!(path.exists(), "{}: no such file or folder", path.display());
        }
        Ok(())
    }
}

fn adapt_base(arguments: &Arguments, parts: &Parts, base: &Path) -> Result<()> {
    let out = parts.adapter();
    if out.exists() {
        return Ok(());
    }
    let near_misses = parts.near_misses();
    adapt::run(&adapt::Arguments {
        base: base.to_owned(),
        recordings: Recordings {
            data: parts.words(),
            extra: arguments.recordings.iter().cloned().collect(),
            noise: arguments.noise.clone(),
            speech: arguments.speech.clone(),
            hard_negatives: Some(near_misses).into_iter().filter(|folder| folder.exists()).collect(),
            source: Vec::new(),
        },
        keywords: arguments.speak.phrases.clone(),
        method: Method::Swr,
        budget: adapt::BUDGET,
        count_head: false,
        share_prefix: 0,
        resume: out.with_extension("progress").exists(),
        out,
        bank: arguments.bank.clone(),
        recipe: arguments.recipe.clone(),
    })
}

/// What the model does with what sounds like its words, and what nobody has tried.
fn report(arguments: &Arguments, script: &Script, parts: &Parts) -> Result<()> {
    let model = Arc::new(Model::from_path(&arguments.out)?);
    if parts.near_misses().exists() {
        report_near_misses(script, raised(&model, &parts.near_misses())?)?;
    }
    if arguments.recordings.is_none() {
        tell!("synthetic voices only: try it with people, and give recordings of them with --recordings")?;
    }
    tell!("polyspot listen --model {}", arguments.out.display())?;
    Ok(())
}

/// How many near misses raise a keyword, words of the language apart from others: each clip's near miss, and whether it does.
fn report_near_misses(script: &Script, raised: Vec<(String, bool)>) -> Result<()> {
    let written: BTreeSet<&str> =
        script.near_misses.iter().filter(|miss| miss.is_written).map(|miss| miss.text.as_str()).collect();
    let (words, others): (Vec<_>, Vec<_>) =
        raised.into_iter().partition(|(miss, _)| written.contains(miss.as_str()));
    let kinds =
        [("words of the language", words), ("parts of phrases, and phrases with a sound changed", others)];
    for (of, clips) in kinds.into_iter().filter(|(_, clips)| !clips.is_empty()) {
        let events = clips.iter().filter(|(_, raises)| *raises).count();
        let rate = Rate::new(events as u64, clips.len() as u64);
        tell!("near misses by voices that training did not hear: of {of} {rate} raise a keyword")?;
    }
    Ok(())
}

/// Recordings that have both parts.
fn recordings_of_people(folder: &Path) -> Result<&Path> {
    let set = DataSet::open(folder)?;
    ensure!(
        !set.is_plain,
        "{}: expected train/ and dev/ folders, as `polyspot-tools import` writes them",
        folder.display()
    );
    Ok(folder)
}

/// What is made on the way.
struct Parts {
    folder: PathBuf,
}

impl Parts {
    fn beside(out: &Path) -> Result<Self> {
        let folder = out.with_extension("parts");
        ensure!(folder != out, "{}: expected a model's name, such as word.onnx", out.display());
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self { folder })
    }

    /// Goes on only with parts of the same request.
    fn belong_to(&self, request: &str) -> Result<()> {
        let file = self.file("request.txt");
        if file.exists() {
            let found = crate::files::read_text(&file)?;
            ensure!(
                found == request,
                "{} holds parts of another request; delete it, or choose another --out",
                self.folder.display()
            );
            return Ok(());
        }
        write_whole(&file, request.as_bytes())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn words(&self) -> PathBuf {
        self.file("words")
    }

    fn near_misses(&self) -> PathBuf {
        self.file("near-misses")
    }

    fn adapter(&self) -> PathBuf {
        self.file("adapter.safetensors")
    }

    /// The built-in base as a file, which the adapter belongs to.
    fn built_in_base(&self) -> Result<PathBuf> {
        let path = self.file("base.safetensors");
        write_whole(&path, polyspot_models::BASE)?;
        Ok(path)
    }
}
