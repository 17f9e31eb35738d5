//! Equal steps of networks that are in use at the same time, held once.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::network::{Network, Step};

/// The steps of networks of one kind, as long as one of them has them.
#[derive(Default)]
pub(crate) struct KnownSteps {
    /// By their place in the network.
    places: Mutex<Vec<Vec<Weak<Step>>>>,
}

impl KnownSteps {
    /// Lets the network hold each step that is known in its place instead of its own equal one.
    pub(crate) fn share(&self, network: &mut Network) {
        // What a panicking thread left is whole: lists of steps.
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let fewest = places.len().max(network.steps.len());
        places.resize_with(fewest, Vec::new);
        for (step, known) in network.steps.iter_mut().zip(places.iter_mut()) {
            known.retain(|other| other.strong_count() > 0);
            match known.iter().filter_map(Weak::upgrade).find(|other| **other == **step) {
                Some(equal) => *step = equal,
                None => known.push(Arc::downgrade(step)),
            }
        }
    }
}
