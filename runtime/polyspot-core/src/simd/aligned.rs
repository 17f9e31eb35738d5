//! Numbers that begin on a cache line, so that no vector load straddles two.

use alloc::vec;
use alloc::vec::Vec;
use core::{any, fmt};

/// Bytes of a cache line.
const LINE: usize = 64;

/// A fixed row of numbers that begins on a cache line; by default an empty one, which allocates nothing.
#[derive(Default)]
pub(crate) struct Aligned<T = f32> {
    /// A line's length more than there are numbers.
    room: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// So many zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let room = vec![T::default(); len + LINE / size_of::<T>()];
        let start = room.as_ptr().align_offset(LINE).min(room.len() - len);
        Self { room, start, len }
    }

    /// These numbers, and zeros after them: `len` in all.
    ///
    /// # Panics
    /// If `len < values.len()`.
    pub(crate) fn padded(values: &[T], len: usize) -> Self {
        let mut aligned = Self::zeros(len);
        aligned.values_mut()[..values.len()].copy_from_slice(values);
        aligned
    }
}

impl<T> Aligned<T> {
    #[inline]
    pub(crate) fn values(&self) -> &[T] {
        &self.room[self.start..self.start + self.len]
    }

    #[inline]
    pub(crate) fn values_mut(&mut self) -> &mut [T] {
        &mut self.room[self.start..self.start + self.len]
    }
}

impl<T> fmt::Debug for Aligned<T> {
    /// How many there are: nobody reads all of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}; {}]", any::type_name::<T>(), self.len)
    }
}

impl<T: PartialEq> PartialEq for Aligned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}
