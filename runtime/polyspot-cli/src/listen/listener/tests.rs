//! What happens to a model that fails while it listens, and to commands before and after a wake word.
//!
//! No file of a model brings that about: those whose sums may overflow are refused when they are loaded. What is left are failures of
//! an engine, which are made up here.

use std::path::Path;

use anyhow::anyhow;
use polyspot_audio::{ChannelChoice, read_mono};
use serde_json::Value;
use tempfile::NamedTempFile;

use super::*;
use crate::built_in::BUILT_IN;

/// A listener for English, which other models replace.
struct Session {
    listener: Listener,
    events: NamedTempFile,
}

impl Session {
    fn begin() -> Self {
        Self::with(&model("en"), Setup::default())
    }

    fn with(model: &Arc<Model>, setup: Setup) -> Self {
        let events = NamedTempFile::new().unwrap();
        let report = Report::lines(events.reopen().unwrap());
        let models = vec![Arc::clone(model)];
        let all = setup.wake.as_ref().map_or_else(|| models.clone(), |wake| wake.with(&models));
        let spotter = Spotter::for_models(&all).unwrap();
        let setup = Setup { level_interval: Some(Duration::ZERO), ..setup };
        Self { listener: Listener::new(spotter, models, setup, report), events }
    }

    fn change_to(&mut self, language: &str) {
        let ready = Ready { models: vec![model(language)], asked: Instant::now() };
        self.listener.answer(Answer::Models(ready)).unwrap();
    }

    fn fail(&mut self) -> anyhow::Result<()> {
        self.listener.fall_back(anyhow!("its sums overflow"))
    }

    /// Says an English word.
    fn say_stop(&mut self) {
        self.say("keywords/stop/en-us.wav");
    }

    /// Says a word, and is silent until three seconds are over.
    fn say(&mut self, word: &str) {
        let word = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(word);
        let mut samples = read_mono(&word, 16_000, ChannelChoice::Mix).unwrap();
        samples.resize(48_000, 0.0);
        samples.chunks(1_600).for_each(|piece| self.listener.hear(piece).unwrap());
    }

    /// What has happened, in order.
    fn events(&self) -> Vec<String> {
        let lines = std::fs::read_to_string(self.events.path()).unwrap();
        let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    }

    /// Of the events of a kind, this value of each.
    fn values(&self, kind: &str, key: &str) -> Vec<String> {
        let lines = std::fs::read_to_string(self.events.path()).unwrap();
        let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let of_kind = events.filter(|event| event["event"] == kind);
        of_kind.map(|event| event[key].as_str().unwrap().to_owned()).collect()
    }
}

fn model(language: &str) -> Arc<Model> {
    let built_in = BUILT_IN.iter().find(|built_in| built_in.language == language).unwrap();
    Arc::new(Model::from_bytes(built_in.bytes).unwrap())
}

#[test]
fn a_model_that_fails_gives_way_to_the_one_before_it_which_listens_on() {
    let mut session = Session::begin();
    session.say_stop();
    session.change_to("zh");
    session.fail().unwrap();
    session.say_stop();
    assert_eq!(session.values("model-changed", "by"), ["request", "failure"]);
    assert_eq!(session.values("model-changed", "new"), ["zh", "en"]);
    let warning = "the model for zh fails, back to the one before it: its sums overflow";
    assert_eq!(session.values("warning", "message"), [warning]);
    assert_eq!(session.values("detection", "keyword"), ["stop", "stop"]);
}

#[test]
fn levels_are_told_only_while_somebody_looks() {
    let mut report = Report::lines(std::io::sink());
    let work = report.work();
    let (put, levels) = std::sync::mpsc::channel();
    let pick = move |event: &Event<'_>, _| {
        if matches!(event, Event::Level { .. }) {
            put.send(()).unwrap();
        }
        None::<()>
    };
    let _subscriber = report.subscribe("test", 1, pick, drop).unwrap();
    let spotter = Spotter::for_models(&[model("en")]).unwrap();
    let mut listener = Listener::new(spotter, vec![model("en")], Setup::default(), report);
    let mut hear_a_second = || (0..10).for_each(|_| listener.hear(&[0.0; 1_600]).unwrap());
    hear_a_second();
    assert_eq!(levels.try_iter().count(), 0);
    let viewer = work.view();
    hear_a_second();
    assert_eq!(levels.try_iter().count(), VIEWED_HZ);
    drop(viewer);
    hear_a_second();
    assert_eq!(levels.try_iter().count(), 0);
    assert_eq!(work.samples(), 48_000);
}

#[test]
fn each_change_may_fail_once() {
    let mut session = Session::begin();
    for language in ["zh", "ar"] {
        session.change_to(language);
        session.fail().unwrap();
    }
    assert_eq!(session.values("model-changed", "new"), ["zh", "en", "ar", "en"]);
}

#[test]
fn without_a_model_before_it_or_if_that_fails_too_listening_ends_with_the_reason() {
    let mut session = Session::begin();
    let error = session.fail().unwrap_err();
    assert_eq!(format!("{error:#}"), "the model for en fails: its sums overflow");
    session.change_to("zh");
    session.fail().unwrap();
    assert_eq!(format!("{:#}", session.fail().unwrap_err()), "the model for en fails: its sums overflow");
}

const FRONT: &str = "other_languages/ar_front.wav";
const STOP: &str = "keywords/stop/en-us.wav";
const YES: &str = "keywords/yes/en-us.wav";

/// Arabic commands, which count for five seconds after the English word "stop".
fn waiting_for_stop() -> Session {
    let commands = model("ar");
    let mut wake = Wake::new(Some(model("en")), vec!["stop".into()], Duration::from_secs(5)).unwrap();
    wake.set_commands(&[Arc::clone(&commands)]);
    Session::with(&commands, Setup { wake: Some(wake), ..Setup::default() })
}

#[test]
fn commands_count_after_the_wake_word_and_not_for_long() {
    let mut session = waiting_for_stop();
    for word in [FRONT, YES, STOP, FRONT, YES, FRONT] {
        session.say(word);
    }
    assert_eq!(session.events(), ["armed", "detection", "disarmed"]);
    assert_eq!(session.values("armed", "keyword"), ["stop"]);
    assert_eq!(session.values("detection", "keyword"), ["أمام"]);
}

#[test]
fn other_words_of_the_wake_model_are_no_commands() {
    let mut session = waiting_for_stop();
    session.say(STOP);
    session.say(YES);
    assert_eq!(session.events(), ["armed"]);
}

#[test]
fn a_line_does_what_the_wake_word_does_and_a_break_ends_it() {
    let mut session = waiting_for_stop();
    session.say(FRONT);
    session.listener.answer(Answer::Arm).unwrap();
    session.say(FRONT);
    session.listener.break_off().unwrap();
    session.say(FRONT);
    assert_eq!(session.events(), ["armed", "detection", "disarmed"]);
    assert_eq!(session.values("armed", "by"), ["request"]);
}

#[test]
fn a_change_of_language_changes_the_commands_and_keeps_the_wake_word() {
    let mut session = waiting_for_stop();
    session.say(STOP);
    session.change_to("zh");
    session.say("other_languages/zh_voice.wav");
    assert_eq!(session.values("model-changed", "old"), ["ar"]);
    assert_eq!(session.values("detection", "keyword"), ["语音"]);
    session.say(YES);
    session.say(STOP);
    assert_eq!(session.values("armed", "keyword"), ["stop", "stop"]);
}

#[test]
fn without_anything_that_wakes_there_is_nothing_to_arm() {
    let mut session = Session::begin();
    session.listener.answer(Answer::Arm).unwrap();
    assert!(session.values("warning", "message")[0].contains("nothing to arm"));
}
