//! Threads for work that may never come back, used again where it does.

use std::cmp::Reverse;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// Work for a thread.
type Work = Box<dyn FnOnce() + Send>;

/// Threads that do one thing after the other. A new one is begun only while the others are busy, or held for good by what they do,
/// and the oldest goes first: many allocators give each thread a heap of its own, so that memory would grow if each device were
/// opened on a thread of its own, or now on this one and now on that.
pub(super) struct Workers {
    /// Threads that have nothing to do, since the last look.
    free: Receiver<Worker>,
    is_free: Sender<Worker>,
    idle: Vec<Worker>,
    begun: usize,
}

/// The way to a thread.
struct Worker {
    number: usize,
    work: Sender<Work>,
}

impl Default for Workers {
    fn default() -> Self {
        let (is_free, free) = mpsc::channel();
        Self { free, is_free, idle: Vec::new(), begun: 0 }
    }
}

impl Workers {
    /// Has work done by a thread, and never waits. What the work returns is dropped when the thread can be used again.
    ///
    /// # Errors
    /// When the system gives no further thread.
    pub(super) fn spawn<T>(&mut self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<()> {
        self.idle.extend(self.free.try_iter());
        // The oldest is the last one.
        self.idle.sort_unstable_by_key(|worker| Reverse(worker.number));
        let worker = self.idle.pop().map_or_else(|| self.another(), Ok)?;
        let (is_free, way) = (self.is_free.clone(), worker.work.clone());
        let work = move || {
            let outcome = work();
            // When nobody has work any more, the last way to this thread is dropped here, and it ends.
            let _ = is_free.send(worker);
            drop(outcome);
        };
        way.send(Box::new(work)).map_err(|_| io::Error::other("a thread has ended"))
    }

    /// Ends the threads that have nothing to do.
    pub(super) fn rest(&mut self) {
        self.idle.clear();
        self.free.try_iter().for_each(drop);
    }

    fn another(&mut self) -> io::Result<Worker> {
        let (way, work) = mpsc::channel::<Work>();
        let thread = thread::Builder::new().name("audio device".to_owned());
        thread.spawn(move || work.into_iter().for_each(|work| work()))?;
        self.begun += 1;
        Ok(Worker { number: self.begun, work: way })
    }
}

#[cfg(test)]
mod tests {
    use std::thread::ThreadId;

    use super::*;

    /// The thread that does the next work, once that is done.
    fn next(workers: &mut Workers) -> ThreadId {
        let (report, done) = mpsc::channel();
        let (alive, ended) = mpsc::channel::<()>();
        let work = move || {
            report.send(thread::current().id()).unwrap();
            alive
        };
        workers.spawn(work).unwrap();
        assert!(ended.recv().is_err());
        done.recv().unwrap()
    }

    #[test]
    fn a_thread_is_used_again_and_one_that_is_held_is_left() {
        let mut workers = Workers::default();
        let first = next(&mut workers);
        assert_eq!(next(&mut workers), first);
        let (release, held) = mpsc::channel::<()>();
        workers.spawn(move || held.recv()).unwrap();
        let second = next(&mut workers);
        assert_ne!(second, first, "the first is held");
        assert_eq!(next(&mut workers), second);
        drop(release);
        // The oldest comes back sooner or later, and then goes first.
        while next(&mut workers) != first {}
        assert_eq!(next(&mut workers), first);
    }

    #[test]
    fn a_thread_that_rests_ends() {
        let mut workers = Workers::default();
        let first = next(&mut workers);
        workers.rest();
        assert_ne!(next(&mut workers), first);
    }
}
