//! What a change of language costs where audio is processed: the call itself, and the next push of 20 ms, in which the new
//! model hears the last seconds again. And from a file that nobody has read to the first posterior.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use polyspot::{Model, PosteriorStream, Spotter};

const MODELS: [&str; 3] = ["ar", "en", "zh"];
/// Samples handed over at once, as by a microphone: 20 ms.
const SLICE: usize = 320;
/// Swaps for the percentiles.
const SWAPS: usize = 10_000;

fn path(language: &str) -> String {
    format!("{}/../../models/{language}.onnx", env!("CARGO_MANIFEST_DIR"))
}

fn models() -> Vec<Arc<Model>> {
    MODELS.map(|language| Arc::new(Model::from_path(path(language)).expect("a shipped model"))).to_vec()
}

fn swap(criterion: &mut Criterion) {
    let (models, slice) = (models(), vec![0.01; SLICE]);
    let mut spotter = Spotter::new(Arc::clone(&models[0])).expect("a spotter");
    let mut next = 0;
    let (mut calls, mut pushes) = (Vec::new(), Vec::new());
    let mut once = |spotter: &mut Spotter| {
        next = (next + 1) % models.len();
        let begin = Instant::now();
        spotter.swap(Arc::clone(&models[next])).expect("a swap");
        let swapped = Instant::now();
        spotter.push(&slice, |d| _ = black_box(d)).expect("a running engine");
        (swapped - begin, swapped.elapsed())
    };
    for _ in 0..SWAPS {
        let (call, push) = once(&mut spotter);
        calls.push(call);
        pushes.push(push);
    }
    for (what, times) in [("swap call", &mut calls), ("push after a swap", &mut pushes)] {
        times.sort();
        let at = |share: f64| times[(times.len() as f64 * share) as usize];
        println!("{what}: median {:?}, 99th percentile {:?} of {SWAPS}", at(0.5), at(0.99));
    }
    criterion.bench_function("swap: the call", |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| once(&mut spotter).0).sum::<Duration>());
    });
    criterion.bench_function("swap: the push after it", |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| once(&mut spotter).1).sum::<Duration>());
    });
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

fn together(criterion: &mut Criterion) {
    let (models, second) = (models(), vec![0.01; 16_000]);
    let mut group = criterion.benchmark_group("one second of audio");
    for count in [1, 2, 3] {
        let mut spotter = Spotter::for_models(&models[..count]).expect("a spotter");
        group.bench_function(format!("{count} language(s)"), |bencher| {
            bencher.iter(|| {
                second.chunks(SLICE).try_for_each(|slice| spotter.push(slice, |d| _ = black_box(d)))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, swap, from_a_file, together);
criterion_main!(benches);
