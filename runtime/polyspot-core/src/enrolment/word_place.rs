//! Where in its recording a word is.

use alloc::vec::Vec;
use core::ops::Range;

/// Frames whose levels are compared.
const FRAME_SECONDS: f64 = 0.01;

/// A frame belongs to the word if its energy is at least this share of the loudest one's: -30 dB.
const QUIETEST: f32 = 1e-3;

/// Where in its recording a word is: from the first frame of 10 ms within 30 dB of the clip's loudest to the last, in samples; the whole clip if it is silent.
pub fn word_place(clip: &[f32], sample_rate_hz: u32) -> Range<usize> {
    let length = (f64::from(sample_rate_hz) * FRAME_SECONDS) as usize;
    let energies: Vec<f32> =
        clip.chunks(length.max(1)).map(|frame| frame.iter().map(|sample| sample * sample).sum()).collect();
    let loudest = energies.iter().copied().fold(0.0, f32::max);
    let is_word = |energy: &f32| *energy > 0.0 && *energy >= loudest * QUIETEST;
    match (energies.iter().position(is_word), energies.iter().rposition(is_word)) {
        (Some(first), Some(last)) => first * length..((last + 1) * length).min(clip.len()),
        _ => 0..clip.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clip with these amplitudes, each for 10 ms, and half a frame more.
    fn clip(amplitudes: &[f32]) -> Vec<f32> {
        let mut clip: Vec<f32> = amplitudes.iter().flat_map(|&amplitude| [amplitude; 160]).collect();
        clip.extend([0.0; 80]);
        clip
    }

    #[test]
    fn it_reaches_from_the_first_to_the_last_frame_within_30_db() {
        // 0.5 times 10^(-29/20) is 0.0177, 10^(-31/20) is 0.0141.
        let found = word_place(&clip(&[0.0, 0.0141, 0.0177, 0.5, 0.001, 0.0177, 0.0141]), 16_000);
        assert_eq!(found, 320..960);
    }

    #[test]
    fn a_silent_clip_is_all_of_it_and_an_empty_one_nothing() {
        assert_eq!(word_place(&clip(&[0.0; 3]), 16_000), 0..560);
        assert_eq!(word_place(&[], 16_000), 0..0);
    }

    #[test]
    fn a_word_that_is_cut_off_ends_with_the_clip() {
        assert_eq!(word_place(&[0.5; 200], 16_000), 0..200);
    }
}
