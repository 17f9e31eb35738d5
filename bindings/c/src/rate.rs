//! The caller's sample rate and the models'.

#[cfg(feature = "resampling")]
use polyspot_audio::{AudioError, Resampler as Engine};

use crate::error::Error;

/// From the caller's sample rate to the models'.
#[cfg(feature = "resampling")]
pub(crate) struct Resampler(Engine);

#[cfg(feature = "resampling")]
impl Resampler {
    pub(crate) fn new(from_hz: u32, to_hz: u32) -> Result<Self, Error> {
        Engine::new(from_hz, to_hz).map(Self).map_err(|error| refused(&error))
    }

    /// The samples that these complete, at the models' rate.
    pub(crate) fn push<'a>(&'a mut self, samples: &'a [f32]) -> Result<&'a [f32], Error> {
        self.0.push(samples).map_err(|error| refused(&error))
    }

    /// Gives what is still inside, and begins a new stream.
    pub(crate) fn flush(&mut self) -> Result<&[f32], Error> {
        self.0.flush().map_err(|error| refused(&error))
    }
}

#[cfg(feature = "resampling")]
fn refused(error: &AudioError) -> Error {
    Error::failed("sample_rate_hz", error)
}

/// A library without resampling takes samples at the models' rate alone.
#[cfg(not(feature = "resampling"))]
pub(crate) struct Resampler;

#[cfg(not(feature = "resampling"))]
#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "it stands in for one that resamples")]
impl Resampler {
    pub(crate) fn new(from_hz: u32, to_hz: u32) -> Result<Self, Error> {
        if from_hz == to_hz {
            return Ok(Self);
        }
        Err(Error::argument(format!(
            "sample_rate_hz must be the models', {to_hz}, in a library without the feature resampling, found {from_hz}"
        )))
    }

    pub(crate) fn push<'a>(&'a mut self, samples: &'a [f32]) -> Result<&'a [f32], Error> {
        Ok(samples)
    }

    pub(crate) fn flush(&mut self) -> Result<&[f32], Error> {
        Ok(&[])
    }
}

/// A position at another sample rate, to the nearest sample.
pub(crate) fn at_rate(position: u64, from_hz: u32, to_hz: u32) -> u64 {
    let (from, to) = (u128::from(from_hz), u128::from(to_hz));
    ((2 * u128::from(position) * to + from) / (2 * from)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_the_nearest_at_the_callers_rate() {
        assert_eq!([0, 1, 16_000].map(|at| at_rate(at, 16_000, 44_100)), [0, 3, 44_100]);
        assert_eq!([5, 6, 48_000].map(|at| at_rate(at, 48_000, 8_000)), [1, 1, 8_000]);
        assert_eq!(at_rate(u64::MAX, 16_000, 16_000), u64::MAX);
    }
}
