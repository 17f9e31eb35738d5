//! Microphones: finding them, opening them, and keeping one open whatever happens to it.
//!
//! ```text
//! audio callback: all channels ─ ring ─ Capture ─ Connection ─ whoever listens
//!                                          └──── closing
//! ```
//! The callback only fills the ring and wakes the listening thread. Opening and closing, which a driver can hold up for good, are
//! done on threads of their own.

mod capture;
mod closing;
mod connection;
mod find;
mod loss;
mod quiet;
mod ring;
#[cfg(target_os = "linux")]
mod sound_server;
mod stream;
mod workers;

pub(crate) use capture::NothingComes;
pub(crate) use connection::{Change, Connection, IDLE, Losses};
pub(crate) use find::{ADVICE, NoMicrophone, microphones};
pub(crate) use loss::LossMeter;
pub(crate) use ring::{Sink, ring};
pub(crate) use stream::{Input, OpenDevice, Opener, RING_SECONDS, opener};
