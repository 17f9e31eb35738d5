//! What the targets that open models have in common: the test suite's own opener and its own changes of models.

#[path = "../runtime/polyspot/tests/promises/based_networks.rs"]
pub mod based_networks;
#[path = "../runtime/polyspot/tests/promises/hostile.rs"]
#[allow(dead_code, reason = "the test suite also says how it went")]
pub mod hostile;
#[path = "../runtime/polyspot/tests/promises/mutation/mod.rs"]
#[allow(dead_code, reason = "the test suite has changes of any size")]
pub mod mutation;
#[path = "../runtime/polyspot/tests/promises/networks.rs"]
pub mod networks;

use std::path::Path;
use std::sync::LazyLock;

use hostile::{Original, Way, originals};
use mutation::{Dice, mutant};

static ORIGINALS: LazyLock<Vec<Original>> = LazyLock::new(|| {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // Small ones only: the shipped models are thirty times as large, and the example `hostile_models` has them.
    originals(&repository)
        .expect("the repository's models")
        .into_iter()
        .filter(|o| o.bytes.len() < 50_000)
        .collect()
});

/// Most things that a change adds, lest files become too large for libFuzzer.
const MOST_ADDED: usize = 400;

/// Half of the time libFuzzer changes bytes; else what the file says is changed, or that of a sound file.
pub fn mutate(way: Way, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice::with_counts_to(MOST_ADDED, seed.into());
    if dice.below(2) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let sound: Vec<&Original> = ORIGINALS.iter().filter(|original| original.way == way).collect();
    let original = sound[dice.below(sound.len())];
    let from = if dice.below(4) == 0 { &original.bytes } else { &data[..size] };
    let (bytes, _) = mutant(from, &mut dice);
    if bytes.len() > max_size {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
}
