//! Things that JavaScript holds by a number.

/// Things of one kind. No number is given twice, so that one which was given back means nothing else later.
pub(crate) struct Handles<T> {
    kind: &'static str,
    /// In the order of their numbers.
    things: Vec<(u32, T)>,
    last: u32,
}

impl<T> Handles<T> {
    pub(crate) fn new(kind: &'static str) -> Self {
        Self { kind, things: Vec::new(), last: 0 }
    }

    /// The number of a new thing, above 0.
    pub(crate) fn add(&mut self, thing: T) -> u32 {
        self.last += 1;
        self.things.push((self.last, thing));
        self.last
    }

    pub(crate) fn find(&mut self, handle: u32) -> Result<&mut T, String> {
        match self.place(handle) {
            Some(place) => Ok(&mut self.things[place].1),
            None => Err(format!("expected a {} in use, found one that was freed", self.kind)),
        }
    }

    /// Gives a thing back; again and again is no error.
    pub(crate) fn free(&mut self, handle: u32) {
        if let Some(place) = self.place(handle) {
            self.things.remove(place);
        }
    }

    fn place(&self, handle: u32) -> Option<usize> {
        self.things.binary_search_by_key(&handle, |(number, _)| *number).ok()
    }
}
