//! Hears words on a Cortex-M4F as the machine hears them that compiled the program, and says what it takes.
//!
//! `cargo run --release` in this folder runs it in QEMU; it fails where it hears anything else.

#![no_std]
#![no_main]

extern crate alloc;

mod model;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_semihosting::{debug, hprintln};
use panic_semihosting as _;
use polyspot_core::simd::Instructions;
use polyspot_core::{Detection, Network, Spotter, StreamModel};
use static_alloc::Bump;

#[global_allocator]
static HEAP: Bump<[u8; HEAP_BYTES]> = Bump::uninit();

const HEAP_BYTES: usize = 2 << 20;
const RATE_HZ: usize = 16_000;
/// What a driver would hand over at once: 10 ms.
const SLICE_SAMPLES: usize = 160;
/// The board's timer runs at 25 MHz, and an instruction takes a nanosecond in QEMU with `-icount shift=0`.
const INSTRUCTIONS_PER_TICK: u64 = 40;
const LARGEST_TICK: u32 = 0x00ff_ffff;
/// Most that a score may differ.
const TOLERANCE: f32 = 1e-4;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut timer = cortex_m::Peripherals::take().expect("the first to take them").SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(LARGEST_TICK);
    timer.clear_current();
    timer.enable_counter();
    let outcome = listen().map(|heard| is_expected(&heard));
    debug::exit(if outcome == Ok(true) { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

/// Hears the recording.
fn listen() -> Result<Vec<Detection>, ()> {
    let start = heap_top();
    let said = |error: &dyn core::fmt::Display| hprintln!("{}", error);
    let network = Network::new(&model::description(), Instructions::best()).map_err(|error| said(&error))?;
    let model = StreamModel::new(model::spec(), network).map_err(|error| said(&error))?;
    let model_bytes = heap_top() - start;
    let mut spotter = Spotter::new(Arc::new(model)).map_err(|error| said(&error))?;
    let stream_bytes = heap_top() - start - model_bytes;
    let (mut heard, mut ticks) = (Vec::new(), 0);
    let mut samples = [0.0; SLICE_SAMPLES];
    for slice in model::SAMPLES.chunks(SLICE_SAMPLES) {
        for (sample, &integer) in samples.iter_mut().zip(slice) {
            *sample = f32::from(integer) / 32_768.0;
        }
        let before = SYST::get_current();
        heard.extend(spotter.push(&samples[..slice.len()]).map_err(|error| said(&error))?);
        // The timer counts down.
        ticks += u64::from(before.wrapping_sub(SYST::get_current()) & LARGEST_TICK);
    }
    heard.extend(spotter.flush().map_err(|error| said(&error))?);
    let per_second = ticks * INSTRUCTIONS_PER_TICK * RATE_HZ as u64 / model::SAMPLES.len() as u64;
    hprintln!("memory: {} bytes for the model, {} for the stream", model_bytes, stream_bytes);
    hprintln!("instructions for a second of sound: {}", per_second);
    Ok(heard)
}

/// Where the next piece of memory is: one after the other is given out, and none is taken back.
fn heap_top() -> usize {
    core::ptr::from_ref(&*Box::new(0u64)).addr()
}

/// Whether this was expected; shows both.
fn is_expected(heard: &[Detection]) -> bool {
    let mut is_same = heard.len() == model::EXPECTED.len() && !heard.is_empty();
    for Detection { keyword, score, start, end, .. } in heard {
        hprintln!("heard {} ({:.6}), samples {} to {}", keyword, score, start, end);
    }
    for (heard, expected) in heard.iter().zip(&model::EXPECTED) {
        let (keyword, score, start, end) = *expected;
        hprintln!("expected {} ({:.6}), samples {} to {}", keyword, score, start, end);
        is_same &= (&*heard.keyword, heard.start, heard.end) == (keyword, start, end)
            && (heard.score - score).abs() <= TOLERANCE;
    }
    hprintln!("{}", if is_same { "as expected" } else { "NOT as expected" });
    is_same
}
