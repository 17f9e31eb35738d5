//! Spotters: streams of audio, in and out.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use engine::{Model as EngineModel, Wake};

use crate::error::{Error, guarded};
use crate::handle::{Model, Spotter, add_spotter, find_model, with_stream};
use crate::memory::{read, room, texts};
use crate::stream::{Detection, Stream};

/// Samples that are converted at once: what fits on the stack and in the nearest cache.
const BLOCK: usize = 1_024;

/// The models behind an array of handles.
///
/// # Safety
/// So many handles may be read at the pointer.
unsafe fn models(models: *const *const Model, count: usize) -> Result<Vec<Arc<EngineModel>>, Error> {
    // SAFETY: the caller vouches for it.
    let models = unsafe { read(models, count, "models")? };
    if models.is_empty() {
        return Err(Error::argument("count must be at least 1, found 0 models"));
    }
    models.iter().map(|&model| Ok(Arc::clone(&find_model(model)?.model))).collect()
}

/// Starts a stream in the languages of `count` models, which hear it at once. `sample_rate_hz` is that of the samples that will be
/// pushed, 1000 to 384000; 0 stands for the models' own (16000 for the built-in ones), and others are resampled. NULL if it fails.
///
/// The models may be freed while the spotter lives.
///
/// # Safety
/// `count` handles may be read at `models`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_spotter_new(
    models: *const *const Model,
    count: usize,
    sample_rate_hz: u32,
) -> *mut Spotter {
    guarded(|| {
        // SAFETY: the caller vouches for it.
        let models = unsafe { self::models(models, count)? };
        add_spotter(Stream::new(&models, sample_rate_hz)?)
    })
}

/// Takes any number of samples (mono, full scale ±1) and writes the keywords that they complete to `detections`.
///
/// Gives how many were written, or a code below 0. If it is `capacity`, there may be more, which the next call gives first: one with a
/// `length` of 0 adds nothing.
///
/// # Safety
/// `length` samples may be read at `samples`, and `capacity` detections written at `detections`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_spotter_push(
    spotter: *mut Spotter,
    samples: *const f32,
    length: usize,
    detections: *mut Detection,
    capacity: usize,
) -> isize {
    guarded(|| {
        // SAFETY: the caller vouches for it.
        let (samples, room) =
            unsafe { (read(samples, length, "samples")?, room(detections, capacity, "detections")?) };
        with_stream(spotter, |stream| {
            stream.push(samples)?;
            Ok(stream.fetch(room) as isize)
        })
    })
}

/// As `polyspot_spotter_push`, of samples in 16 bits, full scale ±32768.
///
/// # Safety
/// As `polyspot_spotter_push`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_spotter_push_i16(
    spotter: *mut Spotter,
    samples: *const i16,
    length: usize,
    detections: *mut Detection,
    capacity: usize,
) -> isize {
    guarded(|| {
        // SAFETY: the caller vouches for it.
        let (samples, room) =
            unsafe { (read(samples, length, "samples")?, room(detections, capacity, "detections")?) };
        with_stream(spotter, |stream| {
            let mut converted = [0.0; BLOCK];
            for block in samples.chunks(BLOCK) {
                let converted = &mut converted[..block.len()];
                for (to, &sample) in converted.iter_mut().zip(block) {
                    *to = f32::from(sample) / 32_768.0;
                }
                stream.push(converted)?;
            }
            Ok(stream.fetch(room) as isize)
        })
    })
}

/// Goes on in the languages of other models, between two pushes. No sample is lost or heard twice, and the new models know the last
/// 2.56 seconds, so that a word that was begun before is heard. If it fails, the models before go on.
///
/// Gives 0, or a code below 0.
///
/// # Safety
/// `count` handles may be read at `models`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_spotter_swap(
    spotter: *mut Spotter,
    models: *const *const Model,
    count: usize,
) -> i32 {
    guarded(|| {
        // SAFETY: the caller vouches for it.
        let models = unsafe { self::models(models, count)? };
        with_stream(spotter, |stream| stream.swap(&models).map(|()| 0))
    })
}

/// Sets every keyword's threshold, in 0..=1, in place of the models' own; of models swapped in later too.
///
/// Gives 0, or a code below 0.
#[unsafe(no_mangle)]
pub extern "C" fn polyspot_spotter_set_thresholds(spotter: *mut Spotter, threshold: f32) -> i32 {
    guarded(|| {
        if !(0.0..=1.0).contains(&threshold) {
            return Err(Error::argument(format!("threshold must be in 0..=1, found {threshold}")));
        }
        with_stream(spotter, |stream| {
            stream.set_thresholds(threshold);
            Ok(0)
        })
    })
}

/// Lets the spotter's keywords count only if they end in a window of so many milliseconds, 1000 to 3600000, after a word of the model
/// `wake`: one of `count` `keywords`, or any of the model if `count` is 0. Wake words are not given as detections. With NULL for `wake`
/// nothing but `polyspot_spotter_arm` wakes; with a `window_ms` of 0 all keywords count again, at all times.
///
/// `wake` may be one of the spotter's models, and may be freed while the spotter lives. What wakes stays after `polyspot_spotter_swap`.
///
/// Gives 0, or a code below 0.
///
/// # Safety
/// `count` pointers to texts may be read at `keywords`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_spotter_set_wake(
    spotter: *mut Spotter,
    wake: *const Model,
    keywords: *const *const c_char,
    count: usize,
    window_ms: u32,
) -> i32 {
    guarded(|| {
        // SAFETY: the caller vouches for it.
        let keywords = unsafe { texts(keywords, count, "keywords")? };
        let keywords = keywords.into_iter().map(str::to_owned).collect();
        let model = if wake.is_null() { None } else { Some(Arc::clone(&find_model(wake)?.model)) };
        let wake = if window_ms == 0 {
            None
        } else {
            let window = Duration::from_millis(window_ms.into());
            Some(Wake::new(model, keywords, window).map_err(|error| Error::argument(error.to_string()))?)
        };
        with_stream(spotter, |stream| stream.set_wake(wake).map(|()| 0))
    })
}

/// Does what a wake word does, unless `now` is 0: somebody has pressed a button.
///
/// Gives 1 if keywords may count now, 0 if they wait for a wake word, or a code below 0.
#[unsafe(no_mangle)]
pub extern "C" fn polyspot_spotter_arm(spotter: *mut Spotter, now: i32) -> i32 {
    guarded(|| {
        with_stream(spotter, |stream| {
            if now != 0 {
                stream.arm();
            }
            Ok(i32::from(stream.is_armed()))
        })
    })
}

/// Ends the stream, and writes what is left, as `polyspot_spotter_push` does: a word at the very end is still heard. The next sample is
/// the first of a new stream.
///
/// # Safety
/// `capacity` detections may be written at `detections`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_spotter_flush(
    spotter: *mut Spotter,
    detections: *mut Detection,
    capacity: usize,
) -> isize {
    guarded(|| {
        // SAFETY: the caller vouches for it.
        let room = unsafe { room(detections, capacity, "detections")? };
        with_stream(spotter, |stream| {
            stream.flush()?;
            Ok(stream.fetch(room) as isize)
        })
    })
}

/// Forgets all that was heard, and detections that were not fetched: the next sample is the first of a new stream.
///
/// Gives 0, or a code below 0.
#[unsafe(no_mangle)]
pub extern "C" fn polyspot_spotter_reset(spotter: *mut Spotter) -> i32 {
    guarded(|| with_stream(spotter, |stream| stream.reset().map(|()| 0)))
}
