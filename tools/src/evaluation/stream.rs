//! Recordings played to a model as one continuous stream, their posteriors kept.

use std::sync::Arc;

use anyhow::{Result, bail};
use polyspot::{Detection, Detector, Model, Posterior, PosteriorStream};

use crate::data::{self, DataSet, Split};

/// Silence before and after each recording of a stream, in seconds.
const GAP_SECONDS: f64 = 1.0;

/// The posteriors of a stream: heard once, judged at any threshold.
pub(crate) struct Track {
    outputs: usize,
    probabilities: Vec<f32>,
    ends: Vec<u64>,
    /// Samples played, without the gaps.
    pub(crate) samples: u64,
}

impl Track {
    /// Plays recordings one after the other, with a gap between them.
    pub(crate) fn play(model: &Arc<Model>, recordings: &[Arc<[i16]>]) -> Result<Self> {
        let outputs = model.manifest().labels.len();
        let mut track = Self { outputs, probabilities: Vec::new(), ends: Vec::new(), samples: 0 };
        let mut stream = PosteriorStream::new(model)?;
        let gap = vec![0.0; gap_samples(model)];
        for recording in recordings {
            let samples: Vec<f32> = recording.iter().map(|&s| f32::from(s) / 32_768.0).collect();
            for part in [&samples, &gap] {
                stream.push(part, |posterior| track.keep(&posterior))?;
            }
            track.samples += samples.len() as u64;
        }
        stream.flush(|posterior| track.keep(&posterior))?;
        Ok(track)
    }

    fn keep(&mut self, posterior: &Posterior<'_>) {
        self.probabilities.extend_from_slice(posterior.probabilities);
        self.ends.push(posterior.end);
    }

    /// What a detector makes of the stream.
    pub(crate) fn detections(&self, detector: &mut Detector) -> Vec<Detection> {
        detector.reset();
        let posteriors = self.probabilities.chunks_exact(self.outputs).zip(&self.ends);
        let mut heard: Vec<Detection> = posteriors
            .filter_map(|(probabilities, &end)| detector.push(&Posterior { probabilities, end, model: 0 }))
            .collect();
        heard.extend(detector.flush());
        heard
    }
}

/// Keyword recordings as a stream, and where in it each word is.
pub(crate) struct Keywords {
    pub(crate) track: Track,
    words: Vec<Spoken>,
}

struct Spoken {
    word: String,
    start: u64,
    end: u64,
}

/// How many keywords of a stream were heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) spoken: usize,
    pub(crate) right: usize,
    /// Another keyword was heard than was said, or one too many.
    pub(crate) wrong: usize,
}

impl Keywords {
    /// Plays all clips of the model's keywords in a data folder's `dev` split (all its clips if it is not
    /// split into folders that training knows).
    pub(crate) fn play(model: &Arc<Model>, set: &DataSet) -> Result<Self> {
        let names: Vec<&str> = model.manifest().keywords().map(|(_, label)| label.name.as_str()).collect();
        let clips: Vec<_> = set
            .clips
            .iter()
            .filter(|clip| clip.split == Split::Dev && names.contains(&clip.word.as_str()))
            .cloned()
            .collect();
        if clips.is_empty() {
            bail!("{} has no dev clips of the keywords {}", set.folder.display(), names.join(" "));
        }
        let rate_hz = model.manifest().front_end.sample_rate_hz;
        let (audio, _) = data::load(&clips, rate_hz, &indicatif::ProgressBar::hidden());
        let gap = gap_samples(model) as u64;
        let (mut words, mut recordings, mut position) = (Vec::new(), Vec::new(), 0);
        for (clip, recording) in clips.iter().zip(audio) {
            let Some(recording) = recording else { continue };
            let end = position + recording.len() as u64 + gap;
            words.push(Spoken { word: clip.word.clone(), start: position, end });
            position = end;
            recordings.push(recording);
        }
        Ok(Self { track: Track::play(model, &recordings)?, words })
    }

    /// Compares detections with what was said. A word counts as heard when its keyword is detected before the
    /// gap after it ends; each further detection there is wrong.
    pub(crate) fn compare(&self, detections: &[Detection]) -> Heard {
        let mut heard = Heard { spoken: self.words.len(), ..Heard::default() };
        let mut detections = detections.iter().peekable();
        for spoken in &self.words {
            let mut found = false;
            while let Some(detection) = detections.next_if(|detection| detection.end <= spoken.end) {
                let right = !found && detection.end > spoken.start && *detection.keyword == *spoken.word;
                found |= right;
                heard.right += usize::from(right);
                heard.wrong += usize::from(!right);
            }
        }
        heard
    }
}

fn gap_samples(model: &Model) -> usize {
    (GAP_SECONDS * f64::from(model.manifest().front_end.sample_rate_hz)) as usize
}
