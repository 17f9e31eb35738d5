//! `polyspot-tools train`: recordings to a base checkpoint.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use indicatif::ProgressBar;
use polyspot_text::{say, shown_path, tell_lines};

use super::recipe_flags::RecipeFlags;
use crate::export::check_words;
use crate::files::check_outputs;
use crate::training::corpus::{Corpus, Sources};
use crate::training::made_up;
use crate::training::teacher;
use crate::training::{BaseRun, Checkpoint, Recipe};

/// Train a base network on the words of one or more languages.
///
/// Writes the checkpoint OUT after every epoch, with learning curves and confusion tables as SVG beside it. A
/// run that was interrupted goes on with --resume.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  polyspot-tools train --data speech/en --data speech/ar --keywords en=yes,no,stop,go \\
      --noise noise --speech running-speech --out base.safetensors")]
pub(crate) struct Arguments {
    /// Folder of words, one per language: `<word>/<speaker>_<n>.<ext>`, with or without train/ and dev/
    /// above, or a Multilingual Spoken Words Corpus folder
    #[arg(long, required = true, value_name = "DIR")]
    data: Vec<PathBuf>,
    /// More clips for training only, such as synthetic voices; words that are new make filler
    #[arg(long, value_name = "DIR")]
    extra: Vec<PathBuf>,
    /// Folder of noise recordings (its train/ and dev/ parts, if it has them); may be given several times
    #[arg(long, value_name = "DIR")]
    noise: Vec<PathBuf>,
    /// Folder of running speech without keywords, used as filler (its train/ part, if it has one);
    /// a folder given twice is drawn twice as often
    #[arg(long, value_name = "DIR")]
    speech: Vec<PathBuf>,
    /// Keywords of a language; the other words are "unknown". Without it, all words are keywords
    #[arg(long, value_name = "LANG=WORD,WORD…", value_parser = parse_keywords)]
    keywords: Vec<(String, Vec<String>)>,
    /// Also train on so many words that no language has, spliced from the recordings: they prepare a base for
    /// languages that it has never heard
    #[arg(long, default_value_t = 0, value_name = "WORDS")]
    made_up_words: usize,
    /// Program that describes speech, which the base learns to imitate, such as `python3 tools/scripts/teacher.py`
    #[arg(long, value_name = "COMMAND")]
    teacher: Option<String>,
    /// Checkpoint of another base for the same words, usually a larger one, whose posteriors are learnt, too (distillation)
    #[arg(long, value_name = "FILE")]
    tutor: Option<PathBuf>,
    /// Checkpoint to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Start from this checkpoint's weights
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    init: Option<PathBuf>,
    /// Go on with the interrupted run of OUT
    #[arg(long)]
    resume: bool,
    /// Stop after so many epochs, to be resumed later
    #[arg(long, value_name = "EPOCHS")]
    stop_after: Option<usize>,
    #[command(flatten)]
    recipe: RecipeFlags,
    /// Print the recipe as JSON and stop
    #[arg(long)]
    print_recipe: bool,
}

fn parse_keywords(text: &str) -> Result<(String, Vec<String>), String> {
    let (language, words) = text.split_once('=').ok_or("expected LANG=WORD,WORD…")?;
    Ok((language.to_owned(), words.split(',').filter(|w| !w.is_empty()).map(str::to_owned).collect()))
}

/// A language that is named twice has the words of both.
fn by_language(named: Vec<(String, Vec<String>)>) -> BTreeMap<String, Vec<String>> {
    let mut keywords: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (language, words) in named {
        keywords.entry(language).or_default().extend(words);
    }
    keywords
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let interrupted = if arguments.resume { Some(Checkpoint::open(&arguments.out)?) } else { None };
    let recipe = match &interrupted {
        Some(run) => arguments.recipe.apply_again(&run.about.recipe)?,
        None => arguments.recipe.apply(Recipe::default)?,
    };
    if arguments.print_recipe {
        tell_lines(&serde_json::to_string_pretty(&recipe)?)?;
        return Ok(());
    }
    let read = [&arguments.init, &arguments.tutor].into_iter().flatten();
    check_outputs(&[&arguments.out], read)?;
    let sources = Sources {
        data: arguments.data,
        extra: arguments.extra,
        noise: arguments.noise,
        speech: arguments.speech,
        keywords: by_language(arguments.keywords),
    };
    let reading = ProgressBar::new_spinner().with_message("reading clips");
    let mut corpus =
        Corpus::load(&sources, polyspot::front_end::FrontEndSpec::default().sample_rate_hz, &reading)?;
    corpus.vocabularies().iter().try_for_each(check_words)?;
    for language in recipe.languages.keys().filter(|name| !corpus.has_language(name)) {
        say!("warning: the recipe weighs {language:?}, of which there are no words");
    }
    if !recipe.teaches_every_language() {
        corpus.make_tapes(recipe.seed);
    }
    if arguments.made_up_words > 0 {
        corpus.languages.push(made_up::language(&corpus.languages, arguments.made_up_words, recipe.seed));
    }
    reading.finish_and_clear();
    for language in &corpus.languages {
        let clips: usize = language.train.iter().map(Vec::len).sum();
        let vocabulary = &language.vocabulary;
        say!(
            "{}: {clips} training clips and {} dev clips of {} words, {} of them keywords",
            vocabulary.language,
            language.dev.len(),
            vocabulary.words.len(),
            vocabulary.keywords
        );
    }
    let heard: Vec<_> = corpus.speech.iter().flatten().chain(corpus.tapes.iter().flatten()).collect();
    let descriptions = match &arguments.teacher {
        Some(command) => Some(teacher::describe(command, &heard, recipe.shards)?),
        None => None,
    };
    let run = if let Some(run) = interrupted {
        BaseRun::resume(run, &corpus, descriptions.as_ref())?
    } else {
        let init = arguments.init.as_deref().map(Checkpoint::open).transpose()?;
        BaseRun::new(recipe, &corpus, descriptions.as_ref(), init.as_ref())?
    };
    run.tutored_by(arguments.tutor.as_deref())?.train(&arguments.out, arguments.stop_after)?;
    if !corpus.bad_clips.is_empty() {
        say!("{} clips were left out:", corpus.bad_clips.len());
        for bad in &corpus.bad_clips {
            say!("  {}: {}", shown_path(&bad.path), bad.reason);
        }
    }
    Ok(())
}
