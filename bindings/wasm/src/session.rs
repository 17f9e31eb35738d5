//! All that the module keeps between two calls.

use std::error::Error;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use polyspot::front_end::FrontEnd;
use polyspot::onnx::FileError;
use polyspot::stream::{Posterior, PosteriorStream};
use polyspot::{Base, Detection, GatedSpotter, Manifest, Model, Wake};
use serde::Serialize;

use crate::handles::Handles;

/// Most samples taken at once: four seconds at 16 kHz. Longer recordings come in parts, and need no more memory.
const MAX_SAMPLES: usize = 1 << 16;

/// Things in use, and the buffers that data cross in.
pub(crate) struct Session {
    pub(crate) bases: Handles<Base>,
    pub(crate) models: Handles<Arc<Model>>,
    pub(crate) spotters: Handles<GatedSpotter>,
    pub(crate) posterior_streams: Handles<PosteriorStream>,
    pub(crate) front_ends: Handles<FrontEnd>,
    /// Models for the next spotter or change of models.
    chosen: Vec<Arc<Model>>,
    /// Labels of the wake model for the next wake word.
    chosen_labels: Vec<usize>,
    /// A file from JavaScript.
    pub(crate) bytes: Vec<u8>,
    /// Samples from JavaScript.
    pub(crate) samples: Vec<f32>,
    /// Features or posteriors for JavaScript.
    pub(crate) numbers: Vec<f32>,
    /// JSON or an error for JavaScript, in UTF-16.
    pub(crate) text: Vec<u16>,
    #[cfg(feature = "enrolment")]
    pub(crate) enrolment: crate::takes::Enrolment,
}

/// What JavaScript gets to know of a model.
#[derive(Serialize)]
struct About<'a> {
    manifest: &'a Manifest,
    sha256: &'a str,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self {
            bases: Handles::new("base"),
            models: Handles::new("model"),
            spotters: Handles::new("spotter"),
            posterior_streams: Handles::new("stream of posteriors"),
            front_ends: Handles::new("front end"),
            chosen: Vec::new(),
            chosen_labels: Vec::new(),
            bytes: Vec::new(),
            samples: Vec::new(),
            numbers: Vec::new(),
            text: Vec::new(),
            #[cfg(feature = "enrolment")]
            enrolment: crate::takes::Enrolment::default(),
        }
    }

    /// Room for a file of so many bytes.
    pub(crate) fn room_for_bytes(&mut self, length: usize) -> Result<*mut u8, String> {
        let (found, limit) = (length as u64, Model::MAX_FILE_BYTES);
        if found > limit {
            return Err(described(&FileError::TooLarge { found, limit }));
        }
        self.bytes.resize(length, 0);
        Ok(self.bytes.as_mut_ptr())
    }

    /// Room for so many samples.
    pub(crate) fn room_for_samples(&mut self, length: usize) -> Result<*mut f32, String> {
        if length > MAX_SAMPLES {
            return Err(format!("expected at most {MAX_SAMPLES} samples at once, found {length}"));
        }
        self.samples.resize(length, 0.0);
        Ok(self.samples.as_mut_ptr())
    }

    pub(crate) fn load_model(&mut self) -> Result<u32, String> {
        // The file is far larger than what is kept of it.
        let bytes = mem::take(&mut self.bytes);
        let model = Model::from_bytes(&bytes).map_err(|error| described(&error))?;
        Ok(self.models.add(Arc::new(model)))
    }

    pub(crate) fn load_base(&mut self) -> Result<u32, String> {
        let bytes = mem::take(&mut self.bytes);
        let base = Base::from_bytes(&bytes).map_err(|error| described(&error))?;
        Ok(self.bases.add(base))
    }

    pub(crate) fn fuse(&mut self, base: u32) -> Result<u32, String> {
        let bytes = mem::take(&mut self.bytes);
        let model = self.bases.find(base)?.fuse(&bytes).map_err(|error| described(&error))?;
        Ok(self.models.add(Arc::new(model)))
    }

    pub(crate) fn describe(&mut self, model: u32) -> Result<u32, String> {
        let model = Arc::clone(self.models.find(model)?);
        self.tell(&About { manifest: model.manifest(), sha256: model.sha256() })?;
        Ok(1)
    }

    pub(crate) fn choose(&mut self, model: u32) -> Result<u32, String> {
        match self.models.find(model) {
            Ok(model) => self.chosen.push(Arc::clone(model)),
            Err(reason) => {
                self.chosen.clear();
                return Err(reason);
            }
        }
        Ok(1)
    }

    pub(crate) fn new_spotter(&mut self) -> Result<u32, String> {
        let models = mem::take(&mut self.chosen);
        let spotter = GatedSpotter::new(&models).map_err(|error| described(&error))?;
        Ok(self.spotters.add(spotter))
    }

    pub(crate) fn swap(&mut self, spotter: u32) -> Result<u32, String> {
        let models = mem::take(&mut self.chosen);
        self.spotters.find(spotter)?.swap_all(&models).map_err(|error| described(&error))?;
        Ok(1)
    }

    /// Adds a label of the chosen wake model to those that the next call of [`set_wake`](Self::set_wake) is for.
    pub(crate) fn choose_label(&mut self, label: usize) -> Result<u32, String> {
        let labels = self.chosen.last().map_or(0, |model| model.manifest().labels.len());
        if label >= labels {
            self.chosen.clear();
            self.chosen_labels.clear();
            return Err("expected a label of the chosen model, found none of this number".into());
        }
        self.chosen_labels.push(label);
        Ok(1)
    }

    /// Lets keywords count for so many milliseconds after the chosen words of the chosen model, or any of its words if none is chosen.
    /// Without a chosen model only [`arm`](Self::arm) wakes.
    pub(crate) fn set_wake(&mut self, spotter: u32, window_ms: u32) -> Result<u32, String> {
        let model = mem::take(&mut self.chosen).pop();
        let labels = mem::take(&mut self.chosen_labels);
        let names = model.iter().flat_map(|model| &model.manifest().labels).map(|label| &label.name);
        let chosen = names.enumerate().filter(|(label, _)| labels.contains(label));
        let keywords = chosen.map(|(_, name)| name.clone()).collect();
        let window = Duration::from_millis(window_ms.into());
        let wake = Wake::new(model, keywords, window).map_err(|error| described(&error))?;
        self.spotters.find(spotter)?.set_wake(Some(wake)).map_err(|error| described(&error))?;
        Ok(1)
    }

    pub(crate) fn arm(&mut self, spotter: u32) -> Result<u32, String> {
        self.spotters.find(spotter)?.arm();
        Ok(1)
    }

    /// 1 if keywords may count now, else 0.
    pub(crate) fn is_armed(&mut self, spotter: u32) -> Result<u32, String> {
        Ok(u32::from(self.spotters.find(spotter)?.is_armed()))
    }

    /// The number of detections, which are the text if there are any.
    pub(crate) fn push(&mut self, spotter: u32) -> Result<u32, String> {
        let spotter = self.spotters.find(spotter)?;
        let heard: Vec<Detection> = spotter.push(&self.samples).map_err(|error| described(&error))?.collect();
        self.detections(&heard)
    }

    /// As [`Session::push`], of the end of the stream.
    pub(crate) fn flush(&mut self, spotter: u32) -> Result<u32, String> {
        let spotter = self.spotters.find(spotter)?;
        let heard: Vec<Detection> = spotter.flush().map_err(|error| described(&error))?.collect();
        self.detections(&heard)
    }

    fn detections(&mut self, heard: &[Detection]) -> Result<u32, String> {
        if !heard.is_empty() {
            self.tell(&heard)?;
        }
        Ok(heard.len() as u32)
    }

    pub(crate) fn reset(&mut self, spotter: u32) -> Result<u32, String> {
        self.spotters.find(spotter)?.reset().map_err(|error| described(&error))?;
        Ok(1)
    }

    pub(crate) fn set_thresholds(&mut self, spotter: u32, threshold: f32) -> Result<u32, String> {
        self.spotters.find(spotter)?.set_thresholds(threshold);
        Ok(1)
    }

    /// The smoothed posteriors of the last step of one of a spotter's models.
    pub(crate) fn smoothed(&mut self, spotter: u32, model: usize) -> Result<u32, String> {
        let spotter = self.spotters.find(spotter)?;
        let models = spotter.models().len();
        if model >= models {
            return Err(format!("expected one of the spotter's {models} models, found {model}"));
        }
        self.numbers.clear();
        self.numbers.extend_from_slice(spotter.smoothed_posteriors(model));
        Ok(1)
    }

    pub(crate) fn new_posterior_stream(&mut self, model: u32) -> Result<u32, String> {
        let stream = PosteriorStream::new(self.models.find(model)?).map_err(|error| described(&error))?;
        Ok(self.posterior_streams.add(stream))
    }

    /// The posteriors that the samples complete, step after step.
    pub(crate) fn push_posteriors(&mut self, stream: u32) -> Result<u32, String> {
        let Self { posterior_streams, samples, numbers, .. } = self;
        numbers.clear();
        let take = &mut |posterior: Posterior<'_>| numbers.extend_from_slice(posterior.probabilities);
        hear_posteriors(posterior_streams.find(stream)?, Some(samples), take)
    }

    /// The posteriors that wait for more samples.
    pub(crate) fn flush_posteriors(&mut self, stream: u32) -> Result<u32, String> {
        let Self { posterior_streams, numbers, .. } = self;
        numbers.clear();
        let take = &mut |posterior: Posterior<'_>| numbers.extend_from_slice(posterior.probabilities);
        hear_posteriors(posterior_streams.find(stream)?, None, take)
    }

    pub(crate) fn new_front_end(&mut self, model: u32) -> Result<u32, String> {
        let spec = &self.models.find(model)?.spec().front_end;
        let front_end = FrontEnd::new(spec).map_err(|error| described(&error))?;
        Ok(self.front_ends.add(front_end))
    }

    /// The frames that the samples complete, one after the other.
    pub(crate) fn frames(&mut self, front_end: u32) -> Result<u32, String> {
        let Self { front_ends, samples, numbers, .. } = self;
        numbers.clear();
        front_ends.find(front_end)?.push(samples, |frame| numbers.extend_from_slice(frame));
        Ok(1)
    }

    /// Puts JSON into the text.
    pub(crate) fn tell(&mut self, value: &impl Serialize) -> Result<(), String> {
        let json = serde_json::to_string(value).map_err(|error| described(&error))?;
        self.say(&json);
        Ok(())
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.text.clear();
        self.text.extend(text.encode_utf16());
    }
}

/// Samples, or the end of the stream. The receiver is of one type, so that there is one copy of the stream's code.
fn hear_posteriors(
    stream: &mut PosteriorStream,
    samples: Option<&[f32]>,
    take: &mut dyn FnMut(Posterior<'_>),
) -> Result<u32, String> {
    let outcome = match samples {
        Some(samples) => stream.push(samples, take),
        None => stream.flush(take),
    };
    outcome.map_err(|error| described(&error))?;
    Ok(1)
}

/// An error with its causes.
pub(crate) fn described(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
