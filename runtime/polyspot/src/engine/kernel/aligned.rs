//! Numbers that begin on a cache line, so that no vector load straddles two.

/// Bytes of a cache line.
const LINE: usize = 64;

/// A fixed row of numbers that begins on a cache line; by default an empty one, which allocates nothing.
#[derive(Default)]
pub(super) struct Aligned {
    /// A line's length more than there are numbers.
    room: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// So many zeros.
    pub(super) fn zeros(len: usize) -> Self {
        let room = vec![0.0; len + LINE / size_of::<f32>()];
        let start = room.as_ptr().align_offset(LINE).min(room.len() - len);
        Self { room, start, len }
    }

    /// These numbers, and zeros after them: `len` in all.
    ///
    /// # Panics
    /// If `len < values.len()`.
    pub(super) fn padded(values: &[f32], len: usize) -> Self {
        let mut aligned = Self::zeros(len);
        aligned.values_mut()[..values.len()].copy_from_slice(values);
        aligned
    }

    /// Adds other numbers to the first ones.
    pub(super) fn add(&mut self, others: &[f32]) {
        self.values_mut().iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
    }

    pub(super) fn values(&self) -> &[f32] {
        &self.room[self.start..self.start + self.len]
    }

    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.room[self.start..self.start + self.len]
    }
}

impl From<&[f32]> for Aligned {
    fn from(values: &[f32]) -> Self {
        Self::padded(values, values.len())
    }
}

impl PartialEq for Aligned {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}
