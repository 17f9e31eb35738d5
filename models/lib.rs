//! The models that come with polyspot, as bytes: `polyspot::Model::from_bytes(polyspot_models::EN)`.
//!
//! What they were trained on, with its licences, their figures and their weaknesses are in the package's cards.

#![no_std]

/// English: ten commands.
pub const EN: &[u8] = include_bytes!("en.onnx");

/// Arabic: forty commands and digits.
pub const AR: &[u8] = include_bytes!("ar.onnx");

/// Mandarin: twelve words.
pub const ZH: &[u8] = include_bytes!("zh.onnx");

/// The network that all languages share, which `polyspot-tools` adapts (safetensors).
pub const BASE: &[u8] = include_bytes!("base.safetensors");

/// Models with a third of the weights and computation, for microcontrollers; they miss more.
pub mod tiny {
    /// English: ten commands.
    pub const EN: &[u8] = include_bytes!("tiny/en.onnx");

    /// Arabic: forty commands and digits.
    pub const AR: &[u8] = include_bytes!("tiny/ar.onnx");

    /// Mandarin: twelve words.
    pub const ZH: &[u8] = include_bytes!("tiny/zh.onnx");

    /// The network that they share, which `polyspot-tools` adapts (safetensors).
    pub const BASE: &[u8] = include_bytes!("tiny/base.safetensors");
}
