//! A network of the kernel's family, of whatever shape.

use std::fmt;

use proptest::prelude::*;

use crate::networks::network;

pub(crate) struct AnyNetwork {
    /// Its file.
    pub(crate) bytes: Vec<u8>,
    /// Its shape, in words.
    pub(crate) name: String,
}

impl fmt::Debug for AnyNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

pub(crate) fn any_network() -> impl Strategy<Value = AnyNetwork> {
    let block = || (1..70usize, 2..7usize, 1..3usize);
    let blocks = prop::collection::vec(block(), 0..4);
    (block(), blocks, any::<bool>(), 2..25usize, 2..45usize, any::<u32>()).prop_map(
        |(stem, blocks, twins, window, labels, seed)| {
            // Equal neighbours, so that there are residuals.
            let twice = |b: (usize, usize, usize)| if twins { vec![b, (b.0, b.1, 1)] } else { vec![b] };
            let blocks: Vec<_> = blocks.into_iter().flat_map(twice).collect();
            let name = format!("{stem:?} {blocks:?}, window {window}, {labels} labels, seed {seed}");
            AnyNetwork { bytes: network(stem, &blocks, window, labels, seed), name }
        },
    )
}
