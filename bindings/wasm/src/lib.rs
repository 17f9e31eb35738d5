//! What JavaScript calls: models, spotters and front ends of the library, by their numbers.
//!
//! Nothing is imported, and no pointer that comes from outside is followed. Whatever is longer than a number crosses in buffers that
//! belong to this module: JavaScript asks for room, writes into it, and calls; it reads results where the module says that they are.
//! Text crosses as UTF-16, for an audio worklet has no decoder of UTF-8.

#[cfg(feature = "enrolment")]
mod enrolment;
mod exports;
mod handles;
mod session;
#[cfg(feature = "enrolment")]
mod takes;
