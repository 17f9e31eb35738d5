//! What the crate promises about files and rates.

#[cfg(feature = "compressed")]
mod compressed;
mod files;
mod resampling;
mod signal;
mod wave;
