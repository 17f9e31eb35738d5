//! What a network is made of, for the kernel to pack.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A network of the family: layers, each of which reads the signal that the one before it makes.
///
/// Its numbers may lie in the program itself, such as in a microcontroller's flash: a network of a
/// [packed](NetworkDescription::packed) description reads them there and copies none.
///
/// Signal 0 is the input; layer `i` makes signal `i + 1`. The last one's is the output.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkDescription {
    /// Channels of the input: coefficients of a frame.
    pub coefficients: usize,
    /// The layers, in their order.
    pub layers: Vec<Layer>,
}

/// A layer of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What it is called.
    pub name: Cow<'static, str>,
    /// What it computes.
    pub operation: Operation,
}

/// What a layer computes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// `(x - mean) * scale`, channel by channel.
    Normalise {
        /// `[channels]`.
        mean: Cow<'static, [f32]>,
        /// `[channels]`.
        scale: Cow<'static, [f32]>,
    },
    /// A convolution over time.
    Convolve(Convolution),
    /// The softmax over the channels.
    Softmax,
}

/// A causal convolution over time, with what is added to it: bias, residual, `ReLU`.
///
/// Its padding is zeros before the first frame: `taps - stride` of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// `[outputs, inputs, taps]`, or `[channels, 1, taps]` of a depthwise one, unless they are packed.
    pub weights: Cow<'static, [f32]>,
    /// `[outputs]`; none is zeros.
    pub bias: Option<Cow<'static, [f32]>>,
    /// Channels of its output.
    pub outputs: usize,
    /// Times of its input that one output rests on.
    pub taps: usize,
    /// Times of its input from one output to the next: 1 to `taps`.
    pub stride: usize,
    /// Whether each channel rests on itself alone.
    pub is_depthwise: bool,
    /// A signal that is added before the `ReLU`, not to a depthwise convolution: an earlier one, of the same channels and times.
    pub residual: Option<usize>,
    /// Whether what is below 0 becomes 0.
    pub relu: bool,
    /// Where [`NetworkDescription::packed`] has put weights and bias in the order in which the kernel reads them: channels of a panel.
    pub packed_for: Option<usize>,
}

/// A description is not one of a network that the kernel can run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("layer {layer:?} must have {expected}, found {found}")]
pub struct NetworkError {
    layer: String,
    expected: String,
    found: String,
}

impl NetworkError {
    pub(super) fn new(layer: &str, expected: impl Into<String>, found: &dyn ToString) -> Self {
        Self { layer: layer.to_string(), expected: expected.into(), found: found.to_string() }
    }
}

impl Layer {
    /// Checks that there are `expected` of something.
    pub(super) fn check(&self, what: &str, expected: usize, found: usize) -> Result<(), NetworkError> {
        if found == expected {
            return Ok(());
        }
        Err(NetworkError::new(&self.name, format!("{expected} {what}"), &found))
    }
}
