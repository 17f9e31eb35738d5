//! Mono audio from any rate to any other.

use std::error::Error;
use std::fmt;

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use crate::channels::bounded;
use crate::error::AudioError;

/// The filter has at least so many points at the lower of the two rates: it keeps all up to 95 % of that rate's
/// half, and the block and half the filter that it waits for are 30 ms at 16 kHz.
const LEAST_POINTS: usize = 320;

/// Resamples a mono stream, whatever the lengths of the slices it comes in.
///
/// What comes out depends only on the stream, not on how it was cut; its delay is removed, so that a sample
/// at `t` seconds comes out at `t` seconds. With equal rates the samples pass through untouched; else those that are not finite are
/// taken for 0, those beyond ±65,536 times full scale for that.
///
/// It works in blocks: between a sample going in and coming out lie one to one and a half blocks of 20 ms
/// (44.1 or 48 kHz to 16 kHz) to 80 ms (11.025 kHz), and up to seconds for rates without a common divisor.
pub struct Resampler {
    from_hz: u32,
    to_hz: u32,
    /// `None` when the rates are equal.
    engine: Option<Engine>,
}

impl fmt::Debug for Resampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from_hz, to_hz, .. } = self;
        f.debug_struct("Resampler").field("from_hz", from_hz).field("to_hz", to_hz).finish_non_exhaustive()
    }
}

struct Engine {
    fft: Fft<f32>,
    /// The samples of the block that is not yet full; room for one block.
    pending: Vec<f32>,
    /// One block, resampled.
    resampled: Vec<f32>,
    /// What the last call has completed.
    complete: Vec<f32>,
    /// Samples still to be dropped from the start: the filter's delay.
    delay_left: usize,
    received: u64,
    delivered: u64,
}

impl Resampler {
    /// Plans the filter.
    ///
    /// # Errors
    /// When a rate is not in 1 to 384 kHz.
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self, AudioError> {
        AudioError::check_rate(from_hz)?;
        AudioError::check_rate(to_hz)?;
        let engine = if from_hz == to_hz { None } else { Some(Engine::new(from_hz, to_hz)?) };
        Ok(Self { from_hz, to_hz, engine })
    }

    /// Takes any number of samples and gives those that they complete.
    ///
    /// # Errors
    /// When the resampler fails, which it does for no input.
    pub fn push<'a>(&'a mut self, mut samples: &'a [f32]) -> Result<&'a [f32], AudioError> {
        let Some(engine) = &mut self.engine else { return Ok(samples) };
        engine.complete.clear();
        engine.received += samples.len() as u64;
        while !samples.is_empty() {
            let missing = engine.fft.input_frames_next() - engine.pending.len();
            let (now, later) = samples.split_at(missing.min(samples.len()));
            // Behind a transform that overflows, rubato panics.
            engine.pending.extend(now.iter().copied().map(bounded));
            samples = later;
            if now.len() == missing {
                engine.process(u64::MAX)?;
            }
        }
        Ok(&engine.complete)
    }

    /// Gives what is still inside and begins a new stream.
    ///
    /// In all, a stream of `n` samples gives `n · to_hz / from_hz`, rounded to the nearest (halves up).
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn flush(&mut self) -> Result<&[f32], AudioError> {
        let Some(engine) = &mut self.engine else { return Ok(&[]) };
        engine.complete.clear();
        let (from, to) = (u128::from(self.from_hz), u128::from(self.to_hz));
        let whole = ((2 * u128::from(engine.received) * to + from) / (2 * from)) as u64;
        while engine.delivered < whole {
            engine.pending.resize(engine.fft.input_frames_next(), 0.0);
            engine.process(whole)?;
        }
        engine.reset();
        Ok(&engine.complete)
    }
}

impl Engine {
    fn new(from_hz: u32, to_hz: u32) -> Result<Self, AudioError> {
        let common = greatest_common_divisor(from_hz, to_hz);
        let (from, to) = ((from_hz / common) as usize, (to_hz / common) as usize);
        // An even number: the filter's delay is half a block, and must be whole at both rates.
        let multiple = 2 * LEAST_POINTS.div_ceil(2 * from.min(to));
        let fft = Fft::new_custom(
            from_hz as usize,
            to_hz as usize,
            multiple * from,
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .map_err(failed)?;
        Ok(Self {
            pending: Vec::with_capacity(fft.input_frames_next()),
            resampled: vec![0.0; fft.output_frames_next()],
            complete: Vec::new(),
            delay_left: fft.output_delay(),
            received: 0,
            delivered: 0,
            fft,
        })
    }

    /// Resamples the full pending block, up to `limit` samples of the stream in all.
    fn process(&mut self, limit: u64) -> Result<(), AudioError> {
        let (length_in, length_out) = (self.pending.len(), self.resampled.len());
        let input = SequentialSlice::new(&self.pending[..], 1, length_in).map_err(failed)?;
        let mut output = SequentialSlice::new_mut(&mut self.resampled[..], 1, length_out).map_err(failed)?;
        self.fft.process_into_buffer(&input, &mut output, None).map_err(failed)?;
        self.pending.clear();

        let dropped = self.delay_left.min(length_out);
        self.delay_left -= dropped;
        let delivered = (length_out - dropped).min((limit - self.delivered).min(usize::MAX as u64) as usize);
        self.delivered += delivered as u64;
        self.complete.extend_from_slice(&self.resampled[dropped..dropped + delivered]);
        Ok(())
    }

    fn reset(&mut self) {
        self.fft.reset();
        self.pending.clear();
        self.delay_left = self.fft.output_delay();
        self.received = 0;
        self.delivered = 0;
    }
}

fn failed(source: impl Into<Box<dyn Error + Send + Sync>>) -> AudioError {
    AudioError::Resampling(source.into())
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
