//! What is done to keywords before they are played: noise, babble, rooms, gain, and how far apart they are.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};

use super::level::level;
use super::noise_tape::NoiseTape;
use super::reverberation::Reverberation;
use super::rooms::Rooms;

/// How keywords are heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Condition {
    /// As recorded.
    Clean,
    /// Over noise, with this signal-to-noise ratio in decibels: of each word's level over its clip to the level of the noise
    /// behind it. The noise goes on in the gaps.
    Noise(f32),
    /// The same over several people talking at once.
    Babble(f32),
    /// In measured rooms, each clip in the next one.
    Rooms,
    /// In a made-up room with this reverberation time (60 dB) in seconds.
    Reverberation(f32),
    /// Louder by so many decibels; what exceeds full scale is clipped.
    Gain(f32),
    /// Cut out of their clips and played in random order with so many seconds of silence from a word's end to the next one's
    /// start.
    Apart(f32),
}

impl fmt::Display for Condition {
    /// The names that `--require` takes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => write!(f, "clean"),
            Self::Noise(snr_db) => write!(f, "{snr_db} dB SNR"),
            Self::Babble(snr_db) => write!(f, "babble at {snr_db} dB SNR"),
            Self::Rooms => write!(f, "in rooms"),
            Self::Reverberation(seconds) => write!(f, "reverb {seconds} s"),
            Self::Gain(db) => write!(f, "gain {db:+} dB"),
            Self::Apart(seconds) => write!(f, "{seconds} s apart"),
        }
    }
}

/// `clean` or a signal-to-noise ratio in decibels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snr(pub(crate) Condition);

impl FromStr for Snr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<f32>() {
            _ if text == "clean" => Ok(Self(Condition::Clean)),
            Ok(db) if (-60.0..=120.0).contains(&db) => Ok(Self(Condition::Noise(db))),
            _ => Err(format!("expected clean or -60 to 120 dB, found {text:?}")),
        }
    }
}

/// What conditions need beside the keywords.
#[derive(Default)]
pub(crate) struct Surroundings {
    pub(crate) noise: Option<NoiseTape>,
    pub(crate) babble: Option<NoiseTape>,
    pub(crate) rooms: Option<Rooms>,
}

/// A condition made ready to be applied to one recording after the other.
pub(crate) enum Staging {
    Clean,
    Noise { tape: NoiseTape, ratio: f32 },
    Rooms(Rooms),
    Reverberation(Reverberation),
    Gain(f32),
}

impl Staging {
    /// # Errors
    /// When noise, babble or rooms are asked for and there are none.
    pub(crate) fn new(condition: Condition, around: &Surroundings, sample_rate_hz: u32) -> Result<Self> {
        let over = |tape: &Option<NoiseTape>, snr_db: f32, expected: &str| match tape {
            Some(tape) => Ok(Self::Noise { tape: tape.clone(), ratio: 10f32.powf(snr_db / 20.0) }),
            None => bail!("{condition}: expected recordings of {expected}"),
        };
        Ok(match condition {
            Condition::Clean | Condition::Apart(_) => Self::Clean,
            Condition::Noise(snr_db) => over(&around.noise, snr_db, "noise (--noise)")?,
            Condition::Babble(snr_db) => over(&around.babble, snr_db, "speech (--babble)")?,
            Condition::Rooms => match &around.rooms {
                Some(rooms) => Self::Rooms(rooms.clone()),
                None => bail!("{condition}: expected impulse responses (--rooms)"),
            },
            Condition::Reverberation(seconds) => {
                Self::Reverberation(Reverberation::new(seconds, sample_rate_hz))
            }
            Condition::Gain(db) => Self::Gain(10f32.powf(db / 20.0)),
        })
    }

    /// A clip with a gap of so many samples after it, as it is heard.
    pub(crate) fn play(&mut self, clip: &[f32], gap_samples: usize) -> Vec<f32> {
        let mut heard = clip.to_vec();
        heard.resize(clip.len() + gap_samples, 0.0);
        match self {
            Self::Clean => {}
            Self::Noise { tape, ratio } => {
                let noise = tape.next(clip.len(), heard.len());
                let gain = level(clip) / (level(&noise[..clip.len()]) * *ratio);
                heard.iter_mut().zip(noise).for_each(|(sample, noise)| *sample += gain * noise);
            }
            Self::Rooms(rooms) => heard = rooms.play(clip, heard.len()),
            Self::Reverberation(room) => heard = room.play(&heard),
            Self::Gain(gain) => {
                for sample in &mut heard {
                    *sample = (*sample * *gain).clamp(-1.0, 1.0);
                }
            }
        }
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(samples: usize, amplitude: f32) -> Vec<f32> {
        (0..samples).map(|i| amplitude * (i as f32 * 0.3).sin()).collect()
    }

    #[test]
    fn noise_has_the_level_asked_for_and_goes_on_in_the_gap() {
        let clip = tone(8_000, 0.4);
        let recording: Vec<i16> = (0..50_000).map(|i| if i % 5 < 2 { 900 } else { -600 }).collect();
        let tape = NoiseTape::new(&[recording.into()]).unwrap();
        let around = Surroundings { noise: Some(tape), ..Surroundings::default() };
        let mut staging = Staging::new(Condition::Noise(10.0), &around, 16_000).unwrap();
        for _ in 0..3 {
            let heard = staging.play(&clip, 4_000);
            let noise: Vec<f32> =
                heard[..8_000].iter().zip(&clip).map(|(heard, clip)| heard - clip).collect();
            let snr_db = 20.0 * (level(&clip) / level(&noise)).log10();
            assert!((snr_db - 10.0).abs() < 0.01, "{snr_db} dB");
            assert!((level(&heard[8_000..]) - level(&noise)).abs() < 0.01 * level(&noise));
        }
        for (missing, flag) in [
            (Condition::Noise(5.0), "--noise"),
            (Condition::Babble(5.0), "--babble"),
            (Condition::Rooms, "--rooms"),
        ] {
            let refusal = Staging::new(missing, &Surroundings::default(), 16_000).err().unwrap().to_string();
            assert!(refusal.contains(flag), "{refusal}");
        }
    }

    #[test]
    fn gain_clips_at_full_scale() {
        let mut staging = Staging::new(Condition::Gain(20.0), &Surroundings::default(), 16_000).unwrap();
        assert_eq!(staging.play(&[0.01, -0.5], 1), [0.099_999_994, -1.0, 0.0]);
    }

    #[test]
    fn ratios_are_read() {
        assert_eq!("clean".parse::<Snr>().unwrap().0, Condition::Clean);
        assert_eq!("-5".parse::<Snr>().unwrap().0, Condition::Noise(-5.0));
        assert!("loud".parse::<Snr>().unwrap_err().contains("expected clean"));
        assert!("nan".parse::<Snr>().is_err());
    }
}
