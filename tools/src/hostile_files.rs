//! Checkpoints and adapters that somebody changed to do harm are refused with the reason, or are sound: never a panic.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use crate::adaptation::Adapter;
use crate::training::Checkpoint;

const CHANGED: usize = 1_500;

/// The two parts of a safetensors file: the header's JSON and the numbers.
struct Parts {
    header: Value,
    numbers: Vec<u8>,
}

impl Parts {
    fn of(file: &[u8]) -> Self {
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        Self {
            header: serde_json::from_slice(&file[8..8 + length]).unwrap(),
            numbers: file[8 + length..].to_vec(),
        }
    }

    fn file(&self) -> Vec<u8> {
        let header = self.header.to_string();
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &self.numbers].concat()
    }

    /// Changes a value of the header, or of what the header's metadata says.
    fn change(&mut self, rng: &mut StdRng) {
        let metadata = self.header.get_mut("__metadata__").and_then(Value::as_object_mut);
        let about = metadata.and_then(|metadata| metadata.values_mut().next());
        let inside = about.as_ref().and_then(|about| serde_json::from_str::<Value>(about.as_str()?).ok());
        match (about, inside) {
            (Some(about), Some(mut inside)) if rng.random_bool(0.7) => {
                change_one(&mut inside, rng);
                *about = inside.to_string().into();
            }
            _ => change_one(&mut self.header, rng),
        }
    }
}

/// Puts another value in the place of one, somewhere inside.
fn change_one(value: &mut Value, rng: &mut StdRng) {
    let children = match value {
        Value::Object(fields) => fields.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if children > 0 && rng.random_bool(0.97) {
        let at = rng.random_range(0..children);
        let child = match value {
            Value::Object(fields) => fields.values_mut().nth(at),
            Value::Array(items) => items.get_mut(at),
            _ => None,
        };
        return change_one(child.unwrap(), rng);
    }
    *value = match rng.random_range(0..9) {
        0 => Value::Null,
        1 => 0.into(),
        2 => 1.into(),
        3 => u64::MAX.into(),
        4 => (-1).into(),
        5 => (1u64 << rng.random_range(0..63)).into(),
        6 => "x".into(),
        7 => Value::Array(vec![]),
        _ => value.as_u64().map_or_else(|| 1e308.into(), |n| n.wrapping_add(1).into()),
    };
}

/// Opens changed files; gives how many were accepted.
fn accepted(file: &Path, mut open: impl FnMut(&Path) -> anyhow::Result<()>) -> usize {
    let sound = std::fs::read(file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.safetensors");
    let mut rng = StdRng::seed_from_u64(1);
    let mut count = 0;
    for _ in 0..CHANGED {
        let bytes = if rng.random_bool(0.3) {
            let mut bytes = sound.clone();
            let at = rng.random_range(0..bytes.len().min(8_000));
            if rng.random_bool(0.3) {
                bytes.truncate(at);
            } else {
                bytes[at] ^= 1 << rng.random_range(0..8);
            }
            bytes
        } else {
            let mut parts = Parts::of(&sound);
            (0..rng.random_range(1..3)).for_each(|_| parts.change(&mut rng));
            parts.file()
        };
        std::fs::write(&path, bytes).unwrap();
        match open(&path) {
            Ok(()) => count += 1,
            Err(error) => assert!(format!("{error:#}").contains("changed.safetensors: "), "{error:#}"),
        }
    }
    count
}

fn shipped(name: &str) -> std::path::PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../models")).join(name)
}

#[test]
fn a_checkpoint() {
    let count = accepted(&shipped("base.safetensors"), |path| {
        let checkpoint = Checkpoint::open(path)?;
        let _ = checkpoint.about.heads();
        checkpoint.about.vocabularies.iter().for_each(|vocabulary| _ = vocabulary.manifest_labels(0.5));
        Ok(())
    });
    assert!((10..CHANGED / 2).contains(&count), "{count} of {CHANGED} were accepted");
}

#[test]
fn an_adapter() {
    let base = Checkpoint::open(&shipped("base.safetensors")).unwrap();
    let sound = Adapter::open(&shipped("zh.safetensors")).unwrap();
    let count = accepted(&shipped("zh.safetensors"), |path| {
        let adapter = Adapter::open(path)?;
        // What is refused only now is refused with the reason too.
        let _ = adapter.fuse_into(&base.about, &sound.about.base_sha256, &base.weights);
        let _ = adapter.about.vocabulary.manifest_labels(0.5);
        Ok(())
    });
    assert!((10..CHANGED).contains(&count), "{count} of {CHANGED} were accepted");
}
