//! What a node of a graph can compute: the one list of operations and their attributes.

/// An operation with the attributes that say how. Everything else is refused, so that no file can
/// make an engine read other files, loop or branch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// The sum of two signals, or of one and a tensor.
    Add,
    /// The mean over a window of time.
    AveragePool {
        /// What of.
        window: Window,
        /// Whether a last window that is not whole counts; 0 is no.
        ceil_mode: i64,
        /// Whether padding counts as values; 0 is no.
        count_include_pad: i64,
    },
    /// A normalisation with fixed statistics: scale, shift, mean and variance are its inputs. Only a
    /// base has it: it is folded into the convolution before it.
    BatchNormalization {
        /// Added to the variance.
        epsilon: f32,
    },
    /// Values below or above two tensors become these.
    Clip,
    /// A convolution over time of a signal with weights `[outputs, inputs / groups, taps]`, and a
    /// bias `[outputs]` if there is one.
    Conv {
        /// What of.
        window: Window,
        /// Parts of the channels, each of which is by itself.
        groups: i64,
    },
    /// Its input.
    Identity,
    /// The product of two signals, or of one and a tensor.
    Mul,
    /// Steps before and after a signal, as many as an integer tensor says.
    Pad {
        /// What is put there; nothing is "constant".
        mode: String,
    },
    /// Negative values become 0.
    Relu,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The softmax over one of the three axes.
    Softmax {
        /// Which; 1 are the channels. Negative ones count from the end.
        axis: i64,
    },
    /// The difference of two signals, or of one and a tensor.
    Sub,
}

/// The steps of time that an operation sees at once.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Window {
    /// How many; 0 are as many as the weights have.
    pub taps: i64,
    /// Steps from one window to the next.
    pub stride: i64,
    /// Steps from one of its steps to the next.
    pub dilation: i64,
    /// Zeros before the signal and after it.
    pub pads: [i64; 2],
    /// Who else says how much padding there is; nobody does where it is empty or "NOTSET".
    pub auto_pad: String,
}

/// An attribute in its place.
pub(in crate::model) enum Attribute<'a> {
    Float(&'a mut f32),
    Int(&'a mut i64),
    Ints(&'a mut [i64]),
    Text(&'a mut String),
}

impl Operation {
    /// Every operation, with ONNX's defaults, by ONNX's name.
    pub(in crate::model) fn all() -> [(&'static str, Self); 12] {
        let window = || Window { taps: 0, stride: 1, dilation: 1, pads: [0, 0], auto_pad: String::new() };
        [
            ("Add", Self::Add),
            ("AveragePool", Self::AveragePool { window: window(), ceil_mode: 0, count_include_pad: 0 }),
            ("BatchNormalization", Self::BatchNormalization { epsilon: 1e-5 }),
            ("Clip", Self::Clip),
            ("Conv", Self::Conv { window: window(), groups: 1 }),
            ("Identity", Self::Identity),
            ("Mul", Self::Mul),
            ("Pad", Self::Pad { mode: String::new() }),
            ("Relu", Self::Relu),
            ("Sigmoid", Self::Sigmoid),
            ("Softmax", Self::Softmax { axis: -1 }),
            ("Sub", Self::Sub),
        ]
    }

    /// ONNX's name.
    pub fn name(&self) -> &'static str {
        let kind = std::mem::discriminant(self);
        Self::all()
            .iter()
            .find(|(_, other)| std::mem::discriminant(other) == kind)
            .map_or("", |(name, _)| name)
    }

    /// The attributes, by ONNX's names, in no order.
    pub(in crate::model) fn attributes(&mut self) -> Vec<(&'static str, Attribute<'_>)> {
        let (own, window) = match self {
            Self::AveragePool { window, ceil_mode, count_include_pad } => {
                let counts = [("ceil_mode", ceil_mode), ("count_include_pad", count_include_pad)];
                (Vec::from(counts.map(|(name, value)| (name, Attribute::Int(value)))), Some(window))
            }
            Self::BatchNormalization { epsilon } => (vec![("epsilon", Attribute::Float(epsilon))], None),
            Self::Conv { window, groups } => (vec![("group", Attribute::Int(groups))], Some(window)),
            Self::Pad { mode } => (vec![("mode", Attribute::Text(mode))], None),
            Self::Softmax { axis } => (vec![("axis", Attribute::Int(axis))], None),
            Self::Add | Self::Clip | Self::Identity | Self::Mul | Self::Relu | Self::Sigmoid | Self::Sub => {
                (vec![], None)
            }
        };
        let mut all = own;
        if let Some(Window { taps, stride, dilation, pads, auto_pad }) = window {
            all.push(("auto_pad", Attribute::Text(auto_pad)));
            let numbers = [("dilations", dilation), ("kernel_shape", taps), ("strides", stride)];
            all.extend(numbers.map(|(name, n)| (name, Attribute::Ints(std::slice::from_mut(n)))));
            all.push(("pads", Attribute::Ints(pads)));
        }
        all
    }
}

impl Window {
    /// A window that sees nothing of what comes after it: padded by `taps - stride` zeros before the
    /// signal.
    pub fn causal(taps: usize, stride: usize) -> Self {
        let (taps, stride) = (taps as i64, stride as i64);
        Self { taps, stride, dilation: 1, pads: [taps - stride, 0], auto_pad: String::new() }
    }

    /// Whether `pads` says how much padding there is.
    pub(super) fn is_explicit(&self) -> bool {
        ["", "NOTSET"].contains(&self.auto_pad.as_str())
    }
}
