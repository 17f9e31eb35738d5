//! Equal steps of networks that are in use at the same time, held once.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use polyspot_core::Network;
use polyspot_core::kernel::Step;

/// The steps of networks of one kind, as long as one of them has them.
#[derive(Default)]
pub(super) struct WeightCache {
    /// By their place in the network.
    places: Mutex<Vec<Vec<Weak<Step>>>>,
}

impl WeightCache {
    /// Lets the network hold each step that is known in its place instead of its own equal one.
    pub(super) fn share(&self, network: &mut Network) {
        // What a panicking thread left is whole: lists of steps.
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let fewest = places.len().max(network.steps().len());
        places.resize_with(fewest, Vec::new);
        for (index, known) in places.iter_mut().enumerate().take(network.steps().len()) {
            known.retain(|other| other.strong_count() > 0);
            let is_known =
                known.iter().filter_map(Weak::upgrade).any(|other| network.share_step(index, &other));
            if !is_known {
                known.push(Arc::downgrade(&network.steps()[index]));
            }
        }
    }
}
