//! What the crate promises about files and rates.

#[cfg(feature = "coded")]
mod coded;
mod codings;
mod damaged;
mod files;
#[cfg(feature = "flac")]
mod flac;
mod hostile;
mod resampling;
mod signal;
mod wave;
