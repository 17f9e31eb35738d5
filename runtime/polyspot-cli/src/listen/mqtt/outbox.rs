//! Messages on their way to a broker: each stays until the broker has acknowledged it, or is dropped and counted.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So many events may wait for a broker.
const MOST_WAITING: usize = 1_000;
/// So many are sent before the first of them is acknowledged; brokers take twenty and more.
const MOST_UNDER_WAY: usize = 16;
/// An event that has waited for so long is of no use any more: a light that goes on a minute after the word frightens people.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Something to publish.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    /// It says how things are: the broker retains it, and gives it to whoever comes later. Otherwise it is an event.
    pub(super) is_state: bool,
}

struct Waiting {
    message: Message,
    since: Instant,
    /// By which the broker acknowledges it, once it was sent over the present connection.
    number: Option<u16>,
    /// It was sent before: the broker may have it already.
    is_again: bool,
}

impl Waiting {
    fn new(message: Message, since: Instant) -> Self {
        Self { message, since, number: None, is_again: false }
    }
}

/// What has not arrived yet, oldest first.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Waiting>,
    last_number: u16,
    dropped: u64,
}

impl Outbox {
    /// Takes a message; the oldest event makes room for it if need be, and a state takes the place of one that is not sent yet.
    pub(super) fn push(&mut self, message: Message, now: Instant) {
        let is_outdated = |waiting: &&mut Waiting| {
            message.is_state && waiting.number.is_none() && waiting.message.topic == message.topic
        };
        if let Some(outdated) = self.waiting.iter_mut().find(is_outdated) {
            outdated.message = message;
            return;
        }
        if self.waiting.len() >= MOST_WAITING
            && let Some(oldest) = self.waiting.iter().position(|waiting| !waiting.message.is_state)
        {
            self.waiting.remove(oldest);
            self.dropped += 1;
        }
        self.waiting.push_back(Waiting::new(message, now));
    }

    /// The next message to send with its number, and whether the broker may have it already.
    pub(super) fn next(&mut self) -> Option<(&Message, u16, bool)> {
        // Messages are sent in their order: those under way are the first.
        let under_way = self.waiting.iter().take_while(|waiting| waiting.number.is_some()).count();
        if under_way >= MOST_UNDER_WAY.min(self.waiting.len()) {
            return None;
        }
        let number = self.free_number();
        let waiting = self.waiting.get_mut(under_way)?;
        waiting.number = Some(number);
        Some((&waiting.message, number, std::mem::replace(&mut waiting.is_again, true)))
    }

    /// Those under way are fewer than there are numbers.
    fn free_number(&mut self) -> u16 {
        loop {
            self.last_number = self.last_number.checked_add(1).unwrap_or(1);
            let number = Some(self.last_number);
            if self.waiting.iter().take(MOST_UNDER_WAY).all(|waiting| waiting.number != number) {
                return self.last_number;
            }
        }
    }

    /// The broker has the message of this number: whether it is an event. A number that is none of ours says nothing.
    pub(super) fn acknowledge(&mut self, number: u16) -> bool {
        let index = self.waiting.iter().position(|waiting| waiting.number == Some(number));
        let arrived = index.and_then(|index| self.waiting.remove(index));
        arrived.is_some_and(|arrived| !arrived.message.is_state)
    }

    /// Begins anew with a connection: first how things are, then the events that were not acknowledged.
    pub(super) fn begin(&mut self, states: impl DoubleEndedIterator<Item = Message>, now: Instant) {
        self.waiting.retain(|waiting| !waiting.message.is_state);
        self.waiting.iter_mut().for_each(|waiting| waiting.number = None);
        states.rev().for_each(|state| self.waiting.push_front(Waiting::new(state, now)));
    }

    /// Drops events that have waited for too long.
    pub(super) fn drop_old(&mut self, now: Instant) {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.message.is_state || now - waiting.since < LONGEST_WAIT);
        self.dropped += (before - self.waiting.len()) as u64;
    }

    /// Whether nothing is to be sent or acknowledged.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many events were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(index: usize) -> Message {
        Message { topic: index.to_string(), payload: Vec::new(), is_state: false }
    }

    fn state() -> Message {
        Message { topic: "state".to_owned(), payload: Vec::new(), is_state: true }
    }

    fn outbox(count: usize, now: Instant) -> Outbox {
        let mut outbox = Outbox::default();
        (0..count).for_each(|index| outbox.push(message(index), now));
        outbox
    }

    fn sent(outbox: &mut Outbox) -> Vec<(String, u16, bool)> {
        let next =
            || outbox.next().map(|(message, number, is_again)| (message.topic.clone(), number, is_again));
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again_in_order_and_marked() {
        let now = Instant::now();
        let mut outbox = outbox(4, now);
        let plain = |index: usize| (index.to_string(), index as u16 + 1, false);
        assert_eq!(sent(&mut outbox), (0..4).map(plain).collect::<Vec<_>>());
        assert!(outbox.acknowledge(2) && !outbox.acknowledge(2) && !outbox.acknowledge(77));
        for again in [5, 10] {
            outbox.begin([state()].into_iter(), now);
            let expected = [("state", 0, false), ("0", 1, true), ("2", 2, true), ("3", 3, true)];
            let expected =
                expected.map(|(topic, number, is_again)| (topic.to_owned(), again + number, is_again));
            assert_eq!(sent(&mut outbox), expected);
            outbox.push(message(4), now);
            assert_eq!(sent(&mut outbox), [("4".to_owned(), again + 4, false)]);
            assert!(outbox.acknowledge(again + 4) && !outbox.acknowledge(again), "a state is no event");
        }
        (11..14).for_each(|number| assert!(outbox.acknowledge(number)));
        assert_eq!((outbox.is_empty(), outbox.dropped()), (true, 0));
    }

    #[test]
    fn a_broker_that_acknowledges_nothing_gets_a_few_and_the_oldest_are_dropped_and_counted() {
        let now = Instant::now();
        let mut outbox = outbox(MOST_WAITING - 1, now);
        outbox.begin([state()].into_iter(), now);
        assert_eq!(sent(&mut outbox).len(), MOST_UNDER_WAY);
        (0..5).for_each(|index| outbox.push(message(index), now));
        assert_eq!((outbox.waiting.len(), outbox.dropped()), (MOST_WAITING, 5));
        assert_eq!(sent(&mut outbox).len(), 5, "those dropped are not under way any more");
        outbox.drop_old(now + LONGEST_WAIT / 2);
        assert_eq!(outbox.dropped(), 5);
        outbox.drop_old(now + LONGEST_WAIT);
        assert_eq!(
            (outbox.waiting.len(), outbox.dropped()),
            (1, MOST_WAITING as u64 + 4),
            "the state is left"
        );
    }

    #[test]
    fn a_state_is_sent_as_it_is_last() {
        let now = Instant::now();
        let mut outbox = Outbox::default();
        for payload in ["online", "offline"] {
            outbox.push(Message { payload: payload.into(), ..state() }, now);
        }
        assert_eq!(outbox.next().map(|(message, ..)| message.payload.clone()), Some(b"offline".to_vec()));
        outbox.push(state(), now);
        assert_eq!(outbox.waiting.len(), 2, "what is under way stays as it is");
    }

    #[test]
    fn numbers_go_round_without_0_and_without_those_under_way() {
        let mut outbox = Outbox { last_number: u16::MAX - 1, ..outbox(3, Instant::now()) };
        assert_eq!(sent(&mut outbox).iter().map(|sent| sent.1).collect::<Vec<_>>(), [u16::MAX, 1, 2]);
        outbox.last_number = 0;
        outbox.push(message(3), Instant::now());
        assert_eq!(sent(&mut outbox)[0].1, 3);
    }
}
