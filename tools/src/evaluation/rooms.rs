//! Rooms that were measured: impulse responses, one after the other.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use crate::data::{Recording, as_f32};

/// What a room still does after this time is not heard.
const LONGEST_SECONDS: usize = 2;

/// Impulse responses of rooms, each beginning with the direct sound and with an energy of 1, so that a word ends when it ended and
/// stays about as loud.
#[derive(Clone)]
pub(crate) struct Rooms {
    responses: Arc<[Vec<f32>]>,
    /// The room of the next clip.
    next: usize,
    /// What is left of the clips before, from the next sample on.
    ringing: Vec<f32>,
}

impl Rooms {
    /// # Errors
    /// When a response is silent.
    pub(crate) fn new(responses: &[Recording], sample_rate_hz: u32) -> Result<Self> {
        let longest = LONGEST_SECONDS * sample_rate_hz as usize;
        let prepare = |response: &Recording| {
            prepared(&as_f32(&response.audio), longest)
                .with_context(|| format!("impulse response {}", response.path.display()))
        };
        let responses: Vec<Vec<f32>> = responses.iter().map(prepare).collect::<Result<_>>()?;
        ensure!(!responses.is_empty(), "expected impulse responses of rooms, found none");
        Ok(Self { responses: responses.into(), next: 0, ringing: Vec::new() })
    }

    /// A clip and the gap after it as heard in the next room, with what still rings of those before.
    pub(super) fn play(&mut self, clip: &[f32], samples: usize) -> Vec<f32> {
        let response = &self.responses[self.next];
        self.next = (self.next + 1) % self.responses.len();
        let mut heard = convolved(clip, response);
        let length = heard.len().max(self.ringing.len()).max(samples);
        heard.resize(length, 0.0);
        heard.iter_mut().zip(&self.ringing).for_each(|(sample, ringing)| *sample += ringing);
        self.ringing = heard.split_off(samples);
        heard
    }
}

/// From the strongest sample on, and of energy 1.
fn prepared(response: &[f32], longest: usize) -> Result<Vec<f32>> {
    let strongest = response.iter().map(|sample| sample.abs()).fold(0.0, f32::max);
    ensure!(strongest > 0.0, "expected a sound, found silence");
    let direct = response.iter().position(|sample| sample.abs() == strongest).unwrap_or(0);
    let end = response.len().min(direct + longest);
    let mut response = response[direct..end].to_vec();
    let energy: f32 = response.iter().map(|sample| sample * sample).sum();
    for sample in &mut response {
        *sample /= energy.sqrt();
    }
    Ok(response)
}

/// Linear convolution, as a product of spectra.
fn convolved(clip: &[f32], response: &[f32]) -> Vec<f32> {
    if clip.is_empty() {
        return Vec::new();
    }
    let samples = clip.len() + response.len() - 1;
    let length = samples.next_power_of_two();
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
    let spectrum = |signal: &[f32]| -> Vec<Complex<f32>> {
        let mut padded = signal.to_vec();
        padded.resize(length, 0.0);
        let mut spectrum = forward.make_output_vec();
        // The lengths are those that the plan made: no other error is known.
        let _ = forward.process(&mut padded, &mut spectrum);
        spectrum
    };
    let mut product = spectrum(clip);
    product.iter_mut().zip(spectrum(response)).for_each(|(a, b)| *a *= b);
    let mut wet = inverse.make_output_vec();
    // The ends of the product are real as those of both spectra are.
    let _ = inverse.process(&mut product, &mut wet);
    wet.truncate(samples);
    for sample in &mut wet {
        *sample /= length as f32;
    }
    wet
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(responses: &[Vec<i16>]) -> Rooms {
        let recording =
            |response: &Vec<i16>| Recording { path: "hall.wav".into(), audio: response[..].into() };
        Rooms::new(&responses.iter().map(recording).collect::<Vec<_>>(), 16_000).unwrap()
    }

    #[track_caller]
    fn assert_near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5;
        assert!(found.iter().zip(expected).all(near), "{found:?}, expected {expected:?}");
    }

    #[test]
    fn words_ring_on_in_the_gap_and_in_what_follows() {
        // Direct sound and an echo three quarters as strong, five samples later; sqrt(0.8² + 0.6²) is 1.
        let mut rooms = rooms(&[vec![0, 0, 8_000, 0, 0, 0, 0, 6_000]]);
        assert_near(&rooms.play(&[1.0, 0.5], 4), &[0.8, 0.4, 0.0, 0.0]);
        assert_near(&rooms.play(&[1.0], 4), &[0.8, 0.6, 0.3, 0.0]);
        assert_near(&rooms.play(&[], 2), &[0.0, 0.6]);
    }

    #[test]
    fn clips_go_from_room_to_room() {
        let mut rooms = rooms(&[vec![100], vec![300, -400]]);
        assert_near(&rooms.play(&[1.0, 0.0], 2), &[1.0, 0.0]);
        assert_near(&rooms.play(&[1.0, 0.0], 2), &[-1.0, 0.0]);
        assert_near(&rooms.play(&[1.0, 0.0], 2), &[1.0, 0.0]);
    }

    #[test]
    fn a_silent_response_is_named() {
        let silent = Recording { path: "hall.wav".into(), audio: vec![0; 9].into() };
        let error = Rooms::new(&[silent], 16_000).err().unwrap();
        assert!(format!("{error:#}").contains("hall.wav"), "{error:#}");
        assert!(Rooms::new(&[], 16_000).is_err());
    }
}
