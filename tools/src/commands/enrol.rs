//! `polyspot-tools enrol`: a word more for a model, from a few takes.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use clap::Args;
use polyspot::Model;
use polyspot::enrolment::{EnrolError, Enrolled, add_word, filler_statistics, learn};
use polyspot::manifest::{Label, LabelKind};
use polyspot_text::{say, shown, shown_path, tell};

use super::bank_flags::BankFlags;
use super::stream_flags::rate;
use crate::bank::Part;
use crate::data::{as_f32, read_whole};
use crate::enrolment::{Filler, InBank, with_statistics};
use crate::export::read_model;
use crate::files::{check_output, write_checked};

/// A keyword that has so much of a word's takes may be heard in its place.
const MUCH: f32 = 0.3;

/// What a word must be above the pieces of the bank that it may not be taken for, in deviations: in an hour one hears what was not in
/// another.
const MARGIN: f64 = 0.2;
/// Add a word to a model from a few takes of it, without training.
///
/// The network stays as it is and gets a row more in its last layer, computed in closed form in a moment: the direction in which the
/// takes differ from other speech. The keywords that the model has keep their rows and their thresholds. Three to five takes by one
/// person are enough for that person; for others, takes of several people.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polyspot-tools enrol models/en.onnx takes/*.wav --word kava --out mine.onnx
  polyspot listen --model mine.onnx")]
pub(crate) struct Arguments {
    /// Model to add the word to
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Recordings of the word: one take in each, and nothing louder
    #[arg(value_name = "TAKE", required = true)]
    takes: Vec<PathBuf>,
    /// The word, as it is to be reported
    #[arg(long, value_name = "WORD")]
    word: String,
    /// Language of the word, as a BCP 47 tag, if it is not the model's: single words that the bank of negatives has in it are left
    /// out, because the word may be among them
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// At most so many false alarms of the word per hour, as far as the bank of negatives tells: a word that raises more must be further
    /// from other speech than its takes ask for
    #[arg(long, default_value_t = 0.5, value_name = "RATE", value_parser = rate)]
    false_alarms_per_hour: f64,
    #[command(flatten)]
    bank: BankFlags,
    /// Model to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    check_output(&arguments.out)?;
    let in_model = || format!("model {}", shown_path(&arguments.model));
    let mut bytes = read_model(&arguments.model)?;
    let manifest = Model::from_bytes(&bytes).with_context(in_model)?.manifest().clone();
    let language = arguments.language.as_ref().unwrap_or(&manifest.language);
    let bank = arguments.bank.open()?;
    let pieces = |part| {
        bank.as_ref().map_or_else(|| Ok(Vec::new()), |bank| bank.pieces(part, language, &manifest.front_end))
    };
    // What statistics were made of is nearer to them than what is heard later: it neither chooses nor judges.
    let has_statistics = filler_statistics(&bytes).with_context(in_model)?.is_some();
    let (choosing, judging) = if has_statistics {
        (pieces(Part::Training)?, pieces(Part::Judging)?)
    } else {
        ensure!(
            bank.is_some(),
            "{}: it does not say what other speech is like (`fuse` writes that), so the bank is needed: leave out --no-bank",
            in_model()
        );
        bytes = with_statistics(&bytes, &Filler::Bank(pieces(Part::Training)?)).with_context(in_model)?;
        (pieces(Part::Judging)?, Vec::new())
    };
    let rate_hz = manifest.front_end.sample_rate_hz;
    let read = |path: &PathBuf| read_whole(path, rate_hz).with_context(|| shown_path(path));
    let takes = arguments.takes.iter().map(|path| Ok(as_f32(&read(path)?)));
    let takes = takes.collect::<Result<Vec<Vec<f32>>>>()?;
    let word = learn(&bytes, &takes).map_err(|error| match error {
        EnrolError::Take { number, source } => {
            anyhow::Error::new(source).context(shown_path(&arguments.takes[number - 1]))
        }
        error => anyhow::Error::new(error).context(in_model()),
    })?;
    let place = Enrolled::place(&manifest.stream_spec());
    let with = |word: &Enrolled| -> Result<(Vec<u8>, Arc<Model>)> {
        let bytes = add_word(&bytes, &arguments.word, word).with_context(in_model)?;
        let model = Arc::new(Model::from_bytes(&bytes)?);
        Ok((bytes, model))
    };
    let (_, model) = with(&word)?;
    let in_bank = InBank::hear(&model, place, &choosing)?;
    let word = as_far_as_needed(word, in_bank.reached(arguments.false_alarms_per_hour));
    let (bytes, model) = with(&word)?;
    write_checked(&arguments.out, &bytes, |_| Ok(()))?;
    report(arguments, &manifest.labels, &word)?;
    if !judging.is_empty() {
        let rate = InBank::hear(&model, place, &judging)?.false_alarms(&model);
        tell!("false alarms, estimated from the part of the bank that chose no threshold: {rate}")?;
    }
    tell!("polyspot listen --model {}", shown_path(&arguments.out))?;
    Ok(())
}

/// The word, which must be further from other speech where pieces of the bank reach so high a posterior.
fn as_far_as_needed(word: Enrolled, reached: f32) -> Enrolled {
    let needed = word.deviations_at(reached) + MARGIN;
    if needed > word.least_deviations { word.at(needed) } else { word }
}

/// Says how the takes stand to other speech, and to the labels that the model had.
fn report(arguments: &Arguments, labels: &[Label], word: &Enrolled) -> Result<()> {
    let needed = word.least_deviations;
    let name = shown(&arguments.word);
    let (least, most) = (
        word.deviations.iter().copied().fold(f64::MAX, f64::min),
        word.deviations.iter().copied().fold(0.0, f64::max),
    );
    tell!(
        "{name}: {} takes, {least:.1} to {most:.1} deviations from other speech; it is detected from {:.1}",
        word.deviations.len(),
        needed
    )?;
    for (path, deviations) in arguments.takes.iter().zip(&word.deviations) {
        if *deviations < needed {
            let by = if word.deviations.len() > 1 { " by the other takes" } else { "" };
            say!("warning: {} would not be detected{by}: record it again", shown_path(path));
        }
    }
    for (label, posterior) in labels.iter().zip(&word.posteriors) {
        if label.kind == LabelKind::Keyword && *posterior > MUCH {
            say!(
                "warning: the model takes {name} for {:?} (posterior {posterior:.2}): it will hear the louder of the two, or both",
                label.name
            );
        }
    }
    Ok(())
}
