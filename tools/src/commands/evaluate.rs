//! `polyspot-tools evaluate`: a model's accuracy on clips of speakers that training never heard.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use polyspot::{ClipClassifier, Confusion, LabelKind, Model};
use rayon::prelude::*;

use crate::data::{self, DataSet, Split};
use crate::evaluation::{accuracy_of_keywords, clip_set};

/// Measure a model's accuracy on single clips.
///
/// Judged are all clips of the keywords in the data folder's dev split, other words as many as a mean keyword
/// ("unknown"), and as many one-second cuts of noise ("silence"). What a clip is, is decided as by
/// `polyspot score --clips`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Model to measure
    model: PathBuf,
    /// Folder of words in the model's language; its dev speakers are used
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder of noise recordings (its dev/ part, if it has one)
    #[arg(long, value_name = "DIR")]
    noise: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let model =
        Model::from_path(&arguments.model).with_context(|| format!("model {}", arguments.model.display()))?;
    let model = Arc::new(model);
    let clips = clips(&model, arguments)?;
    let judged: Vec<(usize, usize)> = clips
        .par_iter()
        .map_init(
            || ClipClassifier::new(&model),
            |classifier, (clip, truth)| {
                let classifier = classifier.as_mut().map_err(|e| anyhow::anyhow!("{e}"))?;
                let samples: Vec<f32> = clip.iter().map(|&s| f32::from(s) / 32_768.0).collect();
                Ok((*truth, classifier.classify(&samples)?.best()))
            },
        )
        .collect::<Result<_>>()?;
    let labels = model.manifest().labels.iter().map(|label| label.name.clone());
    let mut confusion = Confusion::new(labels);
    for (truth, label) in judged {
        confusion.count(truth, label);
    }
    println!("{confusion}");
    let (right, clips) = accuracy_of_keywords(&confusion, model.manifest().keywords().count());
    println!(
        "\nkeywords: {:.2} % of {clips} clips right, where one judged filler is wrong",
        right as f64 * 100.0 / clips.max(1) as f64
    );
    println!(
        "all: {:.2} % of {} clips right",
        confusion.accuracy().unwrap_or(0.0) * 100.0,
        confusion.clips()
    );
    Ok(())
}

/// The clips with the model's label for each.
fn clips(model: &Model, arguments: &Arguments) -> Result<Vec<(Arc<[i16]>, usize)>> {
    let manifest = model.manifest();
    let rate_hz = manifest.front_end.sample_rate_hz;
    let index = |kind| manifest.labels.iter().position(|label| label.kind == kind);
    let number = manifest.keywords().count();
    if (index(LabelKind::Unknown), index(LabelKind::Silence)) != (Some(number), Some(number + 1)) {
        bail!("expected a model whose labels are keywords, unknown, silence in this order");
    }
    let set = DataSet::open(&arguments.data)?;
    let dev: Vec<_> = set.clips.into_iter().filter(|clip| clip.split == Split::Dev).collect();
    let (audio, bad) = data::load(&dev, rate_hz, &ProgressBar::hidden());
    if let Some(bad) = bad.first() {
        eprintln!(
            "{} clips cannot be used, the first: {}: {}",
            audio.iter().filter(|a| a.is_none()).count(),
            bad.path.display(),
            bad.reason
        );
    }
    let (mut keywords, mut unknown) = (Vec::new(), Vec::new());
    for (clip, audio) in dev.iter().zip(audio) {
        let Some(audio) = audio else { continue };
        match manifest.keywords().find(|(_, label)| label.name == clip.word) {
            Some((index, _)) => keywords.push((audio, index)),
            None => unknown.push(audio),
        }
    }
    let noise = match &arguments.noise {
        None => Vec::new(),
        Some(folder) if folder.join("dev").is_dir() => data::load_folder(&folder.join("dev"), rate_hz)?,
        Some(folder) => data::load_folder(folder, rate_hz)?,
    };
    Ok(clip_set(keywords, unknown, &noise, manifest.labels.len(), rate_hz as usize))
}
