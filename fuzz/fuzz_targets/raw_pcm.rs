//! Raw PCM, all the way from bytes to detections.
#![no_main]

#[path = "../../runtime/polyspot-cli/src/score/pcm.rs"]
mod pcm;

use std::sync::{Arc, LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use pcm::{Pcm, SampleFormat};
use polyspot::{Model, Spotter};
use polyspot_audio::{ChannelChoice, Resampler, mono_samples};

const RATES_HZ: [u32; 4] = [16_000, 48_000, 44_100, 8_000];

struct Ears {
    spotter: Spotter,
    resamplers: Vec<Resampler>,
}

static EARS: LazyLock<Mutex<Ears>> = LazyLock::new(|| {
    let model = Model::from_bytes(include_bytes!("../../models/en.onnx")).expect("the English model");
    let resamplers = RATES_HZ.map(|rate_hz| Resampler::new(rate_hz, 16_000).expect("a rate"));
    Mutex::new(Ears {
        spotter: Spotter::new(Arc::new(model)).expect("a stream"),
        resamplers: resamplers.into(),
    })
});

fuzz_target!(|data: (u8, u8, u8, u8, &[u8])| {
    let (format, channels, rate, cut, bytes) = data;
    let sample = [SampleFormat::S16le, SampleFormat::F32le][usize::from(format) % 2];
    let channels = 1 + usize::from(channels) % 64;
    let mut pcm = Pcm::new(sample, channels);
    let mut ears = EARS.lock().expect("one thread");
    let Ears { spotter, resamplers } = &mut *ears;
    let resampler = &mut resamplers[usize::from(rate) % RATES_HZ.len()];
    let (mut interleaved, mut mono, mut resampled) = (Vec::new(), Vec::new(), Vec::new());
    spotter.reset().expect("a stream");
    let mut frames = 0;
    for chunk in bytes.chunks(1 + usize::from(cut)) {
        frames += pcm.push(chunk, &mut interleaved);
        mono_samples(&interleaved, channels, ChannelChoice::Mix, &mut mono);
        resampler.push(&mono, |block| resampled.extend_from_slice(block)).expect("a resampler");
    }
    assert_eq!(frames as usize * channels * sample.bytes() + pcm.waiting(), bytes.len());
    resampler.flush(|block| resampled.extend_from_slice(block)).expect("a resampler");
    spotter.push(&resampled, |heard| assert!((0.0..=1.001).contains(&heard.score))).expect("a network");
    assert!(spotter.smoothed_posteriors(0).iter().all(|p| (0.0..=1.001).contains(p)));
});
