//! What a change of language costs where audio is processed: the call itself, and the pushes after it, in which the new
//! models hear the last seconds again; from a file that nobody has read to the first posterior; several languages at once.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use polyspot::graph::{Graph, Numbers, Tensor};
use polyspot::stream::PosteriorStream;
use polyspot::{Manifest, Model, Spotter};

const MODELS: [&str; 3] = ["ar", "en", "zh"];
/// Samples handed over at once, as by a microphone: 20 ms.
const SLICE: usize = 320;
/// The same from a sound server: 100 ms.
const LONG_SLICE: usize = 1_600;
/// Pushes after a swap in which all is caught up with.
const PUSHES: usize = 20;
/// Swaps for the percentiles.
const SWAPS: usize = 2_000;
/// Pairs of runs for a ratio.
const TURNS: usize = 300;

fn path(language: &str) -> String {
    format!("{}/../../models/{language}.onnx", env!("CARGO_MANIFEST_DIR"))
}

fn models() -> Vec<Arc<Model>> {
    MODELS.map(|language| Arc::new(Model::from_path(path(language)).expect("a shipped model"))).to_vec()
}

fn swap(criterion: &mut Criterion) {
    let models = models();
    let all = models.clone();
    let single: Vec<Vec<Arc<Model>>> = models.into_iter().map(|model| vec![model]).collect();
    let several = vec![all.clone(), all.into_iter().rev().collect()];
    for (what, sets) in [("one language", &single), ("three languages at once", &several)] {
        let mut spotter = Spotter::for_models(&sets[0]).expect("a spotter");
        let mut next = 0;
        let mut once = || {
            next = (next + 1) % sets.len();
            swap_and_catch_up(&mut spotter, &sets[next])
        };
        let (mut calls, mut pushes): (Vec<_>, Vec<_>) = (0..SWAPS).map(|_| once()).unzip();
        for (of, times) in [("the call", &mut calls), ("the longest push of 100 ms after it", &mut pushes)] {
            times.sort();
            let at = |share: f64| times[(times.len() as f64 * share) as usize];
            println!("swap to {what}, {of}: median {:?}, 99th percentile {:?} of {SWAPS}", at(0.5), at(0.99));
        }
        criterion.bench_function(&format!("swap to {what}: the call"), |bencher| {
            bencher.iter_custom(|count| (0..count).map(|_| once().0).sum::<Duration>());
        });
    }
}

/// The time of a swap, and of the longest of the pushes after it.
fn swap_and_catch_up(spotter: &mut Spotter, models: &[Arc<Model>]) -> (Duration, Duration) {
    let slice = [0.01; LONG_SLICE];
    let begin = Instant::now();
    spotter.swap_all(models).expect("a swap");
    let call = begin.elapsed();
    let push = |_| {
        let begin = Instant::now();
        black_box(spotter.push(&slice).expect("a running engine"));
        begin.elapsed()
    };
    (call, (0..PUSHES).map(push).max().unwrap_or_default())
}

fn from_a_file(criterion: &mut Criterion) {
    let second = vec![0.01; 16_000];
    criterion.bench_function("from a file to the first posterior", |bencher| {
        bencher.iter_batched(
            || path("en"),
            |path| {
                let model = Arc::new(Model::from_path(path).expect("a shipped model"));
                let mut stream = PosteriorStream::new(&model).expect("a stream");
                stream.push(&second[..1_600], |p| _ = black_box(p.end)).expect("a running engine");
            },
            BatchSize::SmallInput,
        );
    });
}

/// Layers whose weights the other languages take from the first, one more in each row.
const LAYERS: [&str; 6] = ["input", "stem", "blocks.0", "blocks.1", "blocks.2", "blocks.3"];

/// Three languages at once against one, front end and networks, turn by turn: as shipped, and with more and more first layers in
/// common. Criterion measures one thing after the other; what the machine does beside would hit one more than the other.
fn together(_: &mut Criterion) {
    let second: Vec<f32> = (0..16_000).map(|i| 0.2 * (i as f32 * 0.07).sin()).collect();
    for common in 0..=LAYERS.len() {
        let models = with_common(&LAYERS[..common]);
        let mut streams = [&models[..1], &models[..]]
            .map(|models| PosteriorStream::for_models(models).expect("models that can listen together"));
        let mut turn = |which: usize| {
            let begin = Instant::now();
            let push = |slice| streams[which].push(slice, |p| _ = black_box(p.end));
            second.chunks(SLICE).try_for_each(push).expect("a running engine");
            begin.elapsed().as_secs_f64()
        };
        let mut ratios: Vec<f64> = (0..TURNS)
            .map(|number| {
                let first = turn(number % 2);
                let second = turn(1 - number % 2);
                if number % 2 == 0 { second / first } else { first / second }
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        let [low, median, high] = [0.1, 0.5, 0.9].map(|share| ratios[(TURNS as f64 * share) as usize]);
        let steps = models[0].shared_steps(&models[1]).min(models[0].shared_steps(&models[2]));
        println!(
            "three languages at once against one, {steps} of {} steps in common: {median:.2} times ({low:.2} to {high:.2})",
            models[0].steps().len()
        );
    }
}

/// Three languages of one base, the last made up: Arabic with every weight a thousandth larger. The second and third have these
/// layers of the first.
fn with_common(layers: &[&str]) -> Vec<Arc<Model>> {
    let read = |language: &str, factor: f32| {
        let bytes = std::fs::read(path(language)).expect("a shipped model");
        let manifest = Model::from_bytes(&bytes).expect("a model").manifest().to_json().expect("a manifest");
        let mut graph = Graph::from_onnx(&bytes).expect("a graph");
        for tensor in &mut graph.tensors {
            if let Numbers::Floats(values) = &mut tensor.numbers {
                for value in values {
                    *value *= factor;
                }
            }
        }
        (graph, manifest)
    };
    let mut all = [read("ar", 1.0), read("zh", 1.0), read("ar", 1.001)];
    let is_common = |tensor: &&Tensor| layers.iter().any(|layer| tensor.name.starts_with(layer));
    let common: Vec<Tensor> = all[0].0.tensors.iter().filter(is_common).cloned().collect();
    for tensor in all.iter_mut().flat_map(|(graph, _)| &mut graph.tensors) {
        if let Some(own) = common.iter().find(|own| own.name == tensor.name) {
            tensor.clone_from(own);
        }
    }
    let file = |(graph, manifest): (Graph, String)| graph.to_onnx(["swap", ""], [Manifest::KEY, &manifest]);
    all.map(|model| Arc::new(Model::from_bytes(&file(model)).expect("a model"))).to_vec()
}

criterion_group!(benches, swap, from_a_file, together);
criterion_main!(benches);
