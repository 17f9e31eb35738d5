//! Others who are told of events, beside standard output: each on a thread of its own, with a queue before it.
//!
//! Listening never waits for them and cannot fail by them: a queue that is full loses what comes, and counts it; a thread that has
//! ended, or panicked, is told nothing any more.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, TrySendError};
use std::thread;
use std::time::{Duration, SystemTime};

use super::events::Event;

/// At the end each has so long for what is left in its queue.
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes an event on the listening thread, and leaves something of it in a queue.
pub(super) type Tell = Box<dyn FnMut(&Event<'_>, SystemTime)>;

/// What a subscriber's thread is given.
pub(crate) struct Subscription<T> {
    /// What was made of the events. It ends when listening does.
    pub(crate) queue: Receiver<T>,
    lost: Arc<AtomicU64>,
}

impl<T> Subscription<T> {
    /// How many the queue had no room for, up to now.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// A subscriber's thread. Dropped once nobody tells of events any more, it waits a little for the thread to end.
pub(crate) struct Subscriber {
    ended: Receiver<()>,
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        // The thread sends nothing: it drops the other end. Whoever does not end in time is left behind.
        let _ = self.ended.recv_timeout(PATIENCE);
    }
}

/// Starts a subscriber: `pick` makes of an event what it wants to know, on the listening thread and so without waiting for anything;
/// `room` of them may wait; `work` empties the queue, on a thread of this name.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start<T: Send + 'static>(
    name: &str,
    room: usize,
    mut pick: impl FnMut(&Event<'_>, SystemTime) -> Option<T> + 'static,
    work: impl FnOnce(Subscription<T>) + Send + 'static,
) -> io::Result<(Tell, Subscriber)> {
    let (put, queue) = mpsc::sync_channel(room);
    let (end, ended) = mpsc::channel::<()>();
    let lost = Arc::new(AtomicU64::new(0));
    let subscription = Subscription { queue, lost: Arc::clone(&lost) };
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _end = end;
        work(subscription);
    })?;
    let tell = move |event: &Event<'_>, time| {
        if let Some(picked) = pick(event, time)
            && let Err(TrySendError::Full(_)) = put.try_send(picked)
        {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    };
    Ok((Box::new(tell), Subscriber { ended }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(sample: u64) -> Event<'static> {
        Event::DeviceLost { sample, seconds: 0.0, reason: "unplugged" }
    }

    fn sample_of(event: &Event<'_>, _: SystemTime) -> Option<u64> {
        if let Event::DeviceLost { sample, .. } = event { Some(*sample) } else { None }
    }

    #[test]
    fn a_subscriber_gets_what_it_picks_in_order_and_is_waited_for() {
        let (results, got) = mpsc::channel();
        let work = move |subscription: Subscription<u64>| {
            subscription.queue.iter().for_each(|sample| results.send(sample).unwrap());
            results.send(1_000 + subscription.lost()).unwrap();
        };
        let (mut tell, subscriber) = start("test", 8, sample_of, work).unwrap();
        for sample in 0..8 {
            tell(&lost(sample), SystemTime::now());
            tell(
                &Event::FalseAlarm { keyword: "a", language: "en", start: 0, end: 1, start_seconds: 0.0 },
                SystemTime::now(),
            );
        }
        drop(tell);
        drop(subscriber);
        assert_eq!(got.try_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7, 1_000]);
    }

    #[test]
    fn one_that_hangs_holds_nothing_up_and_what_it_misses_is_counted() {
        let (go_on, wait) = mpsc::channel::<()>();
        let (results, got) = mpsc::channel();
        let work = move |subscription: Subscription<u64>| {
            wait.recv().unwrap_err();
            let count = subscription.queue.iter().count() as u64;
            results.send((count, subscription.lost())).unwrap();
        };
        let (mut tell, subscriber) = start("test", 4, sample_of, work).unwrap();
        (0..1_000).for_each(|sample| tell(&lost(sample), SystemTime::now()));
        drop(tell);
        drop(go_on);
        drop(subscriber);
        assert_eq!(got.try_recv().unwrap(), (4, 996));
    }

    #[test]
    fn one_that_ends_is_told_nothing_and_breaks_nothing() {
        let (mut tell, subscriber) = start("test", 1, sample_of, drop).unwrap();
        drop(subscriber);
        (0..10).for_each(|sample| tell(&lost(sample), SystemTime::now()));
    }
}
