//! `speak` and `word`: words from text.

use std::fs;

use crate::room::{Room, refused, succeeded};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Names of the files below a folder of a data set: word, then take.
fn takes(room: &Room, folder: &str) -> Vec<(String, String)> {
    let mut takes = Vec::new();
    for word in fs::read_dir(room.path(folder)).unwrap().map(Result::unwrap) {
        for take in fs::read_dir(word.path()).unwrap().map(Result::unwrap) {
            takes.push((word.file_name().into_string().unwrap(), take.file_name().into_string().unwrap()));
        }
    }
    takes.sort();
    takes
}

#[test]
fn a_phrase_becomes_takes_by_many_voices_and_what_is_near_it() {
    let room = Room::empty();
    let speak = |out: &str, more: &[&str]| {
        let words = ["speak", "kava", "labas rytas", "--language", "lt"];
        let counts = ["--takes", "6", "--near-miss-count", "5", "--out", out];
        room.run(&[&words[..], &counts, more].concat())
    };
    let output = speak("lt", &["--near-misses", "near"]);
    succeeded(&output);
    assert!(text(&output.stdout).contains("kava: kˈava"), "{}", text(&output.stdout));
    let (train, dev) = (takes(&room, "lt/train"), takes(&room, "lt/dev"));
    assert_eq!((train.len(), dev.len()), (2 * 6, 2 * 2));
    let voice = |take: &(String, String)| take.1.split('_').next().unwrap().to_owned();
    assert!(
        dev.iter().all(|take| train.iter().all(|other| voice(take) != voice(other))),
        "{train:?} {dev:?}"
    );
    let near = takes(&room, "near/train");
    assert!(
        near.len() >= 8 * 4 && near.iter().all(|(word, _)| word != "kava" && word != "labas rytas"),
        "{near:?}"
    );
    // The same request makes the same takes.
    succeeded(&speak("again", &[]));
    for (word, take) in &train {
        let of = |folder: &str| room.bytes(&format!("{folder}/train/{word}/{take}"));
        assert_eq!(of("lt"), of("again"), "{word}/{take}");
    }
    refused(&speak("lt", &[]), "lt is there already");
}

#[test]
fn pronunciations_are_shown_and_changed() {
    let room = Room::empty();
    let dry = |more: &[&str]| {
        room.run(&[&["speak", "tomato", "--language", "en-us", "--out", "en", "--dry-run"], more].concat())
    };
    let output = dry(&["--ipa", "tomato=təmˈeɪɾoʊ,təmˈɑːɾoʊ"]);
    succeeded(&output);
    assert!(text(&output.stdout).starts_with("tomato: təmˈeɪɾoʊ, təmˈɑːɾoʊ\n"), "{}", text(&output.stdout));
    assert!(!room.path("en").exists());
    refused(&dry(&["--ipa", "tomato=təmǁ"]), "expected sounds of the language");
    // To espeak-ng Latin letters in Chinese are English, whichever name Chinese is asked for by.
    for chinese in ["cmn", "zh"] {
        let output = room.run(&["speak", "hello", "--language", chinese, "--out", "zh", "--dry-run"]);
        succeeded(&output);
        let said = text(&output.stdout);
        assert!(said.contains("as en; if that is wrong, give --spelling or --ipa\n"), "{said}");
    }
    refused(&dry(&["--ipa", "potato=p"]), "expected one of the phrases (tomato), found \"potato\"");
    refused(&room.run(&["speak", "a", "--language", "nosuch", "--out", "x"]), "espeak-ng");
    refused(
        &room.run(&["speak", "a/b", "--language", "en", "--out", "x"]),
        "expected a word that can name a folder",
    );
}

#[test]
fn a_phrase_is_read_by_another_spelling_than_its_own() {
    let room = Room::empty();
    // Arabic leaves vowels out.
    let (phrase, spelling) = ("خمسة", "خَمْسَه");
    let speak =
        |more: &[&str]| room.run(&[&["speak", phrase, "--language", "ar", "--out", "ar"], more].concat());
    let unvowelled = speak(&["--dry-run"]);
    succeeded(&unvowelled);
    assert!(text(&unvowelled.stdout).contains("χmst\n  no vowel;"), "{}", text(&unvowelled.stdout));
    let spelt = format!("{phrase}={spelling}");
    let speaker = "sh -c 'echo \"$1\" >> read; espeak-ng -v ar -w \"$0\" \"$1\"' {wav} {text}";
    let output = speak(&["--spelling", &spelt, "--takes", "2", "--speaker", speaker]);
    succeeded(&output);
    assert!(text(&output.stdout).starts_with(&format!("{phrase}: χˈamsah\n")), "{}", text(&output.stdout));
    assert_eq!(fs::read_to_string(room.path("read")).unwrap(), format!("{spelling}\n").repeat(2));
    assert!(takes(&room, "ar/train").iter().all(|(word, _)| word == phrase));
    refused(&speak(&["--spelling", "x=y"]), "--spelling: expected one of the phrases (خمسة), found \"x\"");
    refused(&speak(&["--spelling", &format!("{phrase}=a\nb")]), "expected one line of text");
}

#[test]
fn other_synthesisers_speak_too_and_one_that_fails_leaves_nothing() {
    let room = Room::empty();
    let speak = |speaker: &str, out: &str| {
        room.run(&["speak", "kava", "--language", "lt", "--takes", "4", "--speaker", speaker, "--out", out])
    };
    succeeded(&speak("espeak-ng -v lv --stdin -w {wav}", "lt"));
    let own = |take: &&(String, String)| take.1.starts_with("speaker1");
    assert_eq!(takes(&room, "lt/train").iter().filter(own).count(), 4);
    refused(&speak("sh -c 'echo no voice >&2; exit 1' {wav}", "bad"), "no voice");
    assert!(!room.path("bad").exists());
    refused(&speak("espeak-ng", "bad"), "expected {wav}");
}

#[test]
fn what_other_synthesisers_have_said_is_not_asked_for_again_after_a_failure() {
    let room = Room::empty();
    let (log, works) = (room.path("log"), room.path("works"));
    let able = format!("sh -c 'echo >> \"{}\"; espeak-ng -v lv --stdin -w \"$0\"' {{wav}}", log.display());
    // The first take succeeds, others only once a file is there.
    let fails = format!(
        "sh -c 'if [ -e first ] && [ ! -e \"{}\" ]; then echo no more >&2; exit 1; fi; \
         touch first; espeak-ng -v lv --stdin -w \"$0\"' {{wav}}",
        works.display()
    );
    let speak = || {
        let speak = ["speak", "kava", "--language", "lt", "--takes", "5", "--out", "lt"];
        room.run(&[&speak[..], &["--speaker", &able, "--speaker", &fails]].concat())
    };
    let failure = speak();
    refused(&failure, "no more");
    refused(&failure, "lt.takes keeps the takes that are made");
    assert!(!room.path("lt").exists() && room.path("lt.takes").is_dir());
    let asked = || fs::read_to_string(&log).unwrap().lines().count();
    assert_eq!(asked(), 5);
    fs::write(&works, "").unwrap();
    succeeded(&speak());
    assert_eq!(asked(), 5);
    let of_commands = |take: &&(String, String)| take.1.starts_with("speaker");
    assert_eq!(takes(&room, "lt/train").iter().filter(of_commands).count(), 10);
    assert!(!room.path("lt.takes").exists());

    // A folder of that name with something else in it is somebody's.
    fs::create_dir(room.path("again.takes")).unwrap();
    fs::write(room.path("again.takes/mine.wav"), "").unwrap();
    let again = ["speak", "kava", "--language", "lt", "--takes", "2", "--speaker", &able, "--out", "again"];
    succeeded(&room.run(&again));
    assert_eq!(fs::read_dir(room.path("again.takes")).unwrap().count(), 1);
}

#[test]
fn a_synthesiser_that_cannot_speak_says_so_before_others_have_spoken() {
    let room = Room::empty();
    let log = room.path("log");
    let able = format!("sh -c 'echo >> \"{}\"; espeak-ng -v lv --stdin -w \"$0\"' {{wav}}", log.display());
    let speakers = ["--speaker", &able, "--dev-speaker", "sh -c 'echo no voice >&2; exit 1' {wav}"];
    let speak = ["speak", "kava", "--language", "lt", "--takes", "20", "--out", "lt"];
    refused(&room.run(&[&speak[..], &speakers].concat()), "no voice");
    assert_eq!(fs::read_to_string(log).unwrap().lines().count(), 1);
}

#[test]
fn a_phrase_becomes_a_model_in_one_command() {
    let room = Room::new();
    succeeded(&room.train("base.safetensors", &[]));
    let word = |out: &str, more: &[&str]| {
        let fixed = [
            "word",
            "kava",
            "--language",
            "lt",
            "--base",
            "base.safetensors",
            "--takes",
            "6",
            "--near-miss-count",
            "4",
            "--no-bank",
            "--recipe",
            "small.json",
            "--out",
            out,
        ];
        room.run(&[&fixed, more].concat())
    };
    // Without any negatives thresholds cannot be chosen: that is known before anything is spoken.
    refused(&word("kava.onnx", &[]), "expected audio without the phrases");
    refused(&word("kava.onnx", &["--negatives", "nowhere"]), "nowhere: no such file or folder");
    assert!(!room.path("kava.parts").exists());
    let negatives = ["--negatives", "xx", "--false-alarms-per-hour", "100000"];
    let loose = |out: &str, more: &[&str]| word(out, &[&negatives, more].concat());
    succeeded(&loose("kava.onnx", &[]));
    // What is learnt from is a part of the request.
    for other in [["--seed", "2"], ["--speech", "xx"]] {
        refused(&loose("kava.onnx", &other), "holds parts of another request");
    }
    let adapter = |name: &str| room.bytes(&format!("{name}.parts/adapter.safetensors"));
    let learnt = adapter("kava");
    succeeded(&loose("other.onnx", &["--speech", "xx"]));
    assert_ne!(adapter("other"), learnt);
    // A card is none: it goes on from there.
    let card = r#"{"training_data": [{"name": "talk", "licence": "CC0-1.0", "attribution": "nobody"}]}"#;
    fs::write(room.path("card.json"), card).unwrap();
    let output = loose("kava.onnx", &["--card", "card.json"]);
    assert_eq!(adapter("kava"), learnt);
    succeeded(&output);
    let said = text(&output.stdout);
    assert!(said.contains("near misses by voices that training did not hear: "), "{said}");
    assert!(said.contains("synthetic voices only"), "{said}");
    let model = polyspot::Model::from_path(room.path("kava.onnx")).unwrap();
    let manifest = model.manifest();
    assert_eq!(manifest.keywords().map(|(_, label)| label.name.as_str()).collect::<Vec<_>>(), ["kava"]);
    assert_eq!(manifest.training_data[0].name, "talk");
    assert!(manifest.evidence.as_ref().unwrap().synthetic);
}

#[test]
fn the_wake_words_in_the_repository_say_that_only_synthesisers_have_judged_them() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/wake/wake.onnx");
    let model = polyspot::Model::from_path(file).unwrap();
    let names: Vec<&str> = model.manifest().keywords().map(|(_, label)| label.name.as_str()).collect();
    assert_eq!(names, ["athena", "amelia", "computer", "hey computer", "jarvis"]);
    assert!(model.manifest().evidence.as_ref().unwrap().synthetic);
    let sources = &model.manifest().training_data;
    assert!(sources.iter().any(|source| source.name.contains("Kokoro")), "{sources:?}");
}
