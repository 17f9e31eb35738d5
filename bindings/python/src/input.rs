//! A stream's samples at the rate that its receiver wants.

use polyspot_audio::{AudioError, Resampler};
use pyo3::prelude::*;

use crate::error;

/// Makes samples of one rate of those of another.
pub(crate) struct Input {
    resampler: Resampler,
    /// What comes in.
    pub(crate) from_hz: u32,
    /// What goes out.
    pub(crate) to_hz: u32,
}

impl Input {
    /// `from_hz` is the receiver's rate where it is not given.
    pub(crate) fn new(py: Python<'_>, from_hz: Option<u32>, to_hz: u32) -> PyResult<Self> {
        let from_hz = from_hz.unwrap_or(to_hz);
        let resampler = Resampler::new(from_hz, to_hz).map_err(|error| error::audio(py, &error, None))?;
        Ok(Self { resampler, from_hz, to_hz })
    }

    /// The samples that these complete.
    pub(crate) fn push<'a>(&'a mut self, samples: &'a [f32]) -> Result<&'a [f32], AudioError> {
        self.resampler.push(samples)
    }

    /// What is still inside; the next sample is the first of a new stream.
    pub(crate) fn flush(&mut self) -> Result<&[f32], AudioError> {
        self.resampler.flush()
    }

    /// A place in what goes out, as a place in what comes in.
    pub(crate) fn place(&self, sample: u64) -> u64 {
        let (from, to) = (u128::from(self.from_hz), u128::from(self.to_hz));
        ((u128::from(sample) * from + to / 2) / to) as u64
    }
}

/// What goes wrong while a stream is heard.
pub(crate) enum StreamError {
    Audio(AudioError),
    Engine(polyspot::EngineError),
}

impl From<AudioError> for StreamError {
    fn from(error: AudioError) -> Self {
        Self::Audio(error)
    }
}

impl From<polyspot::EngineError> for StreamError {
    fn from(error: polyspot::EngineError) -> Self {
        Self::Engine(error)
    }
}

impl StreamError {
    pub(crate) fn into_py(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Audio(error) => error::audio(py, &error, None),
            Self::Engine(error) => error::engine(py, &error),
        }
    }
}
