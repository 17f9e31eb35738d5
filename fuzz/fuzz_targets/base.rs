//! A base: a language is made an adapter of it and fused again.
#![no_main]

#[path = "../models.rs"]
mod models;
use models::{based_networks, hostile, networks};

use hostile::Way;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    models::mutate(Way::Base, data, size, max_size, seed)
});

fuzz_target!(|data: &[u8]| {
    let _ = hostile::open(Way::Base, data);
});
