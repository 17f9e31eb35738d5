//! The posteriors of a stream are those of the network run once over the whole signal.

use polyspot::{FrontEnd, Model, PosteriorStream};
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModelExt, IntoRunnable, Tensor, tvec,
};

use crate::signal::{babble, model};

const TOLERANCE: f32 = 1e-4;

/// `[steps][labels]`, by the whole network at once, without the streaming form.
fn offline(model: &Model, samples: &[f32]) -> Vec<Vec<f32>> {
    let manifest = model.manifest();
    let mut frames = Vec::new();
    FrontEnd::new(&manifest.front_end).unwrap().push(samples, |frame| frames.push(frame.to_vec()));
    let shape = [1, manifest.front_end.coefficients, frames.len()];
    let features: Vec<f32> =
        (0..shape[1]).flat_map(|c| frames.iter().map(move |frame| frame[c])).collect();
    let plan = tract_onnx::onnx()
        .model_for_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/en.onnx"))
        .and_then(|model| model.with_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), shape)))
        .and_then(|model| model.into_optimized())
        .and_then(|model| model.into_runnable())
        .unwrap();
    let output = plan.run(tvec!(Tensor::from_shape(&shape, &features).unwrap().into())).unwrap();
    let output = output[0].try_as_plain_ram().unwrap();
    let output = output.to_array_view::<f32>().unwrap();
    let steps = output.shape()[2];
    (0..steps).map(|s| (0..output.shape()[1]).map(|k| output[[0, k, s]]).collect()).collect()
}

fn streamed(model: &std::sync::Arc<Model>, samples: &[f32]) -> Vec<Vec<f32>> {
    let mut stream = PosteriorStream::new(model).unwrap();
    let mut steps = Vec::new();
    stream.push(samples, |posterior| steps.push(posterior.probabilities.to_vec())).unwrap();
    stream.flush(|posterior| steps.push(posterior.probabilities.to_vec())).unwrap();
    steps
}

#[test]
fn for_signals_of_any_length() {
    let model = model();
    for (seed, samples) in [1_100, 16_000, 16_333, 80_000].into_iter().enumerate() {
        let signal = babble(samples, seed as u32);
        let (offline, streamed) = (offline(&model, &signal), streamed(&model, &signal));
        assert_eq!(streamed.len(), offline.len(), "steps in {samples} samples");
        for (step, (ours, theirs)) in streamed.iter().zip(&offline).enumerate() {
            let difference = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(difference <= TOLERANCE, "step {step} of {samples} samples differs by {difference}");
        }
    }
}
