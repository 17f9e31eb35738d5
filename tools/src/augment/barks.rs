//! Barks made of words: syllables of a throat that is no one's.
//!
//! What barks, squawks and cries share with short words are a vowel and its onset; what they lack is a throat of human size and
//! anything after the vowel. The loudest stretch of a word at a speed that no voice has, with an onset and an end of its own, is
//! like them, and closer to the words than anything synthetic.

use rand::Rng;

use super::waveform::at_speed;

/// A window of them: one call, again and again.
pub(crate) fn barks(clip: &[i16], length: usize, rate_hz: u32, rng: &mut impl Rng) -> Vec<i16> {
    let rate = rate_hz as f32;
    let speed =
        if rng.random_bool(0.8) { rng.random_range(1.6..3.2f32) } else { rng.random_range(0.35..0.55) };
    let voice = at_speed(clip, speed);
    if voice.len() < (0.05 * rate) as usize {
        return voice;
    }
    let wanted = ((rng.random_range(0.05..0.4f32) * rate) as usize).min(voice.len());
    let attack = rng.random_range(0.002..0.03) * rate;
    let release = rng.random_range(0.02..0.15) * rate;
    let call: Vec<f32> = loudest(&voice, wanted, (0.025 * rate) as usize)
        .iter()
        .enumerate()
        .map(|(i, &sample)| {
            f32::from(sample) * (i as f32 / attack).min(1.0) * ((wanted - i) as f32 / release).min(1.0)
        })
        .collect();
    let mut window = vec![0; length];
    let mut first = (rng.random_range(0.0..0.8f32) * rate) as usize;
    let pause = rng.random_range(0.05..0.8f32);
    while first < length {
        let loudness = rng.random_range(0.4..1.0f32);
        for (slot, sample) in window[first..].iter_mut().zip(&call) {
            *slot = (sample * loudness) as i16;
        }
        first += call.len() + (pause * rng.random_range(0.7..1.4) * rate) as usize;
    }
    window
}

/// The stretch of this length with the most energy, of those that begin at multiples of `step`.
fn loudest(samples: &[i16], length: usize, step: usize) -> &[i16] {
    let energy =
        |stretch: &&[i16]| stretch.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum::<f64>();
    let stretches = samples.windows(length).step_by(step);
    stretches.max_by(|a, b| energy(a).total_cmp(&energy(b))).unwrap_or(samples)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const RATE_HZ: u32 = 16_000;

    /// A second that is silent but for a loud tone in its middle.
    fn word() -> Vec<i16> {
        let tone = |i: usize| if (6_000..10_000).contains(&i) { 8_000.0 } else { 0.0 };
        (0..16_000).map(|i| ((i as f32 * 0.3).sin() * tone(i)) as i16).collect()
    }

    #[test]
    fn a_window_holds_calls_of_the_word_s_loudest_part_with_pauses() {
        for seed in 0..50 {
            let window = barks(&word(), 32_000, RATE_HZ, &mut StdRng::seed_from_u64(seed));
            assert_eq!(window.len(), 32_000);
            // A short call that ends slowly is quiet; none is louder than the word.
            let peak = window.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
            assert!((200..=8_000).contains(&peak), "{seed}: {peak}");
            // The shortest pause is 35 ms.
            let longest = window.split(|&sample| sample != 0).map(<[i16]>::len).max();
            assert!(longest >= Some(500), "{seed}: {longest:?} silent samples");
        }
    }

    #[test]
    fn the_loudest_stretch_is_found() {
        let word = word();
        let loud = loudest(&word, 2_000, 400).iter().filter(|sample| sample.abs() > 100).count();
        assert!(loud > 1_950, "{loud} of 2000");
    }

    #[test]
    fn a_clip_too_short_to_cut_is_only_made_quicker_or_slower() {
        assert!(barks(&[], 1_000, RATE_HZ, &mut StdRng::seed_from_u64(1)).is_empty());
    }
}
