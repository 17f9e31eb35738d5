//! From many channels to one.

use crate::error::AudioError;

/// Which channels of a recording are listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelChoice {
    /// All of them: their mean.
    Mix,
    /// One of them, 0-based.
    Only(usize),
}

impl ChannelChoice {
    /// Checks that a recording of so many channels has the one that is asked for.
    ///
    /// # Errors
    /// [`AudioError::NoSuchChannel`] when it has not.
    pub fn check(self, channels: usize) -> Result<(), AudioError> {
        match self {
            Self::Only(channel) if channel >= channels => {
                Err(AudioError::NoSuchChannel { channel, channels })
            }
            _ => Ok(()),
        }
    }

    /// The one sample of a frame, which has a sample for each channel; 0 of a channel that is not there.
    ///
    /// A sample that is no finite number counts as 0, and one beyond ±65,536 times full scale as that: all audio of files, pipes and
    /// devices comes through here, and behind it a resampler would spread such a sample over all its neighbours.
    #[inline]
    pub fn mono_sample(self, mut frame: impl ExactSizeIterator<Item = f32>) -> f32 {
        match self {
            Self::Mix => {
                let scale = 1.0 / frame.len() as f32;
                frame.map(bounded).sum::<f32>() * scale
            }
            Self::Only(channel) => frame.nth(channel).map_or(0.0, bounded),
        }
    }
}

/// Replaces what is in `out` with one sample for each frame of `interleaved`, as [`ChannelChoice::mono_sample`] makes it.
///
/// # Panics
/// If `channels == 0`, if `interleaved.len() % channels != 0`, or if `choice` is `Only(n)` with
/// `n >= channels`; see [`ChannelChoice::check`].
pub fn mono_samples(interleaved: &[f32], channels: usize, choice: ChannelChoice, out: &mut Vec<f32>) {
    assert!(interleaved.len().is_multiple_of(channels), "expected whole frames of {channels} channels");
    assert!(choice.check(channels).is_ok(), "{choice:?} of {channels} channels");
    out.clear();
    if channels == 1 {
        // The same, in a loop that becomes vector instructions.
        out.extend(interleaved.iter().copied().map(bounded));
    } else {
        let frames = interleaved.chunks_exact(channels);
        out.extend(frames.map(|frame| choice.mono_sample(frame.iter().copied())));
    }
}

/// Largest magnitude of a sample, where full scale is 1: what the front end takes for one too.
const LARGEST_MAGNITUDE: f32 = 65_536.0;

/// A sample that no sum or transform makes overflow.
pub(crate) fn bounded(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-LARGEST_MAGNITUDE, LARGEST_MAGNITUDE) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mix_is_the_mean_and_only_picks_one() {
        let stereo = [0.5, -0.25, 1.0, 0.0];
        let mut mono = vec![9.0];
        mono_samples(&stereo, 2, ChannelChoice::Mix, &mut mono);
        assert_eq!(mono, [0.125, 0.5]);
        mono_samples(&stereo, 2, ChannelChoice::Only(1), &mut mono);
        assert_eq!(mono, [-0.25, 0.0]);
        mono_samples(&stereo, 1, ChannelChoice::Mix, &mut mono);
        assert_eq!(mono, stereo);
    }

    #[test]
    fn what_is_no_number_comes_out_as_0_and_what_is_too_large_smaller() {
        let strange = [f32::NAN, 1.0, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.5, f32::NAN];
        let mono = |channels, choice| {
            let mut mono = Vec::new();
            mono_samples(&strange, channels, choice, &mut mono);
            mono
        };
        assert_eq!(mono(1, ChannelChoice::Mix), [0.0, 1.0, 0.0, 0.0, 65_536.0, -65_536.0, 0.5, 0.0]);
        assert_eq!(mono(2, ChannelChoice::Mix), [0.5, 0.0, 0.0, 0.25]);
        assert_eq!(mono(2, ChannelChoice::Only(0)), [0.0, 0.0, 65_536.0, 0.5]);
    }

    #[test]
    fn a_channel_that_is_not_there_is_refused() {
        assert!(ChannelChoice::Only(1).check(2).is_ok());
        let error = ChannelChoice::Only(2).check(2).unwrap_err();
        assert_eq!(error.to_string(), "expected channel 3 to exist, found 2 channel(s)");
    }
}
