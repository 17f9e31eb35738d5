//! A stream of words over noise while the language changes over and over, against the same stream without changes. Used by the
//! tests, for a minute, and by the example `swap_for_an_hour`.

use std::error::Error;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use polyspot::{Detection, Model, ModelStore, Spotter};

pub(crate) const RATE_HZ: usize = 16_000;
/// A period begins with swaps …
const RESTLESS: Range<usize> = 0..3 * RATE_HZ;
/// … and goes on without: these detections, by their ends, are the language's own. Before, its detector has not yet heard all
/// that it averages; after, the next period's swaps may hasten it.
const QUIET: Range<usize> = 11 * RATE_HZ / 2..17 * RATE_HZ / 2;
pub(crate) const PERIOD: usize = 10 * RATE_HZ;
/// From one word's beginning to the next.
const WORD: usize = 8 * RATE_HZ / 5;
/// Samples pushed at once, as by a microphone.
const SLICE: usize = 320;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) samples: usize,
    pub(crate) swaps: usize,
    pub(crate) models_loaded: usize,
    /// Detections in stretches away from swaps, with and without swaps.
    pub(crate) away_from_swaps: [Vec<Detection>; 2],
    /// All detections.
    pub(crate) detections: usize,
}

/// Numbers that look random and are the same each time.
pub(crate) struct Draw(u32);

impl Draw {
    pub(crate) fn new(seed: usize) -> Self {
        Self((seed as u32).wrapping_mul(2_654_435_761) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % end
    }
}

/// The words to be spoken: every clip of these folders, in the order of their names.
pub(crate) fn clips(folders: &[&Path]) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let (mut folders, mut paths) = (folders.iter().map(|f| f.to_path_buf()).collect::<Vec<_>>(), Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    paths.sort();
    let read = |path| -> Result<Vec<f32>, Box<dyn Error>> {
        let mut wav = hound::WavReader::open(path)?;
        Ok(wav
            .samples::<i16>()
            .map(|sample| Ok(f32::from(sample?) / 32_768.0))
            .collect::<Result<_, hound::Error>>()?)
    };
    paths.into_iter().map(read).collect()
}

/// A period of the stream: words over noise.
fn audio(clips: &[Vec<f32>], period: usize) -> Vec<f32> {
    let mut draw = Draw::new(period + 1);
    let loudness = 0.002 + 0.000_01 * draw.below(800) as f32;
    let mut audio: Vec<f32> =
        (0..PERIOD).map(|_| loudness * (draw.below(20_001) as f32 / 10_000.0 - 1.0)).collect();
    for start in (0..=PERIOD - RATE_HZ).step_by(WORD) {
        let clip = &clips[draw.below(clips.len())];
        audio[start..].iter_mut().zip(clip).for_each(|(sample, word)| *sample += word);
    }
    audio
}

/// What one language hears when nothing is swapped.
fn without_swaps(
    model: Arc<Model>,
    clips: &[Vec<f32>],
    periods: usize,
) -> Result<Vec<Detection>, Box<dyn Error>> {
    let mut heard = Vec::new();
    let mut spotter = Spotter::new(model)?;
    for period in 0..periods {
        for slice in audio(clips, period).chunks(SLICE) {
            heard.extend(spotter.push(slice)?);
        }
    }
    heard.extend(spotter.flush()?);
    Ok(heard)
}

/// Listens to so many periods with so many swaps among the store's languages. `at_period` is called at the end of each.
pub(crate) fn listen(
    store: &ModelStore,
    clips: &[Vec<f32>],
    periods: usize,
    swaps: usize,
    mut at_period: impl FnMut(usize),
) -> Result<Outcome, Box<dyn Error>> {
    let languages: Vec<String> = store.languages().map(str::to_owned).collect();
    let alone = languages
        .iter()
        .map(|language| without_swaps(store.load(language)?, clips, periods))
        .collect::<Result<Vec<_>, _>>()?;
    let mut draw = Draw::new(0);
    let mut current = 0;
    let mut loaded = vec![store.load(&languages[current])?];
    let mut spotter = Spotter::new(Arc::clone(&loaded[0]))?;
    let (mut outcome, mut heard) = (Outcome::default(), Vec::new());
    for period in 0..periods {
        let audio = audio(clips, period);
        let count = swaps * (period + 1) / periods - swaps * period / periods;
        let mut places: Vec<usize> = (0..count).map(|_| draw.below(RESTLESS.end)).collect();
        places.sort_unstable();
        let mut from = 0;
        for place in places {
            push(&mut spotter, &audio[from..place], &mut heard)?;
            from = place;
            current = draw.below(languages.len());
            let model = store.load(&languages[current])?;
            if loaded.iter().all(|other| !Arc::ptr_eq(other, &model)) {
                loaded.push(Arc::clone(&model));
            }
            spotter.swap(model)?;
            outcome.swaps += 1;
        }
        push(&mut spotter, &audio[from..], &mut heard)?;
        outcome.samples += audio.len();
        let start = (period * PERIOD) as u64;
        let quiet = start + QUIET.start as u64..start + QUIET.end as u64;
        let is_quiet = |detection: &&Detection| quiet.contains(&detection.end);
        outcome.away_from_swaps[0].extend(heard.iter().filter(is_quiet).cloned());
        outcome.away_from_swaps[1].extend(alone[current].iter().filter(is_quiet).cloned());
        outcome.detections += heard.len();
        heard.clear();
        at_period(period);
    }
    outcome.models_loaded = loaded.len();
    Ok(outcome)
}

fn push(spotter: &mut Spotter, samples: &[f32], heard: &mut Vec<Detection>) -> Result<(), Box<dyn Error>> {
    for slice in samples.chunks(SLICE) {
        heard.extend(spotter.push(slice)?);
    }
    Ok(())
}
