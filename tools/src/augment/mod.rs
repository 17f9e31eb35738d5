//! Augmentation: what real rooms, microphones and speakers do to a word, at random.
//!
//! Every function draws from the generator it is given, so that a seed repeats a run.

mod band;
mod barks;
mod calls;
mod extent;
mod features;
mod noise;
mod synthesis;
mod waveform;

pub(crate) use barks::barks;
pub(crate) use extent::Extent;
pub(crate) use features::{FeatureAugment, FeatureSettings};
pub(crate) use noise::{NoiseBank, NoiseSettings, active_level};
pub(crate) use waveform::{Scene, WaveformSettings, at_speed};
