//! Only the keywords that were asked for are reported, and not again at once.

use crate::program::{WORDS, json_lines, of_kind, run, session, talk, write};

/// The keywords that are found in words, one every two seconds.
fn found(words: &[&str], arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "words.wav", &session(words, "en-us"));
    let all = ["score", "--format", "jsonl", path.to_str().unwrap()];
    let output = run(&[&all[..], arguments].concat());
    assert!(output.status.success(), "{output:?}");
    let events = json_lines(&output);
    of_kind(&events, "detection").iter().map(|event| event["keyword"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn keywords_that_are_not_asked_for_are_left_out() {
    let all = found(&WORDS, &[]);
    let two = found(&WORDS, &["--keywords", "stop,yes"]);
    assert_eq!(two, ["yes", "stop"]);
    let kept: Vec<&String> = all.iter().filter(|word| two.contains(word)).collect();
    assert_eq!(kept, two.iter().collect::<Vec<_>>(), "they are found as they are without the option");
    let refused = run(&["score", "--keywords", "yes,halt", "words.wav"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(talk(&refused).contains("unknown keyword \"halt\"; there are: yes, no"), "{}", talk(&refused));
}

#[test]
fn a_keyword_is_not_reported_again_within_its_cooldown() {
    let words = ["stop", "stop", "yes", "stop"];
    assert_eq!(found(&words, &[]), words);
    assert_eq!(found(&words, &["--cooldown", "5"]), ["stop", "yes", "stop"]);
    assert_eq!(found(&words, &["--cooldown", "60"]), ["stop", "yes"]);
    assert_eq!(found(&words, &["--cooldown", "1e300"]), ["stop", "yes"]);
}

#[test]
fn a_language_named_twice_is_heard_once() {
    assert_eq!(found(&["stop"], &["--language", "en,EN,en-US"]), ["stop"]);
}

#[test]
fn what_is_made_too_soft_is_not_found() {
    assert_eq!(found(&["stop"], &["--gain", "0"]), ["stop"]);
    assert_eq!(found(&["stop"], &["--gain", "-60"]), [""; 0]);
}
