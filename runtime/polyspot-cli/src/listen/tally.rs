//! How often each keyword was heard.

use std::sync::Arc;

/// Detections of each keyword, in the order in which models brought them.
#[derive(Default)]
pub(super) struct Tally(Vec<(Arc<str>, u64)>);

impl Tally {
    /// Gives keywords that are new a count.
    pub(super) fn admit<'a>(&mut self, keywords: impl IntoIterator<Item = &'a str>) {
        for name in keywords {
            if self.0.iter().all(|(keyword, _)| **keyword != *name) {
                self.0.push((name.into(), 0));
            }
        }
    }

    /// Counts a detection.
    pub(super) fn count(&mut self, keyword: &str) {
        if let Some((_, count)) = self.0.iter_mut().find(|(known, _)| **known == *keyword) {
            *count += 1;
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    pub(super) fn by_keyword(&self) -> Vec<(&str, u64)> {
        self.0.iter().map(|(keyword, count)| (&**keyword, *count)).collect()
    }
}
