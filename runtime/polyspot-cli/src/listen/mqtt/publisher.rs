//! The thread that publishes: connects, sends, waits for acknowledgements, and begins again when the connection breaks.

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail, ensure};

use super::Account;
use super::address::Address;
use super::discovery;
use super::link::{Link, Trust};
use super::notes::Note;
use super::outbox::{Message, Outbox};
use super::packet::{self, Answer, Login};
use super::topics::Topics;
use crate::listen::control::Warner;
use crate::listen::output::Subscription;

const ONLINE: &str = "online";
const OFFLINE: &str = "offline";
/// A broker that hears nothing from us for one and a half times as long takes us for dead, and publishes the will.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// While acknowledgements are waited for we look for them so often …
const BUSY: Duration = Duration::from_millis(20);
/// … and else whether the connection is still there.
const IDLE: Duration = Duration::from_millis(500);
/// So many answers are taken at once: a broker that floods us takes no core.
const MOST_ANSWERS: usize = 64;
/// From one attempt to connect to the next: at first, and doubled up to this.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// So many keywords are made known to Home Assistant.
const MOST_KEYWORDS: usize = 1_000;
/// At the end there is so long for what is left.
const FAREWELL: Duration = Duration::from_millis(1_500);

/// Publishes what it is told.
pub(super) struct Publisher {
    pub(super) address: Address,
    pub(super) trust: Option<Trust>,
    pub(super) login: Option<Login>,
    /// What the broker knows us as.
    pub(super) client: String,
    pub(super) topics: Topics,
    /// Where Home Assistant looks for keywords, if it is to find them.
    pub(super) discovery: Option<String>,
    pub(super) account: Arc<Account>,
    pub(super) warner: Warner,
    pub(super) notes: Subscription<Note>,
    pub(super) state: State,
}

/// What changes while a publisher runs.
pub(super) struct State {
    outbox: Outbox,
    /// Whether words are heard.
    hears: bool,
    /// All keywords that were ever listened for.
    keywords: Vec<String>,
    /// To the next attempt to connect.
    pause: Duration,
}

impl Default for State {
    fn default() -> Self {
        Self { outbox: Outbox::default(), hears: false, keywords: Vec::new(), pause: FIRST_PAUSE }
    }
}

/// Whether more events are to come.
#[derive(PartialEq)]
enum Events {
    Come,
    AreOver,
}

impl Publisher {
    /// Publishes until listening is over.
    pub(super) fn run(mut self) {
        let mut told = String::new();
        loop {
            let outcome = self.connect().and_then(|link| {
                if !std::mem::take(&mut told).is_empty() {
                    self.say_that_it_is_back();
                }
                self.publish(link)
            });
            let Err(error) = outcome else { return };
            let why = format!("{error:#}");
            // While it is the same it is told of once.
            if why != told {
                let broker = self.address.broker();
                self.warner.warn(format!("{broker}: {why}; events wait for it, a minute each"));
                told = why;
            }
            if self.wait_for_the_next_attempt() == Events::AreOver {
                return;
            }
        }
    }

    fn say_that_it_is_back(&self) {
        let dropped = self.state.outbox.dropped() + self.notes.lost();
        let broker = self.address.broker();
        self.warner.warn(format!("{broker} is there; messages dropped up to now: {dropped}"));
    }

    fn wait_for_the_next_attempt(&mut self) -> Events {
        let until = Instant::now() + self.state.pause;
        self.state.pause = (self.state.pause * 2).min(LONGEST_PAUSE);
        while let left = until.saturating_duration_since(Instant::now())
            && !left.is_zero()
        {
            if self.take_notes(left) == Events::AreOver {
                return Events::AreOver;
            }
        }
        Events::Come
    }

    fn connect(&self) -> anyhow::Result<Link> {
        let mut link = Link::open(&self.address, self.trust.as_ref())?;
        let will = (&*self.topics.availability(), OFFLINE);
        link.send(&packet::connect(&self.client, KEEP_ALIVE.as_secs() as u16, will, self.login.as_ref()))?;
        match link.wait_for_answer()? {
            Answer::Connected(Ok(())) => Ok(link),
            Answer::Connected(Err(why)) => Err(anyhow!("the broker refuses us: {why}")),
            _ => bail!("the broker does not answer that we are connected"),
        }
    }

    /// Publishes over a connection until it breaks, or listening is over.
    fn publish(&mut self, mut link: Link) -> anyhow::Result<()> {
        let states = self.states();
        self.state.outbox.begin(states.into_iter(), Instant::now());
        let (mut heard, mut asked) = (Instant::now(), Instant::now());
        loop {
            self.send_waiting(&mut link)?;
            if self.take_answers(&mut link)? {
                heard = Instant::now();
            }
            let now = Instant::now();
            ensure!(now - heard < KEEP_ALIVE, "the broker does not answer any more");
            if now - heard.max(asked) >= KEEP_ALIVE / 2 {
                link.send(packet::ping())?;
                asked = now;
            }
            let patience = if self.state.outbox.is_empty() { IDLE } else { BUSY };
            if self.take_notes(patience) == Events::AreOver {
                return self.end(link);
            }
        }
    }

    /// Publishes what is left, and that nobody listens any more.
    fn end(&mut self, mut link: Link) -> anyhow::Result<()> {
        self.change_availability(false);
        let begin = Instant::now();
        while !self.state.outbox.is_empty() && begin.elapsed() < FAREWELL {
            self.send_waiting(&mut link)?;
            self.take_answers(&mut link)?;
        }
        Ok(link.send(packet::disconnect())?)
    }

    fn send_waiting(&mut self, link: &mut Link) -> anyhow::Result<()> {
        self.state.outbox.drop_old(Instant::now());
        while let Some((message, number, is_again)) = self.state.outbox.next() {
            let Message { topic, payload, is_state } = message;
            link.send(&packet::publish(topic, payload, *is_state, number, is_again))?;
        }
        Ok(())
    }

    /// Whether the broker has answered anything.
    fn take_answers(&mut self, link: &mut Link) -> anyhow::Result<bool> {
        let mut has_answered = false;
        for _ in 0..MOST_ANSWERS {
            let Some(answer) = link.next_answer()? else { break };
            has_answered = true;
            if let Answer::Published(number) = answer {
                // A broker that takes messages is a good one: should it go, it is looked for at once.
                self.state.pause = FIRST_PAUSE;
                if self.state.outbox.acknowledge(number) {
                    self.account.arrived();
                }
            }
        }
        Ok(has_answered)
    }

    /// Takes the notes that are there; waits so long for the first.
    fn take_notes(&mut self, patience: Duration) -> Events {
        let mut wait = patience;
        loop {
            match self.notes.queue.recv_timeout(wait) {
                Ok(note) => self.take(note),
                Err(RecvTimeoutError::Disconnected) => return Events::AreOver,
                Err(RecvTimeoutError::Timeout) => return Events::Come,
            }
            wait = Duration::ZERO;
        }
    }

    fn take(&mut self, note: Note) {
        let now = Instant::now();
        let Note { json, detection, keywords, hears } = note;
        for keyword in keywords {
            if self.state.keywords.len() < MOST_KEYWORDS && !self.state.keywords.contains(&keyword) {
                self.discovery_of(&keyword).for_each(|message| self.state.outbox.push(message, now));
                self.state.keywords.push(keyword);
            }
        }
        if let Some(hears) = hears {
            self.change_availability(hears);
        }
        let event = |topic, payload| Message { topic, payload, is_state: false };
        if let Some((keyword, json)) = detection {
            self.state.outbox.push(event(self.topics.keyword(&keyword), json), now);
        }
        self.state.outbox.push(event(self.topics.events(), json), now);
    }

    /// How things are.
    fn states(&self) -> Vec<Message> {
        let keywords = self.state.keywords.iter().flat_map(|keyword| self.discovery_of(keyword));
        keywords.chain([self.availability()]).collect()
    }

    fn discovery_of(&self, keyword: &str) -> impl Iterator<Item = Message> + use<> {
        let messages =
            self.discovery.as_ref().map(|prefix| discovery::messages(prefix, &self.topics, keyword));
        messages.into_iter().flatten()
    }

    fn change_availability(&mut self, hears: bool) {
        if self.state.hears != hears {
            self.state.hears = hears;
            let message = self.availability();
            self.state.outbox.push(message, Instant::now());
        }
    }

    fn availability(&self) -> Message {
        let payload = if self.state.hears { ONLINE } else { OFFLINE };
        Message { topic: self.topics.availability(), payload: payload.into(), is_state: true }
    }
}
