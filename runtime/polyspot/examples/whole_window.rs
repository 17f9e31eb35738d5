//! A recording heard by the general engine as if there were no streams: the last second anew every 100 ms. What
//! benches/compare measures polyspot beside.
//!
//! usage: `whole_window MODEL WAV` (16 kHz, mono, 16 bit)

use std::collections::VecDeque;
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;

use polyspot::front_end::FrontEnd;
use polyspot::stream::NetworkState;
use polyspot::{Engine, Model};

/// Frames heard at once, and frames from one time to the next.
const WINDOW: usize = 96;
const HOP: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(model), Some(wav)) = (arguments.next(), arguments.next()) else {
        return Err("usage: whole_window MODEL WAV".into());
    };
    let model = Arc::new(Model::for_engine(&std::fs::read(model)?, Engine::Tract)?);
    let mut front_end = FrontEnd::new(&model.manifest().front_end)?;
    let mut network = NetworkState::new(std::slice::from_ref(&model))?;
    let samples = hound::WavReader::open(wav)?
        .samples::<i16>()
        .map(|sample| sample.map(|s| f32::from(s) / 32_768.0))
        .collect::<Result<Vec<f32>, _>>()?;
    let mut frames: VecDeque<Vec<f32>> = VecDeque::new();
    for hop in samples.chunks(HOP * model.manifest().front_end.hop_samples) {
        front_end.push(hop, |frame| frames.push_back(frame.to_vec()));
        frames.drain(..frames.len().saturating_sub(WINDOW));
        if frames.len() == WINDOW {
            network.reset()?;
            frames.iter().try_for_each(|frame| network.push(frame, |_, p| _ = black_box(p)))?;
            network.settle(|_, p| _ = black_box(p))?;
        }
    }
    Ok(())
}
