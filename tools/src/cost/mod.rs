//! What a language costs to run, against the base that it comes from.
//!
//! The base is written as a model with a head of the same size, so that whatever differs is the language's.

mod memory;
mod time;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use polyspot::Model;

pub(crate) use memory::probe;

use crate::export::{read_graph, write_as};
use crate::training::Checkpoint;

/// A figure of the base and of the language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<T> {
    pub(crate) base: T,
    pub(crate) language: T,
}

/// What one model costs.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) language: String,
    pub(crate) operations: Pair<usize>,
    /// Whether the operations are the base's in the base's order.
    pub(crate) same_operations: bool,
    /// Multiply-accumulates for one frame of 10 ms.
    pub(crate) macs: Pair<f64>,
    pub(crate) file_bytes: Pair<u64>,
    /// Medians over interleaved runs, in microseconds for one frame, front end included.
    pub(crate) frame_us: Pair<f64>,
    /// Median over the runs of a language's time by the base's beside it.
    pub(crate) time_ratio: f64,
    /// Largest resident size of a process that loads the model and listens, in KiB.
    pub(crate) memory_kib: Option<Pair<u64>>,
}

/// Measures a model against its base; `scratch` is a folder for the base's model.
///
/// # Errors
/// When a file is no model, or the model does not come from the base.
pub(crate) fn measure(base: &Path, path: &Path, scratch: &Path) -> Result<Cost> {
    let model = Model::from_path(path).with_context(|| format!("model {}", path.display()))?;
    let sha256 = crate::training::checkpoint::file_sha256(base)?;
    ensure!(
        model.manifest().base_sha256 == sha256,
        "{} comes from the base with SHA-256 {}, found {sha256}",
        path.display(),
        model.manifest().base_sha256
    );
    let language = model.manifest().language.clone();
    let base_path: PathBuf = scratch.join(format!("base-{language}.onnx"));
    let classes = classes(path)?;
    write_as(&Checkpoint::open(base)?, model.manifest(), classes, &base_path)?;
    let [base_graph, graph] = [read_graph(&base_path)?, read_graph(path)?];
    let operations = Pair { base: base_graph.nodes.len(), language: graph.nodes.len() };
    let same_operations = base_graph.first_difference(&graph).is_none();
    let file_bytes =
        Pair { base: std::fs::metadata(&base_path)?.len(), language: std::fs::metadata(path)?.len() };
    let base_model = Arc::new(Model::from_path(&base_path)?);
    let macs = Pair { base: base_model.macs_per_frame(), language: model.macs_per_frame() };
    let (frame_us, time_ratio) = time::interleaved(&base_model, &Arc::new(model))?;
    let memory_kib = memory::of_processes(&base_path, path)?;
    Ok(Cost { language, operations, same_operations, macs, file_bytes, frame_us, time_ratio, memory_kib })
}

/// Classes of the head: words, unknown, silence.
fn classes(path: &Path) -> Result<usize> {
    let graph = read_graph(path)?;
    let bias = graph.tensor("head.bias").and_then(|bias| bias.dims.first().copied());
    bias.context("the model has no initialiser \"head.bias\"")
}

/// The costs as a table.
pub(crate) struct Table<'a>(pub(crate) &'a [Cost]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "                            base   language   ratio")?;
        let mut row = |name: &str, base: f64, language: f64, ratio: f64, digits: usize| {
            writeln!(f, "  {name:<18} {base:>11.digits$} {language:>10.digits$}  {ratio:>6.3}")
        };
        for cost in self.0 {
            let Cost { operations, macs, file_bytes, frame_us, time_ratio, memory_kib, .. } = cost;
            let counts = (operations.base as f64, operations.language as f64);
            row(&format!("{}: operations", cost.language), counts.0, counts.1, counts.1 / counts.0, 0)?;
            row("MACs per frame", macs.base, macs.language, macs.language / macs.base, 0)?;
            let bytes = Pair { base: file_bytes.base as f64, language: file_bytes.language as f64 };
            row("file, bytes", bytes.base, bytes.language, bytes.language / bytes.base, 0)?;
            row("µs per frame", frame_us.base, frame_us.language, *time_ratio, 2)?;
            if let Some(Pair { base, language }) = memory_kib {
                row("memory, KiB", *base as f64, *language as f64, *language as f64 / *base as f64, 0)?;
            }
        }
        let others: Vec<&str> =
            self.0.iter().filter(|cost| !cost.same_operations).map(|cost| cost.language.as_str()).collect();
        if others.is_empty() {
            write!(f, "\nThe operations are the same in the same order.")?;
        } else {
            write!(f, "\nOperations that the base does not have: {}.", others.join(", "))?;
        }
        write!(f, " Times are medians of runs that take turns, front end included.")
    }
}
