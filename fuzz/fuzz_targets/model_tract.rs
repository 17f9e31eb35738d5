//! A model file, by tract: opened and, if it is accepted, listened with.
#![no_main]

#[path = "../models.rs"]
mod models;
use models::{based_networks, hostile, networks};

use hostile::Way;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    models::mutate(Way::Tract, data, size, max_size, seed)
});

// What panics in tract is to become an error: libFuzzer's hook would end the process before that. What is not caught still ends it.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |data: &[u8]| {
    let _ = hostile::open(Way::Tract, data);
});
