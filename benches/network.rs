//! What the network costs per 10 ms frame, for each shipped model and engine: as a live stream gets its frames, 8 at a
//! time, and as a file does, as many at once as the library takes.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use polyspot::front_end::{FrontEnd, FrontEndSpec};
use polyspot::stream::NetworkState;
use polyspot::{Engine, Model};

const MODELS: [(&str, &[u8]); 3] = [
    ("ar", include_bytes!("../models/ar.onnx")),
    ("en", include_bytes!("../models/en.onnx")),
    ("zh", include_bytes!("../models/zh.onnx")),
];
/// Frames of one run of a benchmark.
const FRAMES: usize = 960;
/// Frames that come together from a microphone.
const LIVE: usize = 8;

/// Frames of something like speech.
fn frames() -> Vec<Vec<f32>> {
    let mut random = 1u32;
    let mut noise = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        random as f32 / u32::MAX as f32 - 0.5
    };
    let samples: Vec<f32> =
        (0..(FRAMES + 2) * 160).map(|i| (i as f32 / 9_000.0).sin() * noise() * 0.3).collect();
    let mut frames = Vec::new();
    let mut front_end = FrontEnd::new(&FrontEndSpec::default()).expect("the default specification");
    front_end.push(&samples, |frame| frames.push(frame.to_vec()));
    frames.truncate(FRAMES);
    frames
}

fn network(criterion: &mut Criterion) {
    let frames = frames();
    for engine in [Engine::Kernel, Engine::Tract] {
        let mut group = criterion.benchmark_group(format!("network, per frame, {engine}"));
        group.throughput(Throughput::Elements(FRAMES as u64)).measurement_time(Duration::from_secs(2));
        for (language, bytes) in MODELS {
            let model = Arc::new(Model::for_engine(bytes, engine).expect("a shipped model"));
            for (name, at_once) in [("live", LIVE), ("batch", FRAMES)] {
                let mut network = NetworkState::new(std::slice::from_ref(&model)).expect("a state");
                group.bench_function(format!("{language}, {name}"), |bencher| {
                    bencher.iter(|| {
                        for chunk in frames.chunks(at_once) {
                            for frame in chunk {
                                network.push(frame, |_, p| _ = black_box(p)).expect("a running engine");
                            }
                            network.settle(|_, p| _ = black_box(p)).expect("a running engine");
                        }
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, network);
criterion_main!(benches);
