//! What the library costs: per second of audio, per clip and per model. See benches/README.md.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use polyspot::evaluation::ClipClassifier;
use polyspot::front_end::{FrontEnd, FrontEndSpec};
use polyspot::stream::PosteriorStream;
use polyspot::{Model, Spotter};

const MODEL: &[u8] = include_bytes!("../models/en.onnx");
const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/keywords/stop/en-us.wav");

/// Samples handed over at once, as by a microphone: 20 ms.
const SLICE: usize = 320;

/// One second of synthetic speech.
fn one_second() -> Vec<f32> {
    let mut wav = hound::WavReader::open(CLIP).expect("a clip made by tests/scripts/make_fixtures.sh");
    wav.samples::<i16>().map(|sample| f32::from(sample.expect("a whole clip")) / 32_768.0).collect()
}

fn per_second_of_audio(criterion: &mut Criterion) {
    let second = one_second();
    let model = Arc::new(Model::from_bytes(MODEL).expect("the shipped model"));
    let mut group = criterion.benchmark_group("one second of audio");
    group.throughput(Throughput::Elements(second.len() as u64));

    let mut front_end = FrontEnd::new(&FrontEndSpec::default()).expect("the default specification");
    front_end.gather(model.manifest().network.pulse_frames);
    group.bench_function("front end", |bencher| {
        bencher.iter(|| second.chunks(SLICE).for_each(|slice| front_end.push(slice, |f| _ = black_box(f))));
    });
    let mut stream = PosteriorStream::new(&model).expect("a stream");
    group.bench_function("posteriors", |bencher| {
        bencher.iter(|| second.chunks(SLICE).try_for_each(|slice| stream.push(slice, |p| _ = black_box(p))));
    });
    let mut spotter = Spotter::new(Arc::clone(&model)).expect("a spotter");
    group.bench_function("detections", |bencher| {
        bencher.iter(|| {
            second.chunks(SLICE).try_for_each(|slice| spotter.push(slice).map(|d| _ = black_box(d)))
        });
    });
    group.finish();
}

fn per_clip(criterion: &mut Criterion) {
    let second = one_second();
    let model = Arc::new(Model::from_bytes(MODEL).expect("the shipped model"));
    let mut classifier = ClipClassifier::new(&model).expect("a classifier");
    criterion.bench_function("label of a clip of one second", |bencher| {
        bencher.iter(|| classifier.classify(&second).map(|posterior| posterior.best()));
    });
}

fn per_model(criterion: &mut Criterion) {
    criterion.bench_function("load a model", |bencher| bencher.iter(|| Model::from_bytes(MODEL)));
    let model = Arc::new(Model::from_bytes(MODEL).expect("the shipped model"));
    criterion.bench_function("begin a stream", |bencher| bencher.iter(|| Spotter::new(Arc::clone(&model))));
}

criterion_group!(benches, per_second_of_audio, per_clip, per_model);
criterion_main!(benches);
