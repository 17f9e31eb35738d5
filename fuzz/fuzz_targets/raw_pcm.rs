//! Raw PCM, all the way from bytes to detections.
#![no_main]

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use polyspot::{Model, Spotter};
use polyspot_audio::{AudioFile, ChannelChoice, MonoBlocks, RawFormat, SampleFormat};

const RATES_HZ: [u32; 4] = [16_000, 48_000, 44_100, 8_000];

/// Formats with the bytes of a sample.
const FORMATS: [(SampleFormat, usize); 7] = [
    (SampleFormat::S16, 2),
    (SampleFormat::F32, 4),
    (SampleFormat::U8, 1),
    (SampleFormat::S24, 3),
    (SampleFormat::S32, 4),
    (SampleFormat::Mulaw, 1),
    (SampleFormat::Alaw, 1),
];

static SPOTTER: LazyLock<Mutex<Spotter>> = LazyLock::new(|| {
    let model = Model::from_bytes(include_bytes!("../../models/en.onnx")).expect("the English model");
    Mutex::new(Spotter::new(Arc::new(model)).expect("a stream"))
});

/// A pipe that gives so many bytes at once.
struct Pieces {
    bytes: VecDeque<u8>,
    most: usize,
}

impl Read for Pieces {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = bytes.len().min(self.most);
        self.bytes.read(&mut bytes[..length])
    }
}

fuzz_target!(|data: (u8, u8, u8, u8, &[u8])| {
    let (format, channels, rate, cut, bytes) = data;
    let (sample, sample_bytes) = FORMATS[usize::from(format) % FORMATS.len()];
    let channels = 1 + usize::from(channels) % 64;
    let sample_rate_hz = RATES_HZ[usize::from(rate) % RATES_HZ.len()];
    let pieces = Pieces { bytes: bytes.to_vec().into(), most: 1 + usize::from(cut) };
    let file = AudioFile::raw(pieces, RawFormat { sample, sample_rate_hz, channels }).expect("a rate and channels");
    let mut blocks = MonoBlocks::new(file, 16_000, ChannelChoice::Mix).expect("a resampler");
    let mut spotter = SPOTTER.lock().expect("one thread");
    spotter.reset().expect("a stream");
    while let Some(samples) = blocks.next_block().expect("a pipe") {
        let mut heard = spotter.push(samples).expect("a network");
        assert!(heard.all(|detection| (0.0..=1.001).contains(&detection.score)));
    }
    let frames = blocks.summary().frames as usize;
    assert_eq!(frames * channels * sample_bytes + blocks.left_over_bytes(), bytes.len());
    assert!(spotter.smoothed_posteriors(0).iter().all(|p| (0.0..=1.001).contains(p)));
});
