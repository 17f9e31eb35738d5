//! What a spotter's handle stands for: a stream at the caller's sample rate.

use std::collections::VecDeque;
use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::sync::Arc;

use engine::{Detection as EngineDetection, GatedSpotter, Model as EngineModel, Wake};

use crate::error::Error;
use crate::names::Names;
use crate::rate::{Resampler, at_rate};

/// A keyword heard.
#[repr(C)]
pub struct Detection {
    /// The keyword in UTF-8, as the model writes it. Valid until the spotter is freed.
    pub keyword: *const c_char,
    /// The model's language, a BCP 47 tag. Valid until the spotter is freed.
    pub language: *const c_char,
    /// How sure the model is, in 0..=1.
    pub score: f32,
    /// First sample of the window of audio that holds the keyword, counted from the start of the stream at the spotter's sample rate.
    pub start: u64,
    /// First sample after that window.
    pub end: u64,
}

/// A spotter with what C needs around it.
pub(crate) struct Stream {
    spotter: GatedSpotter,
    resampler: Resampler,
    rate_hz: u32,
    model_rate_hz: u32,
    /// Heard, and not yet fetched.
    heard: VecDeque<EngineDetection>,
    names: Names,
}

impl Stream {
    /// `rate_hz` is the caller's; 0 stands for the models' own.
    pub(crate) fn new(models: &[Arc<EngineModel>], rate_hz: u32) -> Result<Self, Error> {
        let spotter = GatedSpotter::new(models).map_err(|error| refused(&error))?;
        let model_rate_hz = models.first().map_or(0, sample_rate_hz);
        let rate_hz = if rate_hz == 0 { model_rate_hz } else { rate_hz };
        let resampler = Resampler::new(rate_hz, model_rate_hz)?;
        Ok(Self {
            spotter,
            resampler,
            rate_hz,
            model_rate_hz,
            heard: VecDeque::new(),
            names: Names::default(),
        })
    }

    pub(crate) fn swap(&mut self, models: &[Arc<EngineModel>]) -> Result<(), Error> {
        // The stream's positions are counted at one rate.
        let expected = self.model_rate_hz;
        if let Some(found) = models.iter().map(sample_rate_hz).find(|&rate_hz| rate_hz != expected) {
            return Err(Error::argument(format!(
                "models must have the sample rate of those before, {expected} Hz, found {found} Hz"
            )));
        }
        self.spotter.swap_all(models).map_err(|error| refused(&error))
    }

    /// Lets keywords wait for what wakes them, or, with `None`, count at all times.
    pub(crate) fn set_wake(&mut self, wake: Option<Wake>) -> Result<(), Error> {
        self.spotter.set_wake(wake).map_err(|error| refused(&error))
    }

    /// Does what a wake word does.
    pub(crate) fn arm(&mut self) {
        self.spotter.arm();
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.spotter.is_armed()
    }

    pub(crate) fn set_thresholds(&mut self, threshold: f32) {
        self.spotter.set_thresholds(threshold);
    }

    pub(crate) fn push(&mut self, samples: &[f32]) -> Result<(), Error> {
        let Self { spotter, resampler, heard, .. } = self;
        heard.extend(spotter.push(resampler.push(samples)?).map_err(|error| refused(&error))?);
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        let Self { spotter, resampler, heard, .. } = self;
        heard.extend(spotter.push(resampler.flush()?).map_err(|error| refused(&error))?);
        heard.extend(spotter.flush().map_err(|error| refused(&error))?);
        Ok(())
    }

    pub(crate) fn reset(&mut self) -> Result<(), Error> {
        self.heard.clear();
        // What is left inside is of the stream that ends.
        self.resampler.flush()?;
        self.spotter.reset().map_err(|error| refused(&error))
    }

    /// Writes what was heard and not yet fetched, as much as there is room for; gives how many.
    pub(crate) fn fetch(&mut self, room: &mut [MaybeUninit<Detection>]) -> usize {
        let count = room.len().min(self.heard.len());
        for (place, heard) in room.iter_mut().zip(self.heard.drain(..count)) {
            place.write(Detection {
                keyword: self.names.of(&heard.keyword),
                language: self.names.of(&heard.language),
                score: heard.score,
                start: at_rate(heard.start, self.model_rate_hz, self.rate_hz),
                end: at_rate(heard.end, self.model_rate_hz, self.rate_hz),
            });
        }
        count
    }
}

fn sample_rate_hz(model: &Arc<EngineModel>) -> u32 {
    model.manifest().front_end.sample_rate_hz
}

fn refused(error: &dyn std::error::Error) -> Error {
    Error::failed("the spotter", error)
}
