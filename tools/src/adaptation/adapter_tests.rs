//! The law of adapters: a fused network is the base and the adapter.

use rand::Rng;

use super::*;
use crate::adaptation::change::changes;
use crate::adaptation::form::Form;
use crate::adaptation::task::Adapted;
use crate::network::forward::{FrameBatch, WeightTensors, forward, head, numbers};
use crate::network::shape::ConvShape;
use crate::training::parametrisation::{Parametrisation, Rule};

fn shape() -> NetworkShape {
    let block = |stride| ConvShape { channels: 6, kernel: 3, stride };
    NetworkShape {
        coefficients: 40,
        stem: ConvShape { channels: 4, kernel: 5, stride: 2 },
        blocks: vec![block(2), block(1)],
        pool_steps: 4,
        grafts: Vec::new(),
        side: 0,
    }
}

fn vocabulary() -> Vocabulary {
    Vocabulary { language: "xx".into(), words: vec!["a".into(), "b".into()], keywords: 2 }
}

fn about(method: Method) -> About {
    About {
        version: VERSION,
        vocabulary: vocabulary(),
        front_end: FrontEndSpec::default(),
        recipe: Recipe { network: shape(), ..Recipe::default() },
        method,
        base_sha256: String::new(),
        base_parameters: 1_000,
        layers: Vec::new(),
        head: 0,
    }
}

fn logits(weights: &Weights, frames: &[f32]) -> Vec<f32> {
    let device = burn::tensor::Device::flex();
    let tensors = WeightTensors::new(weights, &device);
    let batch = FrameBatch::new(&shape(), weights, &[frames]);
    let features = forward(&shape(), &tensors, &batch, &device).features;
    numbers(head(&tensors, "xx", features)).unwrap()
}

/// A language that changed every layer's slots as these rules allow, by random amounts.
fn adapted(rules: impl Fn(&Layer, &mut [Rule]), rng: &mut StdRng) -> Adapted {
    let mut base = blank(&shape(), &vocabulary());
    for slot in base.slots.clone() {
        if slot.name.contains(".norm.") {
            base.values[slot.range].fill_with(|| rng.random_range(0.5..1.5));
        }
    }
    let mut parametrisation = Parametrisation::frozen(base);
    for layer in Layer::all(&shape(), &parametrisation.base) {
        rules(&layer, &mut parametrisation.rules);
    }
    let mut trained = parametrisation.initial(None, rng);
    trained.values.iter_mut().for_each(|value| *value += rng.random_range(0.0..0.3));
    Adapted { parametrisation, trained }
}

#[test]
fn a_fused_network_is_the_base_and_the_adapter() {
    let mut rng = StdRng::seed_from_u64(3);
    let frames: Vec<f32> = (0..40 * 24).map(|_| rng.random_range(-2.0..2.0)).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("xx.safetensors");
    let forms = |form: Form| move |layer: &Layer, rules: &mut [Rule]| form.apply(layer, None, rules);
    let rows = |layer: &Layer, rules: &mut [Rule]| {
        layer.row_slots().for_each(|slot| rules[slot] = Rule::RowScale { by: layer.rows_name() });
    };
    let masked = |layer: &Layer, rules: &mut [Rule]| {
        let size = blank(&shape(), &vocabulary()).at(layer.kernel).len();
        let factors = (0..size).map(|i| if i % 3 == 0 { 2.0 } else { 0.0 }).collect();
        rules[layer.kernel] = Rule::Difference(Some(factors));
    };
    let cases = [
        adapted(forms(Form::Base), &mut rng),
        adapted(forms(Form::Scale), &mut rng),
        adapted(forms(Form::LowRank(2)), &mut rng),
        adapted(forms(Form::Whole), &mut rng),
        adapted(rows, &mut rng),
        adapted(masked, &mut rng),
    ];
    for (number, adapted) in cases.iter().enumerate() {
        let expected = logits(&adapted.parametrisation.fused(&adapted.trained).unwrap(), &frames);
        let changes = changes(&shape(), adapted).unwrap();
        Adapter::new(about(Method::Swr), changes).save(&path).unwrap();
        let fused = Adapter::open(&path).unwrap().fuse(&adapted.parametrisation.base).unwrap();
        for (found, expected) in logits(&fused, &frames).iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-5, "case {number}: {found} {expected}");
        }
    }
}

#[test]
fn a_layer_that_is_not_changed_is_the_base_s_bit_for_bit() {
    let mut rng = StdRng::seed_from_u64(4);
    let only_last = |layer: &Layer, rules: &mut [Rule]| {
        let form = if layer.name == "blocks.1.pointwise" { Form::Whole } else { Form::Base };
        form.apply(layer, None, rules);
    };
    let finished = adapted(only_last, &mut rng);
    let base = &finished.parametrisation.base;
    let adapter = Adapter::new(about(Method::Swr), changes(&shape(), &finished).unwrap());
    let fused = adapter.fuse(base).unwrap();
    for layer in Layer::all(&shape(), base) {
        let same = layer.slots().all(|slot| fused.at(slot) == base.at(slot));
        assert_eq!(same, layer.name != "blocks.1.pointwise", "{}", layer.name);
    }
    // Kernel, scale and shift; the statistics stay, though the language had its own.
    assert_eq!(adapter.updated(), 36 + 2 * 6);
    assert_eq!(adapter.about.head, 4 * 6 + 4);
}

#[test]
fn a_change_that_does_not_fit_is_refused() {
    let adapter = |name: &str, values| {
        Adapter::new(about(Method::Full), vec![(name.to_owned(), Change::Whole(values))])
    };
    let base = blank(&shape(), &vocabulary());
    let refused = |adapter: Adapter| adapter.fuse(&base).unwrap_err().to_string();
    let short = refused(adapter("stem.weight", vec![0.0; 3]));
    assert!(short.contains("does not fit its shape [4, 200]"), "{short}");
    assert!(refused(adapter("stem.bias", vec![0.0; 3])).contains("no tensor"));
}
