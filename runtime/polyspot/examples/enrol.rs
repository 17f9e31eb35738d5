//! Adds a word to a model from a few takes of it.
//!
//! usage: `enrol MODEL WORD OUT WAV…` (16 kHz, mono, 16 bit)

use std::error::Error;

use polyspot::enrolment::enrol;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, word, out, takes @ ..] = arguments.as_slice() else {
        return Err("usage: enrol MODEL WORD OUT WAV…".into());
    };
    let takes = takes.iter().map(|take| samples(take)).collect::<Result<Vec<_>, _>>()?;
    let new = enrol(&std::fs::read(model)?, word, &takes)?;
    std::fs::write(out, &new.bytes)?;
    for (take, deviations) in takes.iter().zip(&new.word.deviations) {
        println!("{:.1} s: {deviations:.1} deviations from other speech", take.len() as f64 / 16_000.0);
    }
    println!("it is detected from {:.1}", new.word.least_deviations);
    Ok(())
}

fn samples(wav: &str) -> Result<Vec<f32>, hound::Error> {
    hound::WavReader::open(wav)?.into_samples::<i16>().map(|s| s.map(|s| f32::from(s) / 32_768.0)).collect()
}
