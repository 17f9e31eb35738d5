//! `polyspot-tools prune`: how many weights a base can do without.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use indicatif::ProgressBar;
use polyspot_text::{say, tell};

use crate::files::check_outputs;
use crate::network::Layer;
use crate::network::pruning::{least_weights, prune};
use crate::training::Checkpoint;
use crate::training::corpus::{Corpus, Sources};
use crate::training::dev::DevSet;
use crate::training::vocabulary::keywords_of;

/// Show how well a base still judges clips when its least weights are zero.
///
/// Of all kernels together, the weights of least magnitude are set to zero, and nothing is trained after it. A base
/// that was trained with a `power` above 1 in its recipe loses less.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  polyspot-tools prune --base base.safetensors --data words/en --shares 0.5,0.7,0.9")]
pub(crate) struct Arguments {
    /// Checkpoint that `train` wrote
    #[arg(long, value_name = "FILE")]
    base: PathBuf,
    /// Folders of the words that it was trained on, as for `train`; their dev clips judge
    #[arg(long, required = true, value_name = "DIR")]
    data: Vec<PathBuf>,
    /// Folder of noise recordings; its dev part joins the clips that hold no keyword
    #[arg(long, value_name = "DIR")]
    noise: Vec<PathBuf>,
    /// Shares of the kernels' weights to try
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "SHARE,SHARE…",
        default_value = "0,0.3,0.5,0.6,0.7,0.8,0.9"
    )]
    shares: Vec<f64>,
    /// Checkpoint to write, pruned by the last share: a base of its own
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { base, data, noise, shares, out } = arguments;
    if let Some(out) = out {
        check_outputs(&[out], [base])?;
    }
    for share in shares {
        ensure!((0.0..=1.0).contains(share), "expected shares in 0..=1, found {share}");
    }
    let mut checkpoint = Checkpoint::open(base)?;
    ensure!(checkpoint.running.is_none(), "{}: expected a finished base", base.display());
    let sources = Sources {
        data: data.clone(),
        extra: Vec::new(),
        noise: noise.clone(),
        speech: Vec::new(),
        keywords: keywords_of(&checkpoint.about.vocabularies),
    };
    let reading = ProgressBar::new_spinner().with_message("reading clips");
    let corpus = Corpus::load(&sources, checkpoint.about.front_end.sample_rate_hz, &reading)?;
    reading.finish_and_clear();
    for vocabulary in corpus.vocabularies() {
        let own = checkpoint.about.vocabulary(&vocabulary.language)?;
        ensure!(*own == vocabulary, "the recordings of {:?} hold other words than the base's", own.language);
    }
    let dev = DevSet::new(&corpus, &checkpoint.about.front_end)?;
    let shape = &checkpoint.about.recipe.network;
    let layers = Layer::all(shape, &checkpoint.weights);
    let kernels: usize = layers.iter().map(|layer| checkpoint.weights.at(layer.kernel).len()).sum();
    let mut weights = checkpoint.weights.clone();
    tell!("zero    weights left  right")?;
    for share in shares {
        let pruned = (share * kernels as f64) as usize;
        let masks = least_weights(&checkpoint.weights, &layers, pruned);
        weights = checkpoint.weights.clone();
        prune(&mut weights, &layers, &masks);
        let judged = dev.judge(shape, &weights)?;
        let right = corpus.vocabularies().into_iter().zip(judged).map(|(vocabulary, table)| {
            format!("{} {:.2} %", vocabulary.language, table.accuracy().unwrap_or(0.0) * 100.0)
        });
        let right: Vec<String> = right.collect();
        tell!("{:5.1} % {:>12}  {}", share * 100.0, kernels - pruned, right.join("  "))?;
    }
    if let Some(out) = out {
        checkpoint.weights = weights;
        checkpoint.save(out)?;
        say!("{}: a base of its own", out.display());
    }
    Ok(())
}
