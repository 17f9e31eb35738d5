//! Listens to an hour of noise at full speed while the language changes 10,000 times in random order; tells how many models were
//! loaded for it and what memory it took.
//!
//! ```sh
//! cargo run --release --example swap_for_an_hour -- models
//! ```

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use polyspot::{ModelStore, Spotter};

const RATE_HZ: usize = 16_000;
const SECONDS: usize = 3_600;
const SWAPS: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "models".into());
    let mut store = ModelStore::new(8);
    store.add_folder(Path::new(&folder))?;
    let tags: Vec<String> = store.languages().map(str::to_owned).collect();
    let first = store.load(&tags[0])?;
    let mut spotter = Spotter::new(Arc::clone(&first))?;
    let mut random = 1u32;
    let mut draw = move || {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        random
    };
    let (mut pushed, mut heard, mut loaded) = (0usize, 0usize, vec![first]);
    let mut memory = Vec::new();
    for swap in 0..SWAPS {
        let end = SECONDS * RATE_HZ / SWAPS * (swap + 1);
        let slice: Vec<f32> = (pushed..end).map(|_| draw() as f32 / u32::MAX as f32 * 0.2 - 0.1).collect();
        for chunk in slice.chunks(320) {
            spotter.push(chunk, |d| heard += usize::from(d.end <= (pushed + slice.len()) as u64))?;
        }
        pushed = end;
        let model = store.load(&tags[draw() as usize % tags.len()])?;
        if loaded.iter().all(|other| !Arc::ptr_eq(other, &model)) {
            loaded.push(Arc::clone(&model));
        }
        spotter.swap(model)?;
        if swap % (SWAPS / 10) == 0 {
            memory.push(resident_kib());
        }
    }
    println!("{pushed} samples pushed, {SWAPS} swaps among {} languages, {heard} detections", tags.len());
    println!("{} models loaded; resident memory in KiB over time: {memory:?}", loaded.len());
    Ok(())
}

/// Resident memory of this process, where /proc tells it.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
