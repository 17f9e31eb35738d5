//! Frequency, amplitude and alignment survive resampling, and the cutting of the stream does not matter.

use polyspot_audio::{AudioError, Resampler};

use crate::signal::{error_to_sine, sine};

/// Resamples `samples`, cut into chunks of the lengths of `chunks` again and again.
fn resampled(from_hz: u32, to_hz: u32, samples: &[f32], chunks: &[usize]) -> Vec<f32> {
    let mut resampler = Resampler::new(from_hz, to_hz).unwrap();
    let mut out = Vec::new();
    let mut rest = samples;
    for &chunk in chunks.iter().cycle() {
        let (now, later) = rest.split_at(chunk.min(rest.len()));
        out.extend_from_slice(resampler.push(now).unwrap());
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    out.extend_from_slice(resampler.flush().unwrap());
    out
}

#[test]
fn a_sine_keeps_frequency_amplitude_and_place() {
    for from_hz in [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000] {
        for frequency_hz in [100.0, 1_000.0, 3_500.0] {
            let input = sine(from_hz, frequency_hz, 0.8, from_hz as usize);
            let output = resampled(from_hz, 16_000, &input, &[input.len()]);
            assert_eq!(output.len(), 16_000, "{from_hz} Hz");
            // Only the ends, where the filter looks beyond the signal, may differ. 1e-3 of a sine of 3.5 kHz
            // is a displacement of a hundredth of a sample.
            let error = error_to_sine(&output, 16_000, frequency_hz, 0.8, 700);
            assert!(error < 1e-3, "{from_hz} Hz: {frequency_hz} Hz is off by {error}");
        }
    }
}

#[test]
fn what_does_not_fit_the_lower_rate_is_filtered_out() {
    let output = resampled(48_000, 16_000, &sine(48_000, 9_000.0, 0.8, 48_000), &[480]);
    let peak = output[700..15_300].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!(peak < 1e-4, "an alias of {peak}");
}

#[test]
fn the_length_is_the_rounded_ratio() {
    for (from_hz, to_hz) in [(44_100, 16_000), (8_000, 16_000), (16_001, 16_000), (1_000, 384_000)] {
        for samples in [0_usize, 1, 2, 3, 440, 441, 442, 5_000] {
            let output = resampled(from_hz, to_hz, &vec![0.25; samples], &[77]);
            let expected = (samples as f64 * f64::from(to_hz) / f64::from(from_hz)).round();
            assert_eq!(output.len(), expected as usize, "{samples} samples from {from_hz} to {to_hz} Hz");
        }
    }
}

#[test]
fn any_chunking_gives_identical_samples() {
    let input: Vec<f32> = (0..30_000_u32).map(|n| (n * n % 1_999) as f32 / 1_000.0 - 1.0).collect();
    for (from_hz, to_hz) in [(44_100, 16_000), (8_000, 16_000), (48_000, 16_000), (16_000, 16_000)] {
        let whole = resampled(from_hz, to_hz, &input, &[input.len()]);
        for chunks in [&[1][..], &[160], &[882], &[0, 1, 5_000, 3], &[320, 319, 321]] {
            assert_eq!(resampled(from_hz, to_hz, &input, chunks), whole, "{from_hz} Hz in {chunks:?}");
        }
    }
}

#[test]
fn equal_rates_change_no_bit() {
    let input = [0.1, -1.5, f32::MIN_POSITIVE, f32::INFINITY, -0.0];
    let output = resampled(44_100, 44_100, &input, &[2]);
    assert!(input.iter().zip(&output).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert_eq!(input.len(), output.len());
}

#[test]
fn flush_begins_a_new_stream() {
    let input = sine(44_100, 1_000.0, 0.5, 3_000);
    let mut resampler = Resampler::new(44_100, 16_000).unwrap();
    resampler.push(&vec![1.0; 5_001]).unwrap();
    resampler.flush().unwrap();
    let mut again = Vec::new();
    again.extend_from_slice(resampler.push(&input).unwrap());
    again.extend_from_slice(resampler.flush().unwrap());
    assert_eq!(again, resampled(44_100, 16_000, &input, &[3_000]));
}

#[test]
fn rates_out_of_range_are_refused() {
    for (from_hz, to_hz) in [(0, 16_000), (16_000, 0), (999, 16_000), (384_001, 16_000)] {
        assert!(matches!(Resampler::new(from_hz, to_hz), Err(AudioError::SampleRate { .. })));
    }
}

#[test]
fn what_no_microphone_says_stays_finite() {
    let mut input = sine(48_000, 440.0, 0.5, 48_000);
    for (place, strange) in input.chunks_mut(5_000).zip([f32::NAN, f32::INFINITY, f32::MAX, f32::MIN, 1e30]) {
        place[..2_000].fill(strange);
    }
    let output = resampled(48_000, 16_000, &input, &[480]);
    assert!(output.iter().all(|sample| sample.is_finite()));
    // It recovers: the last words are as they were said.
    let error = error_to_sine(&output[10_000..], 16_000, 440.0, 0.5, 700);
    assert!(error < 1e-3, "off by {error}");
}
