use std::path::Path;

use polyspot_audio::{ChannelChoice, read_mono};
use serde_json::Map;

use super::super::info::info;
use super::*;
use crate::built_in::BUILT_IN;

const RATE_HZ: u32 = 16_000;

/// Models by their places among the built-in ones: English, Arabic, Mandarin.
fn served(places: &[usize]) -> Arc<Served> {
    let models: Vec<_> =
        places.iter().map(|place| Arc::new(Model::from_bytes(BUILT_IN[*place].bytes).unwrap())).collect();
    let words = WakeWords::new(&models);
    let info = write("info", &info(&models, &words)).unwrap();
    Arc::new(Served { models, words, threshold: None, info })
}

/// A recording of tests/data, at a rate.
fn recording(path: &str, rate_hz: u32) -> Vec<f32> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data"));
    read_mono(&folder.join(path), rate_hz, ChannelChoice::Mix).unwrap()
}

fn word(word: &str) -> Vec<f32> {
    recording(&format!("keywords/{word}/en-us.wav"), RATE_HZ)
}

/// Words, one every two seconds.
fn words(words: &[&str]) -> Vec<f32> {
    let mut samples = Vec::new();
    for (i, name) in words.iter().enumerate() {
        samples.extend(word(name));
        samples.resize((i + 1) * 2 * RATE_HZ as usize, 0.0);
    }
    samples
}

/// A client, and all that it was answered.
struct Client {
    conversation: Conversation,
    /// As `stop@640`, `not-detected`, `error unknown-name: …`, `info`, `pong …`.
    answers: Vec<String>,
    timestamp: Option<i64>,
}

impl Client {
    fn of(places: &[usize]) -> Self {
        Self { conversation: Conversation::new(served(places)), answers: Vec::new(), timestamp: None }
    }

    fn try_say(&mut self, kind: &str, data: &Value, payload: &[u8]) -> anyhow::Result<()> {
        let data: Map<String, Value> = data.as_object().unwrap().clone();
        let answers = &mut self.answers;
        self.conversation.take(&Event { kind: kind.into(), data, payload }, |answer| {
            answers.push(match answer {
                Answer::Info => "info".into(),
                Answer::Detection { word, timestamp, .. } => format!("{}@{timestamp}", word.name),
                Answer::NotDetected => "not-detected".into(),
                Answer::Pong { text } => format!("pong {text}"),
                Answer::Error { text, code } => format!("error {code}: {text}"),
            });
        })
    }

    fn say(&mut self, kind: &str, data: &Value) {
        self.try_say(kind, data, &[]).unwrap();
    }

    /// Sends sound in chunks of 64 ms.
    fn play(&mut self, samples: &[f32]) {
        for chunk in samples.chunks(1_024) {
            let payload: Vec<u8> = chunk.iter().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()).collect();
            let data = json!({"rate": RATE_HZ, "width": 2, "channels": 1, "timestamp": self.timestamp});
            self.try_say("audio-chunk", &data, &payload).unwrap();
            self.timestamp = self.timestamp.map(|timestamp| timestamp + 64);
        }
    }

    /// The keywords heard since the last look, without their time stamps; other answers as they are.
    fn heard(&mut self) -> Vec<String> {
        self.answers.drain(..).map(|answer| answer.split('@').next().unwrap_or_default().to_owned()).collect()
    }
}

#[test]
fn words_are_heard_without_a_beginning_or_an_end() {
    let mut client = Client::of(&[0]);
    client.play(&words(&["yes", "no", "stop", "go", "left"]));
    assert_eq!(client.heard(), ["yes", "no", "stop", "go", "left"]);
}

#[test]
fn only_what_was_named_is_heard() {
    let mut client = Client::of(&[0]);
    client.say("detect", &json!({"names": ["stop", "left"]}));
    client.play(&words(&["yes", "no", "stop", "go", "left"]));
    assert_eq!(client.heard(), ["stop", "left"]);
    for names in [json!({"names": null}), json!({"names": []}), json!({})] {
        client.say("detect", &names);
        client.play(&words(&["yes", "stop"]));
        assert_eq!(client.heard(), ["yes", "stop"], "{names}: all");
    }
}

#[test]
fn a_name_that_nobody_knows_is_answered() {
    let mut client = Client::of(&[0]);
    client.say("detect", &json!({"names": ["ok_nabu", "stop"]}));
    let expected = "error unknown-name: no wake word has the name ok_nabu; there are: yes, no, up, down, left, right, on, off, stop, go";
    assert_eq!(client.heard(), [expected]);
    client.play(&words(&["yes", "stop"]));
    assert_eq!(client.heard(), ["stop"], "the others are listened for");
    client.say("detect", &json!({"names": ["ok_nabu"]}));
    client.heard();
    client.play(&words(&["yes", "stop"]));
    client.say("audio-stop", &json!({}));
    assert_eq!(client.heard(), ["not-detected"]);
}

#[test]
fn detect_begins_anew() {
    let mut client = Client::of(&[0]);
    let stop = word("stop");
    client.play(&stop[..8_000]);
    client.say("detect", &json!({"names": null}));
    client.play(&stop[8_000..]);
    client.play(&vec![0.0; 32_000]);
    assert!(client.heard().is_empty(), "half a word before and half of it after are none");
    client.play(&words(&["stop"]));
    client.say("detect", &json!({"names": null}));
    client.say("audio-stop", &json!({}));
    assert_eq!(client.heard(), ["stop", "not-detected"], "what was heard before counts no more");
}

#[test]
fn the_end_of_the_sound_is_heard_and_then_all_begins_anew() {
    let mut client = Client::of(&[0]);
    let start = json!({"rate": RATE_HZ, "width": 2, "channels": 1});
    let stop = word("stop");
    // Nothing follows the word.
    let end = stop.iter().rposition(|sample| sample.abs() > 0.02).unwrap();
    for _ in 0..2 {
        client.say("audio-start", &start);
        client.play(&stop[..end]);
        assert!(client.heard().is_empty());
        client.say("audio-stop", &json!({}));
        assert_eq!(client.heard(), ["stop"]);
        client.say("audio-start", &start);
        client.play(&vec![0.0; 16_000]);
        client.say("audio-stop", &json!({}));
        client.say("audio-stop", &json!({}));
        assert_eq!(client.heard(), ["not-detected", "not-detected"]);
    }
}

#[test]
fn a_detection_has_the_time_stamp_of_its_chunk_or_the_time_since_the_beginning() {
    let mut client = Client::of(&[0]);
    client.play(&words(&["yes", "stop"]));
    let counted: Vec<i64> =
        client.answers.iter().map(|a| a.split_once('@').unwrap().1.parse().unwrap()).collect();
    assert!(counted.len() == 2 && counted.iter().all(|ms| ms % 64 == 0), "{counted:?}");
    assert!((500..1_600).contains(&counted[0]) && (2_500..3_600).contains(&counted[1]), "{counted:?}");
    // Satellites (wyoming-satellite 1.0) count nanoseconds since the machine was started.
    client.answers.clear();
    client.say("audio-start", &json!({}));
    client.timestamp = Some(9_007_199_254_740_993);
    client.play(&words(&["yes"]));
    assert_eq!(client.answers, [format!("yes@{}", 9_007_199_254_740_993 + counted[0])]);
}

#[test]
fn every_format_is_heard_and_may_change() {
    let mut client = Client::of(&[0]);
    for (rate, width, channels) in [(48_000, 4, 2), (44_100, 2, 1), (16_000, 3, 1), (16_000, 1, 1)] {
        let mut samples = recording("keywords/stop/en-us.wav", rate);
        samples.resize(2 * rate as usize, 0.0);
        let data = json!({"rate": rate, "width": width, "channels": channels});
        for chunk in samples.chunks(777) {
            let bytes = |sample: &f32| {
                let whole = ((f64::from(*sample) * 2_147_483_647.0) as i32).to_le_bytes();
                let bytes =
                    if width == 1 { vec![whole[3].wrapping_add(128)] } else { whole[4 - width..].to_vec() };
                bytes.repeat(channels)
            };
            let payload: Vec<u8> = chunk.iter().flat_map(bytes).collect();
            client.try_say("audio-chunk", &data, &payload).unwrap();
        }
        assert_eq!(client.heard(), ["stop"], "{data}");
    }
}

#[test]
fn languages_are_heard_at_once_and_only_those_that_are_asked_for() {
    let mut client = Client::of(&[0, 1, 2]);
    let clips = ["keywords/stop/en-us.wav", "other_languages/ar_front.wav", "other_languages/zh_voice.wav"];
    let mut sound = Vec::new();
    for (i, clip) in clips.iter().enumerate() {
        sound.extend(recording(clip, RATE_HZ));
        sound.resize((i + 1) * 2 * RATE_HZ as usize, 0.0);
    }
    client.play(&sound);
    let all = client.heard();
    assert!(["stop", "أمام", "语音"].iter().all(|word| all.iter().any(|heard| heard == word)), "{all:?}");
    for (model, name) in ["stop", "أمام", "语音"].iter().enumerate() {
        client.say("detect", &json!({"names": [name]}));
        let Conversation { served, wanted, .. } = &client.conversation;
        assert_eq!(served.words.models(wanted), [model]);
        client.play(&sound);
        assert_eq!(client.heard(), [*name]);
    }
}

#[test]
fn a_keyword_of_two_models_has_two_names() {
    let mut client = Client::of(&[0, 0]);
    let info: Value =
        serde_json::from_slice(client.conversation.served.info.split(|b| *b == b'\n').nth(1).unwrap())
            .unwrap();
    assert_eq!(info["wake"][0]["models"][8]["name"], "stop (en)");
    client.say("detect", &json!({"names": ["stop"]}));
    assert_eq!(client.conversation.wanted, Wanted::Some(vec![8, 18]));
}

#[test]
fn other_events_are_passed_over_and_what_is_no_event_is_refused() {
    let mut client = Client::of(&[0]);
    client.say("describe", &json!({}));
    client.say("ping", &json!({"text": "hello"}));
    client.say("transcribe", &json!({"language": "en"}));
    client.say("audio-start", &json!({"rate": "none of our business"}));
    assert_eq!(client.heard(), ["info", "pong \"hello\""]);
    let sound = json!({"rate": RATE_HZ, "width": 2, "channels": 2});
    for (kind, data, payload, expected) in [
        ("detect", json!({"names": "stop"}), &[][..], "expected a list of texts"),
        ("detect", json!({"names": [1]}), &[], "expected texts as names"),
        ("audio-chunk", json!({"width": 2, "channels": 1}), &[0; 4], "as rate, found nothing"),
        ("audio-chunk", sound, &[0; 6], "expected whole frames of 4 bytes, found 6 bytes"),
    ] {
        let error = client.try_say(kind, &data, payload).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
