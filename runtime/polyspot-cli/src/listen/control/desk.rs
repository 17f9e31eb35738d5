//! What was asked for and is not done yet.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::request::Request;

/// Wishes of a moment: of each kind the last one, however many there were.
#[derive(Default)]
pub(super) struct Wishes {
    /// To listen in these languages.
    pub(super) languages: Option<Vec<String>>,
    /// To read the models again.
    pub(super) reload: bool,
    /// To note that the last detection was none.
    pub(super) wrong: bool,
    /// To do what a wake word does.
    pub(super) arm: bool,
    /// A line that could not be understood.
    pub(super) refused: Option<anyhow::Error>,
    /// How many they were.
    pub(super) count: u64,
}

impl Wishes {
    /// Notes what a line asks for.
    pub(super) fn note(&mut self, request: anyhow::Result<Request>) {
        self.count += 1;
        match request {
            Ok(Request::Languages(tags)) => self.languages = Some(tags),
            Ok(Request::Wrong) => self.wrong = true,
            Ok(Request::Arm) => self.arm = true,
            Err(error) => self.refused = Some(error),
        }
    }

    fn is_none(&self) -> bool {
        self.languages.is_none() && !self.reload && !self.wrong && !self.arm && self.refused.is_none()
    }

    /// Adds those that came later.
    fn add(&mut self, later: Self) {
        self.languages = later.languages.or_else(|| self.languages.take());
        self.refused = later.refused.or_else(|| self.refused.take());
        self.reload |= later.reload;
        self.wrong |= later.wrong;
        self.arm |= later.arm;
        self.count += later.count;
    }
}

/// Where wishes wait, between those who have them and the thread that fulfils them. It holds one of each kind at most.
#[derive(Default)]
pub(crate) struct Desk {
    wishes: Mutex<Wishes>,
    changed: Condvar,
}

impl Desk {
    /// Leaves wishes.
    pub(super) fn ask(&self, wishes: Wishes) {
        self.lock().add(wishes);
        self.changed.notify_one();
    }

    /// Takes all wishes; waits for one, if `patience` is given only for so long.
    pub(super) fn take(&self, patience: Option<Duration>) -> Wishes {
        let wishes = self.lock();
        let none = |wishes: &mut Wishes| wishes.is_none();
        let mut wishes = match patience {
            None => self.changed.wait_while(wishes, none).unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let outcome = self.changed.wait_timeout_while(wishes, patience, none);
                outcome.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        std::mem::take(&mut *wishes)
    }

    fn lock(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn of_a_burst_the_last_of_each_kind_counts() {
        let desk = Desk::default();
        for tag in ["ar", "zh"] {
            let mut wishes = Wishes::default();
            for _ in 0..1_000 {
                wishes.note(Err(anyhow!("not understood")));
                wishes.note(Ok(Request::Languages(vec![tag.to_owned()])));
            }
            desk.ask(wishes);
        }
        desk.ask(Wishes { wrong: true, count: 1, ..Wishes::default() });
        let wishes = desk.take(None);
        assert_eq!(wishes.languages, Some(vec!["zh".to_owned()]));
        assert!(wishes.wrong && wishes.refused.is_some() && !wishes.reload);
        assert_eq!(wishes.count, 4_001);
        assert!(desk.take(Some(Duration::ZERO)).is_none(), "all were taken");
    }
}
