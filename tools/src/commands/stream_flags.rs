//! The flags that say what a model is listened to on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, ensure};
use clap::Args;
use polyspot::Model;
use polyspot_text::say;

use crate::data::{self, Audio, DataSet, Recording};
use crate::evaluation::babble;
use crate::evaluation::conditions::{Condition, Snr, Surroundings};
use crate::evaluation::judge::Judge;
use crate::evaluation::keywords::KeywordClips;
use crate::evaluation::negatives::Negatives;
use crate::evaluation::noise_tape::NoiseTape;
use crate::evaluation::rooms::Rooms;

/// The keywords' level over babble, in decibels.
const BABBLE_SNR_DB: f32 = 10.0;

/// Streams of keywords under several conditions.
#[derive(Debug, Args)]
pub(crate) struct StreamFlags {
    /// Folder of noise recordings (its dev/ part, if it has one)
    #[arg(long, value_name = "DIR")]
    pub(crate) noise: Option<PathBuf>,
    /// Play the keywords over noise at these signal-to-noise ratios; `clean` is without. Each is a condition
    #[arg(
        long,
        value_name = "clean|DB,…",
        value_delimiter = ',',
        default_value = "clean",
        allow_hyphen_values = true
    )]
    snr: Vec<Snr>,
    /// Play them over four voices of this folder of speech (its dev/ part, if it has one), 10 dB below, too
    #[arg(long, value_name = "DIR")]
    babble: Option<PathBuf>,
    /// Play them in rooms, too: a folder of impulse responses that training did not have (its dev/ part, if it has one)
    #[arg(long, value_name = "DIR")]
    rooms: Option<PathBuf>,
    /// Cut them out and play them in random order, so many seconds apart, too
    #[arg(long, value_name = "SECONDS,…", value_delimiter = ',', value_parser = distance)]
    apart: Vec<f32>,
    /// Play them in made-up rooms with these reverberation times, too
    #[arg(long, value_name = "SECONDS,…", value_delimiter = ',', value_parser = seconds)]
    reverb: Vec<f32>,
    /// Play them at these gains, too
    #[arg(long, value_name = "DB,…", value_delimiter = ',', allow_hyphen_values = true, value_parser = gain)]
    gain: Vec<f32>,
}

fn seconds(text: &str) -> Result<f32, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.05..=5.0).contains(seconds));
    seconds.ok_or_else(|| format!("expected 0.05 to 5 s, found {text:?}"))
}

fn distance(text: &str) -> Result<f32, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=10.0).contains(seconds));
    seconds.ok_or_else(|| format!("expected 0 to 10 s, found {text:?}"))
}

fn gain(text: &str) -> Result<f32, String> {
    let gain = text.parse().ok().filter(|gain| (-60.0..=60.0).contains(gain));
    gain.ok_or_else(|| format!("expected -60 to 60 dB, found {text:?}"))
}

impl StreamFlags {
    /// Of the clips as they are.
    pub(crate) fn clean() -> Self {
        let (noise, babble, rooms) = (None, None, None);
        Self {
            noise,
            snr: vec![Snr(Condition::Clean)],
            babble,
            rooms,
            apart: Vec::new(),
            reverb: Vec::new(),
            gain: Vec::new(),
        }
    }

    fn conditions(&self) -> Vec<Condition> {
        let babble = self.babble.iter().map(|_| Condition::Babble(BABBLE_SNR_DB));
        let rooms = self.rooms.iter().map(|_| Condition::Rooms);
        let apart = self.apart.iter().map(|&seconds| Condition::Apart(seconds));
        let reverb = self.reverb.iter().map(|&seconds| Condition::Reverberation(seconds));
        let gains = self.gain.iter().map(|&db| Condition::Gain(db));
        let ratios = self.snr.iter().map(|snr| snr.0);
        ratios.chain(babble).chain(rooms).chain(apart).chain(reverb).chain(gains).collect()
    }

    /// Whether a condition was asked for.
    pub(crate) fn has_conditions(&self) -> bool {
        self.conditions() != [Condition::Clean]
    }

    /// Lets a model hear everything once.
    ///
    /// # Errors
    /// When a folder cannot be read or has not what is expected in it, or the engine fails.
    pub(crate) fn listen(&self, model: &Arc<Model>, set: &DataSet, negatives: &[PathBuf]) -> Result<Judge> {
        Ok(self.listen_with(model, set, negatives, None)?.0)
    }

    /// The same, and lets a wake model hear what has no keywords of either.
    ///
    /// # Errors
    /// As [`StreamFlags::listen`], and when the models differ in their sample rates.
    pub(crate) fn listen_with(
        &self,
        model: &Arc<Model>,
        set: &DataSet,
        negatives: &[PathBuf],
        wake: Option<&Arc<Model>>,
    ) -> Result<(Judge, Option<Judge>)> {
        let rate_hz = model.manifest().front_end.sample_rate_hz;
        if let Some(wake) = wake {
            let found = wake.manifest().front_end.sample_rate_hz;
            ensure!(
                found == rate_hz,
                "the wake model hears {found} Hz, expected {rate_hz} Hz as the model does"
            );
        }
        let clips = KeywordClips::load(model.manifest(), set)?;
        // A folder may have several uses, and hours in it.
        let mut folders: BTreeMap<&Path, Vec<Recording>> = BTreeMap::new();
        for folder in negatives.iter().chain(&self.noise).chain(&self.babble) {
            if !folders.contains_key(&**folder) {
                folders.insert(folder, data::load_dev_recordings(folder, rate_hz)?);
            }
        }
        let audio = |folder: &PathBuf| -> Vec<Audio> {
            folders[&**folder].iter().map(|recording| Arc::clone(&recording.audio)).collect()
        };
        let rooms =
            self.rooms.as_ref().map(|rooms| Rooms::new(&data::load_dev_recordings(rooms, rate_hz)?, rate_hz));
        let around = Surroundings {
            noise: self.noise.as_ref().map(|folder| NoiseTape::new(&audio(folder))).transpose()?,
            babble: self.babble.as_ref().map(|folder| babble::tape(&audio(folder))).transpose()?,
            rooms: rooms.transpose()?,
        };
        let keywords = clips.play(model, &self.conditions(), &around)?;
        let negatives: Vec<(&Path, &[Recording])> =
            negatives.iter().map(|folder| (&**folder, &*folders[&**folder])).collect();
        let negatives = Negatives::of(&negatives, model, wake.map(|wake| &**wake))?;
        if negatives.left_out > 0 {
            say!(
                "{} clips of the negatives lie in folders named as keywords of the model and are left out",
                negatives.left_out
            );
        }
        let woken = wake.map(|wake| Judge::hear(wake, Vec::new(), &negatives));
        Ok((Judge::hear(model, keywords, &negatives)?, woken.transpose()?))
    }
}

/// A rate on the command line.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| *rate >= 0.0 && rate.is_finite());
    rate.ok_or_else(|| format!("expected a number of at least 0, found {text:?}"))
}
