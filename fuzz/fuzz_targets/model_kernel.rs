//! A model file, by the kernel: opened and, if it is accepted, listened with.
#![no_main]

#[path = "../models.rs"]
mod models;
use models::{based_networks, hostile, networks};

use hostile::Way;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    models::mutate(Way::Kernel, data, size, max_size, seed)
});

fuzz_target!(|data: &[u8]| {
    let _ = hostile::open(Way::Kernel, data);
});
