//! Puts a model, a recording, and what this machine hears in it into the program.

use std::error::Error;
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use polyspot::core::NetworkDescription;
use polyspot::core::kernel::{Convolution, Layer, Operation};
use polyspot::core::simd::Instructions;
use polyspot::core::stream::LabelSpec;
use polyspot::{Detection, Model, Spotter};

/// Unless the variable `POLYSPOT_MODEL` names another one in the repository.
const MODEL: &str = "models/en.onnx";
const WORDS: [&str; 3] = ["yes", "stop", "left"];
const RATE_HZ: usize = 16_000;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../../..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let recordings = WORDS.map(|word| root.join(format!("tests/data/keywords/{word}/en-us.wav")));
    let model = root.join(env::var("POLYSPOT_MODEL").as_deref().unwrap_or(MODEL));
    let samples = samples(&recordings)?;
    let mut code = described(&fs::read(&model)?)?;
    writeln!(code, "/// The recording, 16-bit mono at 16 kHz.")?;
    writeln!(code, "pub(crate) static SAMPLES: [i16; {}] = {samples:?};", samples.len())?;
    let heard = heard(&model, &samples)?;
    writeln!(code, "/// What the machine that compiled this hears: keyword, score, first and last sample.")?;
    writeln!(code, "pub(crate) static EXPECTED: [(&str, f32, u64, u64); {}] = [", heard.len())?;
    for Detection { keyword, score, start, end, .. } in heard {
        writeln!(code, "    ({keyword:?}, {score:?}, {start}, {end}),")?;
    }
    writeln!(code, "];")?;
    fs::write(out.join("model.rs"), code)?;
    fs::write(out.join("memory.x"), include_str!("memory.x"))?;
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-env-changed=POLYSPOT_MODEL");
    for path in recordings.iter().chain([&model]) {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    Ok(())
}

/// The recordings one after the other, with half a second of silence around each.
fn samples(recordings: &[PathBuf]) -> Result<Vec<i16>, hound::Error> {
    let mut samples = vec![0; RATE_HZ / 2];
    for path in recordings {
        for sample in hound::WavReader::open(path)?.into_samples::<i16>() {
            samples.push(sample?);
        }
        samples.resize(samples.len() + RATE_HZ / 2, 0);
    }
    Ok(samples)
}

fn heard(model: &Path, samples: &[i16]) -> Result<Vec<Detection>, Box<dyn Error>> {
    let mut spotter = Spotter::new(Arc::new(Model::from_path(model)?))?;
    let samples: Vec<f32> = samples.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
    let mut heard = Vec::new();
    heard.extend(spotter.push(&samples)?);
    heard.extend(spotter.flush()?);
    Ok(heard)
}

/// The model as code: specifications are written as they show themselves, and the numbers of its layers are constants.
fn described(model: &[u8]) -> Result<String, Box<dyn Error>> {
    let (spec, description) = Model::describe(model)?;
    // In the order in which this processor's kernel reads them, so that it need not copy them.
    let description = description.packed(Instructions::portable())?;
    let mut code = String::new();
    writeln!(code, "/// What streams must know of the model.\npub(crate) fn spec() -> StreamSpec {{")?;
    writeln!(code, "    StreamSpec {{ language: {:?}.into(), labels: alloc::vec![", spec.language)?;
    for LabelSpec { name, kind, threshold } in &spec.labels {
        write!(code, "        LabelSpec {{ name: {name:?}.into(), kind: LabelKind::{kind:?}, ")?;
        writeln!(code, "threshold: {threshold:?} }},")?;
    }
    let (front_end, network, detector) = (&spec.front_end, &spec.network, &spec.detector);
    writeln!(code, "    ], front_end: {front_end:?}, network: {network:?}, detector: {detector:?} }}\n}}")?;
    let NetworkDescription { coefficients, layers } = &description;
    writeln!(code, "/// Its network.\npub(crate) fn description() -> NetworkDescription {{")?;
    writeln!(code, "    NetworkDescription {{ coefficients: {coefficients}, layers: alloc::vec![")?;
    let mut constants = Constants { layer: 0, code: String::new() };
    for (index, Layer { name, operation }) in layers.iter().enumerate() {
        constants.layer = index;
        let operation = constants.operation(operation)?;
        writeln!(code, "        Layer {{ name: Cow::Borrowed({name:?}), operation: {operation} }},")?;
    }
    writeln!(code, "    ] }}\n}}")?;
    Ok(code + &constants.code)
}

/// The numbers of layers, which stay where the program is.
struct Constants {
    layer: usize,
    code: String,
}

impl Constants {
    /// The code of an operation, with its numbers among the constants.
    fn operation(&mut self, operation: &Operation) -> Result<String, fmt::Error> {
        Ok(match operation {
            Operation::Normalise { mean, scale } => {
                let (mean, scale) = (self.add("MEAN", mean)?, self.add("SCALE", scale)?);
                format!("Operation::Normalise {{ mean: {mean}, scale: {scale} }}")
            }
            Operation::Softmax => "Operation::Softmax".to_owned(),
            Operation::Convolve(convolution) => {
                let Convolution { outputs, taps, stride, is_depthwise, residual, relu, packed_for, .. } = convolution;
                let weights = self.add("WEIGHTS", &convolution.weights)?;
                let bias = match &convolution.bias {
                    Some(bias) => format!("Some({})", self.add("BIAS", bias)?),
                    None => "None".to_owned(),
                };
                format!(
                    "Operation::Convolve(Convolution {{ weights: {weights}, bias: {bias}, outputs: {outputs}, \
                     taps: {taps}, stride: {stride}, is_depthwise: {is_depthwise}, residual: {residual:?}, \
                     relu: {relu}, packed_for: {packed_for:?} }})"
                )
            }
            other => panic!("the example knows no code for {other:?}"),
        })
    }

    /// The code that borrows these numbers.
    fn add(&mut self, what: &str, values: &[f32]) -> Result<String, fmt::Error> {
        let name = format!("{what}_{}", self.layer);
        writeln!(self.code, "static {name}: [f32; {}] = {values:?};", values.len())?;
        Ok(format!("Cow::Borrowed(&{name})"))
    }
}
