//! A folder with recordings, and the program run in it.

use std::f32::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with data and outputs of one test.
pub(crate) struct Room {
    folder: tempfile::TempDir,
}

impl Room {
    /// Words `hum`, `rise` and `fall` by eight speakers, three takes each, and a small recipe.
    pub(crate) fn new() -> Self {
        let room = Self::empty();
        for speaker in 0..8 {
            let split = if speaker < 6 { "train" } else { "dev" };
            for (word, glide) in [("hum", 0.0), ("rise", 1.0), ("fall", -1.0)] {
                for take in 0..3 {
                    let path = room.path(&format!("xx/{split}/{word}/s{speaker}_{take}.wav"));
                    write_tone(&path, 300.0 + 30.0 * speaker as f32 + 5.0 * take as f32, glide);
                }
            }
        }
        let printed = room.run(&["train", "--data", "xx", "--out", "x", "--print-recipe"]);
        let mut recipe: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
        recipe["epochs"] = 3.into();
        recipe["batch"] = 16.into();
        recipe["network"] = serde_json::json!({
            "coefficients": 40, "stem": {"channels": 8, "kernel": 5, "stride": 2},
            "blocks": [{"channels": 12, "kernel": 5, "stride": 2}, {"channels": 12, "kernel": 5, "stride": 1}],
            "pool_steps": 24
        });
        fs::write(room.path("small.json"), recipe.to_string()).unwrap();
        room
    }

    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polyspot-tools"));
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    pub(crate) fn train(&self, out: &str, more: &[&str]) -> Output {
        let fixed = ["train", "--data", "xx", "--recipe", "small.json", "--out", out];
        self.run(&[&fixed, more].concat())
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

/// Two checkpoints or adapters with the same tensors, whose numbers differ by rounding at most: the tensor library takes sums in an
/// order that depends on where memory lies, which is elsewhere in a run that begins in the middle.
pub(crate) fn alike(one: &[u8], other: &[u8]) {
    let ((tensors, numbers), (other_tensors, other_numbers)) = (parts(one), parts(other));
    assert_eq!(tensors, other_tensors);
    assert_eq!(numbers.len(), other_numbers.len());
    for (a, b) in numbers.iter().zip(&other_numbers) {
        assert!((a - b).abs() <= 1e-5 * a.abs().max(1.0), "{a} and {b}");
    }
}

/// Names, shapes and places of a safetensors file's tensors, and all its numbers.
pub(crate) fn parts(file: &[u8]) -> (serde_json::Value, Vec<f32>) {
    let header = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let mut tensors: serde_json::Value = serde_json::from_slice(&file[8..header]).unwrap();
    tensors.as_object_mut().unwrap().remove("__metadata__");
    let numbers = file[header..].as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    (tensors, numbers.collect())
}

pub(crate) fn write_tone(path: &Path, hz: f32, glide: f32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for i in 0..16_000 {
        let t = i as f32 / 16_000.0;
        let level = if (0.2..0.8).contains(&t) { 0.3 } else { 0.0 };
        let sample = level * (TAU * hz * (t + glide * (t - 0.5) * (t - 0.5))).sin();
        writer.write_sample((sample * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

#[track_caller]
pub(crate) fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
pub(crate) fn refused(output: &Output, reason: &str) {
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && talk.contains(reason), "expected {reason:?} in: {talk}");
}
