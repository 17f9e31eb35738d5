//! Many recordings on all cores, reported in their order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use rayon::iter::{ParallelBridge, ParallelIterator};

use super::files::Input;
use super::progress::Progress;
use super::scorer::{Job, Scored, Scorer};

/// What became of a recording, or the reason why nothing did.
pub(super) type Outcome = Result<Scored, String>;

/// Scores every recording and calls `on_outcome` with each, in order, as soon as those before it are done.
///
/// # Errors
/// The first that `on_outcome` gives; what is being scored then is dropped.
pub(super) fn run(
    job: &Job,
    inputs: &[Input],
    progress: &Progress,
    mut on_outcome: impl FnMut(&Path, Outcome) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        scope.spawn(move || {
            // `par_bridge` hands the files out in their order, so that few have to wait for one before them.
            // Once nobody receives, no further file is begun.
            inputs.iter().enumerate().par_bridge().try_for_each_init(
                || Scorer::new(job).map_err(|error| error.to_string()),
                |scorer, (index, input)| send.send((index, score(job, scorer, input, progress))).ok(),
            )
        });
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (index, outcome) in receive {
            early.insert(index, outcome);
            while let Some(outcome) = early.remove(&next) {
                on_outcome(&inputs[next].path, outcome)?;
                next += 1;
            }
        }
        Ok(())
    })
}

fn score(job: &Job, scorer: &mut Result<Scorer, String>, input: &Input, progress: &Progress) -> Outcome {
    if let Some(trouble) = &input.trouble {
        return Err(trouble.clone());
    }
    let scorer = scorer.as_mut().map_err(|error| error.clone())?;
    let outcome = scorer.file(job, &input.path, |samples| progress.heard(samples));
    outcome.map_err(|error| format!("{error:#}"))
}
