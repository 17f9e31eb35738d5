//! What the crate promises about files and rates.

#[cfg(feature = "coded")]
mod coded;
mod damaged;
mod files;
mod hostile;
mod resampling;
mod signal;
mod wave;
