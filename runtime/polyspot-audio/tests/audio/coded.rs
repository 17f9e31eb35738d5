//! The kinds of files that training data comes in.

use polyspot_audio::{AudioFile, ChannelChoice, read_mono};

use crate::signal::{fixture, sine};

/// Correlation with the sine, 1 when amplitude and place are kept, over the inner part.
fn likeness(samples: &[f32]) -> f32 {
    let ideal = sine(16_000, 440.0, 0.5, samples.len());
    let inner = 1_000..samples.len() - 1_000;
    let product: f32 = samples[inner.clone()].iter().zip(&ideal[inner.clone()]).map(|(a, b)| a * b).sum();
    product / ideal[inner].iter().map(|b| b * b).sum::<f32>()
}

#[test]
fn mp3_vorbis_and_opus_keep_their_sine_in_place() {
    for (name, rate_hz) in [
        ("sine_440hz_16khz.mp3", 16_000),
        ("sine_440hz_16khz.ogg", 16_000),
        ("sine_440hz_48khz.opus", 48_000),
    ] {
        let file = AudioFile::open(&fixture(name)).unwrap();
        assert_eq!((file.sample_rate_hz(), file.channels()), (rate_hz, 1), "{name}");
        let samples = read_mono(&fixture(name), 16_000, ChannelChoice::Mix).unwrap();
        assert!(likeness(&samples) > 0.98, "{name}: {} of {} samples", likeness(&samples), samples.len());
        assert_eq!(samples.len(), 8_000, "{name}");
    }
}
