//! An adapter, fused into its base while it is loaded.
#![no_main]

#[path = "../models.rs"]
mod models;
use models::{based_networks, hostile, networks};

use hostile::Way;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    models::mutate(Way::Adapter, data, size, max_size, seed)
});

fuzz_target!(|data: &[u8]| {
    let _ = hostile::open(Way::Adapter, data);
});
