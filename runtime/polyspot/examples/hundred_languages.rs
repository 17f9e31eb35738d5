//! What a hundred languages of one base take in memory: held as adapters, and all ready to listen.
//!
//! ```sh
//! polyspot-tools detach --base models/base.safetensors --out base.onnx
//! polyspot-tools detach --base models/base.safetensors --adapter models/zh.safetensors --model models/zh.onnx --out zh.onnx
//! cargo run --release --example hundred_languages -- base.onnx zh.onnx
//! ```
//!
//! The languages are made up: each changes what the given adapter changes, or only what it changes in the last two blocks and the
//! head, by numbers of its own. Each way is measured in a process of its own.

use std::error::Error;
use std::sync::Arc;

use polyspot::{Base, Manifest, Model, Spotter};
use prost::Message;
use tract_onnx::pb::{ModelProto, TensorProto};

const LANGUAGES: usize = 100;
/// Layers that a late adapter leaves as they are in the base.
const EARLY: [&str; 4] = ["stem", "blocks.0", "blocks.1", "blocks.2"];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [base, adapter] => compare(base, adapter),
        [base, adapter, late, way] => measure(base, adapter, *late == "late", way),
        _ => Err("expected a base and an adapter".into()),
    }
}

fn compare(base: &str, adapter: &str) -> Result<(), Box<dyn Error>> {
    for late in ["all", "late"] {
        let proto = made_up(&std::fs::read(adapter)?, 1, late == "late")?;
        println!("each changes {late} layers: {:.1} KiB an adapter", proto.len() as f64 / 1_024.0);
        for (way, what) in [
            ("one", "one language listens"),
            ("held", "a hundred held as adapters, one of them listens"),
            ("ready", "a hundred ready, what is equal held once"),
            ("apart", "a hundred ready, each for itself"),
        ] {
            let output = std::process::Command::new(std::env::current_exe()?)
                .args([base, adapter, late, way])
                .output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into());
            }
            println!("  {:>7} KiB resident: {what}", String::from_utf8_lossy(&output.stdout).trim());
        }
    }
    Ok(())
}

fn measure(base: &str, adapter: &str, is_late: bool, way: &str) -> Result<(), Box<dyn Error>> {
    let (base_bytes, adapter) = (std::fs::read(base)?, std::fs::read(adapter)?);
    let base = Base::from_bytes(&base_bytes)?;
    let count = if way == "one" { 1 } else { LANGUAGES };
    let (mut held, mut ready): (Vec<Vec<u8>>, Vec<Arc<Model>>) = (Vec::new(), Vec::new());
    for number in 0..count {
        let adapter = made_up(&adapter, number, is_late)?;
        match way {
            "held" | "one" => held.push(adapter),
            "ready" => ready.push(Arc::new(base.fuse(&adapter)?)),
            _ => ready.push(Arc::new(Base::from_bytes(&base_bytes)?.fuse(&adapter)?)),
        }
    }
    if let Some(first) = held.first() {
        ready.push(Arc::new(base.fuse(first)?));
    }
    let mut spotter = Spotter::new(Arc::clone(&ready[0]))?;
    spotter.push(&vec![0.01; 32_000])?;
    println!("{}", resident_kib().ok_or("no /proc/self/status")?);
    Ok(())
}

/// An adapter like the given one with numbers of its own.
fn made_up(adapter: &[u8], number: usize, is_late: bool) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut proto = ModelProto::decode(adapter)?;
    let graph = proto.graph.as_mut().ok_or("an adapter without a graph")?;
    let is_kept = |name: &str| !is_late || !EARLY.iter().any(|layer| name.starts_with(layer));
    graph.initializer.retain(|tensor| is_kept(&tensor.name));
    graph
        .sparse_initializer
        .retain(|tensor| tensor.values.as_ref().is_some_and(|values| is_kept(&values.name)));
    let sparse = graph.sparse_initializer.iter_mut().filter_map(|tensor| tensor.values.as_mut());
    for tensor in graph.initializer.iter_mut().chain(sparse).filter(|tensor| tensor.name != "labels") {
        nudge(tensor, number);
    }
    for entry in proto.metadata_props.iter_mut().filter(|entry| entry.key == Manifest::KEY) {
        let manifest = Manifest { language: format!("qaa-x-{number}"), ..Manifest::from_json(&entry.value)? };
        entry.value = manifest.to_json()?;
    }
    Ok(proto.encode_to_vec())
}

/// Changes every value a little.
fn nudge(tensor: &mut TensorProto, number: usize) {
    for bytes in tensor.raw_data.chunks_exact_mut(4) {
        let value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        bytes.copy_from_slice(&(value * (1.0 + number as f32 / 10_000.0)).to_le_bytes());
    }
}

/// Resident memory of this process, where /proc tells it.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
