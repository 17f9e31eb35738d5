//! The parts of the network that a language can change, each as a whole.

use super::shape::NetworkShape;
use super::weights::Weights;

/// A kernel with the normalisation that follows it, if one does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) name: String,
    /// Which part of the network it is in: 0 is the stem, 1 the first block.
    pub(crate) part: usize,
    /// Slot of the kernel.
    pub(crate) kernel: usize,
    pub(crate) norm: Option<Norm>,
}

/// Slots of a normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Norm {
    pub(crate) scale: usize,
    pub(crate) shift: usize,
    pub(crate) mean: usize,
    pub(crate) variance: usize,
}

impl Layer {
    /// The layers before the head, from the input on.
    pub(crate) fn all(shape: &NetworkShape, weights: &Weights) -> Vec<Self> {
        let norm = |layer: &str| {
            let slot = |part: &str| weights.index(&format!("{layer}.norm.{part}"));
            Norm {
                scale: slot("scale"),
                shift: slot("shift"),
                mean: slot("mean"),
                variance: slot("variance"),
            }
        };
        let layer =
            |name: &str, part, norm| Self { name: name.to_owned(), part, kernel: weights.index(name), norm };
        let mut layers = vec![layer("stem.weight", 0, Some(norm("stem")))];
        for index in 0..shape.blocks.len() {
            let block = format!("blocks.{index}");
            layers.push(layer(&format!("{block}.depthwise"), index + 1, None));
            layers.push(layer(&format!("{block}.pointwise"), index + 1, Some(norm(&block))));
        }
        layers
    }

    /// All its slots.
    pub(crate) fn slots(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.kernel).chain(self.norm_slots())
    }

    /// Slots of its normalisation.
    pub(crate) fn norm_slots(&self) -> impl Iterator<Item = usize> + use<> {
        self.norm.into_iter().flat_map(|norm| [norm.scale, norm.shift, norm.mean, norm.variance])
    }

    /// Slots of its running statistics.
    pub(crate) fn statistics(&self) -> impl Iterator<Item = usize> + use<> {
        self.norm.into_iter().flat_map(|norm| [norm.mean, norm.variance])
    }

    /// Name of the numbers that multiply its output, channel by channel.
    pub(crate) fn rows_name(&self) -> String {
        format!("{}.rows", self.name)
    }

    /// Slots whose rows these numbers multiply: the normalisation's scale and shift or, without one, the kernel.
    pub(crate) fn row_slots(&self) -> impl Iterator<Item = usize> + use<> {
        let slots = self.norm.map_or(vec![self.kernel], |norm| vec![norm.scale, norm.shift]);
        slots.into_iter()
    }

    /// Names of everything that may change in it.
    pub(crate) fn slot_names(&self, weights: &Weights) -> impl Iterator<Item = String> {
        let slots = self.slots().map(|slot| weights.slots[slot].name.clone());
        slots.chain([self.rows_name()]).collect::<Vec<_>>().into_iter()
    }
}
