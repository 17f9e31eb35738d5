//! The option that makes sound louder.

/// How much louder sound is heard than it comes in.
#[derive(clap::Args)]
pub(crate) struct Gain {
    /// Hear the sound louder by so many decibels, or softer by a number below 0. What exceeds full scale is clipped.
    #[arg(long, value_name = "DB", allow_negative_numbers = true, default_value_t = 0.0, value_parser = decibels)]
    gain: f32,
}

fn decibels(text: &str) -> Result<f32, String> {
    let gain = text.parse().ok().filter(|gain| (-60.0..=60.0).contains(gain));
    gain.ok_or_else(|| "expected -60 to 60 dB".into())
}

/// By how much samples are multiplied.
#[derive(Clone, Copy)]
pub(crate) struct Amplifier(f32);

impl Default for Amplifier {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Gain {
    pub(crate) fn amplifier(&self) -> Amplifier {
        Amplifier(10f32.powf(self.gain / 20.0))
    }
}

impl Amplifier {
    /// Makes samples louder. At 0 dB they stay as they are, to the bit: what exceeds full scale too.
    pub(crate) fn apply(self, samples: &mut [f32]) {
        if self.0 != 1.0 {
            for sample in samples {
                *sample = (*sample * self.0).clamp(-1.0, 1.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(gain: &str, samples: [f32; 3]) -> [f32; 3] {
        let mut samples = samples;
        Gain { gain: decibels(gain).unwrap() }.amplifier().apply(&mut samples);
        samples
    }

    #[test]
    fn sound_is_louder_by_decibels_and_clipped_at_full_scale() {
        assert_eq!(heard("20", [0.01, -0.05, 0.5]), [0.099_999_994, -0.5, 1.0]);
        assert_eq!(heard("-20", [1.0, -0.5, 0.0]), [0.1, -0.05, 0.0]);
        assert_eq!(heard("0", [1.5, -0.5, 0.0]), [1.5, -0.5, 0.0]);
        assert!(decibels("61").is_err() && decibels("nan").is_err() && decibels("loud").is_err());
    }
}
