//! The posteriors of a stream are those of the network run once over the whole signal.

use std::path::Path;
use std::sync::Arc;

use polyspot::Model;
use polyspot::front_end::FrontEnd;
use polyspot::stream::PosteriorStream;
use tract_onnx::prelude::{Datum, Framework, InferenceFact, InferenceModelExt, IntoRunnable, Tensor, tvec};

use crate::materials::{RANDOM_MODELS, RATE_HZ, babble, path, posteriors, test_model_path};

const TOLERANCE: f32 = 1e-4;

/// `[steps][labels]`, by the whole network at once, without the streaming form.
fn offline(file: &Path, model: &Model, samples: &[f32]) -> Vec<Vec<f32>> {
    let mut frames = Vec::new();
    FrontEnd::new(&model.manifest().front_end).unwrap().push(samples, |frame| frames.push(frame.to_vec()));
    let shape = [1, frames[0].len(), frames.len()];
    let features: Vec<f32> = (0..shape[1]).flat_map(|c| frames.iter().map(move |frame| frame[c])).collect();
    let plan = tract_onnx::onnx()
        .model_for_path(file)
        .and_then(|model| model.with_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), shape)))
        .and_then(InferenceModelExt::into_optimized)
        .and_then(IntoRunnable::into_runnable)
        .unwrap();
    let output = plan.run(tvec!(Tensor::from_shape(&shape, &features).unwrap().into())).unwrap();
    let output = output[0].try_as_plain_ram().unwrap();
    let output = output.to_array_view::<f32>().unwrap();
    let (labels, steps) = (output.shape()[1], output.shape()[2]);
    (0..steps).map(|s| (0..labels).map(|k| output[[0, k, s]]).collect()).collect()
}

fn check(file: &Path) {
    let model = Arc::new(Model::from_path(file).unwrap());
    let mut stream = PosteriorStream::new(&model).unwrap();
    for (seed, samples) in [1_440, 16_000, 16_333, 80_000].into_iter().enumerate() {
        let signal = babble(samples, seed as u32);
        let offline = offline(file, &model, &signal);
        let streamed = posteriors(&mut stream, [&signal[..]]);
        assert_eq!(streamed.len(), offline.len(), "steps in {samples} samples");
        for (step, ((ours, _), theirs)) in streamed.iter().zip(&offline).enumerate() {
            let difference = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(difference <= TOLERANCE, "step {step} of {samples} samples differs by {difference}");
        }
        let changes = samples < RATE_HZ
            || offline
                .windows(2)
                .any(|steps| steps[0].iter().zip(&steps[1]).any(|(a, b)| (a - b).abs() > 10.0 * TOLERANCE));
        assert!(changes, "a network that says the same of everything tests nothing");
    }
}

#[test]
fn in_the_english_models() {
    check(&path("models/en.onnx"));
    check(&path("models/tiny/en.onnx"));
}

#[test]
fn for_other_strides_and_pulses() {
    for name in RANDOM_MODELS {
        check(&test_model_path(name));
    }
}
