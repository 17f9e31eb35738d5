//! What the crate promises about files and rates.

#[cfg(feature = "compressed")]
mod compressed;
mod damaged;
mod files;
mod hostile;
mod resampling;
mod signal;
mod wave;
