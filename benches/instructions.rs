//! What front end and network cost per 10 ms frame with each set of vector instructions that this processor has, as a live
//! stream gets them: 8 frames at once.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use polyspot::Model;
use polyspot::core::simd::Instructions;
use polyspot::front_end::{FrontEnd, FrontEndSpec};
use polyspot::stream::NetworkState;

const MODEL: &[u8] = include_bytes!("../models/en.onnx");
/// Frames of one run.
const FRAMES: usize = 960;
/// Frames that are run at once.
const LIVE: usize = 8;

fn instructions(criterion: &mut Criterion) {
    let spec = FrontEndSpec::default();
    let samples: Vec<f32> = (0..FRAMES * spec.hop_samples)
        .map(|i| 0.2 * (i as f32 * 0.07 + 3.0 * (i as f32 * 0.000_3).sin()).sin())
        .collect();
    let mut group = criterion.benchmark_group("per frame");
    group.throughput(Throughput::Elements(FRAMES as u64)).measurement_time(Duration::from_secs(2));
    for set in Instructions::all() {
        let mut front_end = FrontEnd::with_instructions(&spec, set).expect("the default specification");
        let mut frames = Vec::new();
        front_end.push(&samples, |frame| frames.push(frame.to_vec()));
        front_end.gather(LIVE);
        group.bench_function(format!("front end, {set}"), |bencher| {
            bencher.iter(|| {
                samples.chunks(2 * spec.hop_samples).for_each(|s| front_end.push(s, |f| _ = black_box(f)));
            });
        });
        let model = Arc::new(Model::with_instructions(MODEL, set).expect("the shipped model"));
        let mut network = NetworkState::new(std::slice::from_ref(&model)).expect("a state");
        group.bench_function(format!("network, {set}"), |bencher| {
            bencher.iter(|| {
                for chunk in frames.chunks(LIVE) {
                    for frame in chunk {
                        network.push(frame, |_, p| _ = black_box(p)).expect("a running engine");
                    }
                    network.settle(|_, p| _ = black_box(p)).expect("a running engine");
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, instructions);
criterion_main!(benches);
