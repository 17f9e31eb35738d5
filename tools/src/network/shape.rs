//! The network's hyperparameters: one block of numbers, saved in every checkpoint.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use crate::bounds;

/// Shape of the causal temporal network.
///
/// MFCC frames `[coefficients, T]` → stem convolution → depthwise-separable blocks → mean over the last
/// `pool_steps` → one linear head per language. All convolutions are causal: they are padded on the left by
/// `kernel - stride`, so output `j` rests on the inputs up to `(j + 1) * stride - 1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkShape {
    /// Coefficients of one frame.
    pub(crate) coefficients: usize,
    /// The first convolution, over all coefficients.
    pub(crate) stem: ConvShape,
    /// Depthwise convolution, pointwise convolution, normalisation, `ReLU`; residual where shapes allow.
    pub(crate) blocks: Vec<ConvShape>,
    /// Steps averaged into one posterior.
    pub(crate) pool_steps: usize,
    /// Channels of the bottleneck that a language grafts behind each block; 0, or none at the end, is no graft.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) grafts: Vec<usize>,
    /// Channels of the network that a language has beside the blocks; 0 is none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) side: usize,
}

/// For the file, which says nothing of what is not there.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_none(channels: &usize) -> bool {
    *channels == 0
}

/// Shape of one convolution over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConvShape {
    /// Channels it makes.
    pub(crate) channels: usize,
    /// Taps in time.
    pub(crate) kernel: usize,
    /// Steps from one output to the next.
    pub(crate) stride: usize,
}

/// Most parameters of a network with its heads: fifty times those of a shipped one.
const MOST_PARAMETERS: usize = 1 << 22;

impl NetworkShape {
    /// Checks that a network of this shape, with heads for so many classes in all, can be made: a file may say anything.
    ///
    /// # Errors
    /// The first number that is out of range.
    pub(crate) fn check(&self, classes: usize) -> Result<()> {
        let within = |what: &str, found: usize, most| bounds::within("network", what, found, 1..=most);
        within("coefficients", self.coefficients, 512)?;
        within("pool_steps", self.pool_steps, 10_000)?;
        ensure!(self.blocks.len() <= 100, "expected at most 100 blocks, found {}", self.blocks.len());
        let mut stride = 1;
        for conv in [&self.stem].into_iter().chain(&self.blocks) {
            within("channels", conv.channels, 4_096)?;
            within("kernel", conv.kernel, 1_000)?;
            within("stride", conv.stride, conv.kernel)?;
            stride *= conv.stride;
            within("stride in all", stride, 1_000)?;
        }
        let (blocks, grafts) = (self.blocks.len(), self.grafts.len());
        ensure!(grafts <= blocks, "expected grafts behind at most {blocks} blocks, found {grafts}");
        for channels in &self.grafts {
            bounds::within("network", "grafts", *channels, 0..=4_096)?;
        }
        bounds::within("network", "side", self.side, 0..=4_096)?;
        let sided = self.side == 0 || self.side_blocks().next().is_some();
        ensure!(sided, "expected a residual block beside which the side network is, found none");
        // Each number is small now: nothing overflows.
        let stem = self.stem.channels * (self.coefficients * self.stem.kernel + 4);
        let blocks =
            self.blocks_with_inputs().map(|(inputs, block)| inputs * (block.kernel + block.channels));
        let grafts: usize = (0..self.blocks.len()).map(|block| self.graft_parameters(block)).sum();
        let parameters = stem
            + blocks.sum::<usize>()
            + grafts
            + self.side_parameters()
            + classes.saturating_mul(self.features() + 1);
        within("parameters", parameters, MOST_PARAMETERS)
    }
}

impl Default for NetworkShape {
    /// The shape of the shipped base and of what is adapted from it.
    fn default() -> Self {
        let block = |kernel, stride| ConvShape { channels: 192, kernel, stride };
        Self {
            coefficients: 40,
            stem: ConvShape { channels: 64, kernel: 5, stride: 2 },
            // The last posterior rests on 1.4 s: a word and the pause before it.
            blocks: vec![
                block(5, 2),
                block(5, 1),
                block(5, 1),
                block(7, 1),
                block(7, 1),
                block(9, 1),
                block(9, 1),
            ],
            pool_steps: 1,
            grafts: Vec::new(),
            side: 0,
        }
    }
}

impl NetworkShape {
    /// Frames from one posterior to the next.
    pub(crate) fn stride_frames(&self) -> usize {
        self.stem.stride * self.blocks.iter().map(|b| b.stride).product::<usize>()
    }

    /// Frames that a posterior is of: all that the network looks back at.
    pub(crate) fn view_frames(&self) -> usize {
        let stem = (self.stem.kernel, self.stem.stride);
        let (mut frames, mut stride) = (1, 1);
        for (kernel, own_stride) in
            std::iter::once(stem).chain(self.blocks.iter().map(|b| (b.kernel, b.stride)))
        {
            frames += (kernel - 1) * stride;
            stride *= own_stride;
        }
        frames + (self.pool_steps - 1) * stride
    }

    /// Frames averaged into one posterior.
    pub(crate) fn window_frames(&self) -> usize {
        self.pool_steps * self.stride_frames()
    }

    /// Channels of the bottleneck behind a block; 0 is no graft.
    pub(crate) fn graft(&self, block: usize) -> usize {
        self.grafts.get(block).copied().unwrap_or(0)
    }

    /// Numbers of the graft behind a block.
    pub(crate) fn graft_parameters(&self, block: usize) -> usize {
        self.graft(block) * (2 * self.blocks[block].channels + 1)
    }

    /// The residual blocks, whose outputs the side network reads: all of the same time, and of as many channels.
    pub(crate) fn side_blocks(&self) -> impl Iterator<Item = usize> {
        let others =
            self.blocks_with_inputs().enumerate().filter(|(_, (inputs, block))| !block.is_residual(*inputs));
        others.last().map_or(0, |(last, _)| last + 1)..self.blocks.len()
    }

    /// Numbers of the side network.
    pub(crate) fn side_parameters(&self) -> usize {
        let (side, features) = (self.side, self.features());
        let each = side * (side + 1) + side * features;
        2 * side * features + self.side_blocks().count() * each
    }

    /// The base's shape: without what is one language's.
    pub(crate) fn of_base(&self) -> Self {
        Self { grafts: Vec::new(), side: 0, ..self.clone() }
    }

    /// Whether its operations are the base's.
    pub(crate) fn is_of_base(&self) -> bool {
        *self == self.of_base()
    }

    /// Channels that the head sees.
    pub(crate) fn features(&self) -> usize {
        self.blocks.last().map_or(self.stem.channels, |block| block.channels)
    }

    /// The blocks with the channels each takes in.
    pub(crate) fn blocks_with_inputs(&self) -> impl Iterator<Item = (usize, &ConvShape)> {
        let inputs = std::iter::once(self.stem.channels).chain(self.blocks.iter().map(|b| b.channels));
        inputs.zip(&self.blocks)
    }
}

impl ConvShape {
    /// Whether a block that takes `inputs` channels adds its input to its output.
    pub(crate) fn is_residual(&self, inputs: usize) -> bool {
        inputs == self.channels && self.stride == 1
    }
}
