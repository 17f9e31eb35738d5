//! The numbers of a network, as its steps read them.

use alloc::borrow::Cow;

use crate::simd::Aligned;

/// Numbers that steps read.
#[derive(Debug)]
pub(super) enum Weights {
    /// In memory, where they begin on a cache line.
    Owned(Aligned),
    /// Where the program has them: in a microcontroller's flash.
    Borrowed(&'static [f32]),
}

impl Weights {
    /// These numbers, and zeros after them, `len` in all: where they are, if the program has all of them.
    ///
    /// # Panics
    /// If `len < values.len()`.
    #[expect(clippy::ptr_arg, reason = "it matters whether the program has the numbers")]
    pub(super) fn padded(values: &Cow<'static, [f32]>, len: usize) -> Self {
        match values {
            Cow::Borrowed(values) if values.len() == len => Self::Borrowed(values),
            _ => Self::Owned(Aligned::padded(values, len)),
        }
    }

    #[inline(always)]
    pub(super) fn values(&self) -> &[f32] {
        match self {
            Self::Owned(aligned) => aligned.values(),
            Self::Borrowed(values) => values,
        }
    }
}

impl PartialEq for Weights {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}
