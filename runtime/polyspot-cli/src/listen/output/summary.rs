//! What the summary says of the detections: how often each keyword was heard.

use std::sync::Arc;

/// Detections of each keyword, in the order in which models brought them.
#[derive(Default)]
pub(crate) struct Summary(Vec<(Arc<str>, u64)>);

impl Summary {
    /// Gives keywords that are new a count.
    pub(crate) fn admit<'a>(&mut self, keywords: impl IntoIterator<Item = &'a str>) {
        for name in keywords {
            if self.0.iter().all(|(keyword, _)| **keyword != *name) {
                self.0.push((name.into(), 0));
            }
        }
    }

    /// Counts a detection.
    pub(crate) fn count(&mut self, keyword: &str) {
        if let Some((_, count)) = self.0.iter_mut().find(|(known, _)| **known == *keyword) {
            *count += 1;
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    pub(crate) fn by_keyword(&self) -> Vec<(&str, u64)> {
        self.0.iter().map(|(keyword, count)| (&**keyword, *count)).collect()
    }
}
