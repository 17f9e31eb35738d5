//! Outages, one after the other, while the program listens: how long it takes to come back, and whether a word is lost.

use std::fmt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::program::Listening;
use super::sound_server::{SoundServer, USUAL};

/// Said before and after each outage.
const WORDS: [&str; 2] = ["stop", "yes"];
/// A detection comes within this time after the word, on any machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// What takes the microphone away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outage {
    /// It is unplugged and plugged in again.
    Removal,
    /// The same, so quickly that it is back before the program has noticed.
    QuickRemoval,
    /// The sound server is killed and started again.
    Kill,
}

/// One outage that is over.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) outage: Outage,
    /// From the microphone's return, which takes some of it, to `device-restored`.
    pub(crate) return_time: Duration,
    pub(crate) spoken: usize,
    pub(crate) heard: usize,
    /// Memory of the program after it.
    pub(crate) resident_kib: u64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outage, return_time, spoken, heard, resident_kib } = self;
        let (outage, seconds) = (format!("{outage:?}"), return_time.as_secs_f64());
        write!(f, "{outage:<14} {seconds:>7.2} s  {heard} of {spoken} {resident_kib:>11}")
    }
}

/// All outages, and the program's threads before the first and after the last.
pub(crate) struct Outcome {
    pub(crate) outages: Vec<Figures>,
    pub(crate) threads: [u64; 2],
}

/// So many removals and kills, mixed; fails if the program does not come back or ends in another way than it should.
pub(crate) fn outages(removals: usize, kills: usize, mut on_outage: impl FnMut(&Figures)) -> Outcome {
    let mut server = SoundServer::start();
    let mut listening = Listening::start(&server, &[]);
    let threads_before = listening.status("Threads");
    let all = removals + kills;
    let outages: Vec<Figures> = (0..all)
        .map(|index| {
            let is_kill = (index + 1) * kills / all > index * kills / all;
            let outage = match index % 5 {
                _ if is_kill => Outage::Kill,
                3 => Outage::QuickRemoval,
                _ => Outage::Removal,
            };
            let figures = pass(&mut server, &mut listening, outage, index);
            on_outage(&figures);
            figures
        })
        .collect();
    let threads = [threads_before, listening.status("Threads")];
    let summary = listening.finish();
    assert_eq!((&summary["gaps"], &summary["samples_dropped"]), (&all.into(), &0.into()), "{summary}");
    Outcome { outages, threads }
}

fn pass(server: &mut SoundServer, listening: &mut Listening, outage: Outage, index: usize) -> Figures {
    let mut heard = usize::from(is_heard(server, listening, index));
    // Now and then right after a word.
    let while_away = Duration::from_millis(100 * (7 * index as u64 % 10));
    match outage {
        Outage::Kill => server.kill(),
        Outage::Removal | Outage::QuickRemoval => server.unplug(),
    }
    if outage != Outage::QuickRemoval {
        listening.wait_for("device-lost", |_| true);
        thread::sleep(while_away);
    }
    if outage == Outage::Kill {
        server.restart();
    }
    let back = Instant::now();
    server.plug_in(USUAL);
    listening.wait_for("device-restored", |_| true);
    let return_time = back.elapsed();
    heard += usize::from(is_heard(server, listening, index + 1));
    Figures { outage, return_time, spoken: 2, heard, resident_kib: listening.status("VmRSS") }
}

/// Says a word and waits for its detection.
fn is_heard(server: &SoundServer, listening: &mut Listening, index: usize) -> bool {
    let word = WORDS[index % WORDS.len()];
    server.play(&recording(word));
    listening.look_for("detection", PATIENCE, |event| event["keyword"] == word).is_some()
}

fn recording(word: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/data/keywords/{word}/en-us.wav"))
}
