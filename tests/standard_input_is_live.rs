//! `-` scores raw audio from standard input, and detections come while it goes on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::program::{command, json_lines, of_kind, run, samples, talk};

/// Long enough for any machine; only a program that never answers takes it.
const PATIENCE: Duration = Duration::from_mins(1);

fn s16le(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn score(arguments: &[&str], input: Vec<u8>) -> Output {
    let mut program = command(&[&["score", "--format", "jsonl"], arguments].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        // A program that refuses its arguments reads nothing.
        let _ = stdin.write_all(&input);
    });
    let output = program.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

#[test]
fn with_detections_before_its_end() {
    let mut program = command(&["score", "--format", "jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    stdin.write_all(&s16le(&samples("keywords/stop/en-us.wav"))).unwrap();
    stdin.write_all(&s16le(&vec![0; 16_000])).unwrap();

    // Standard input stays open.
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        while let Some(Ok(line)) = lines.next() {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    let line = receive.recv_timeout(PATIENCE).expect("a detection while the input is open");
    let event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&event["event"], &event["keyword"]), (&"detection".into(), &"stop".into()));
    drop(stdin);
    let rest: Vec<String> = receive.iter().collect();
    assert!(rest.last().unwrap().contains("summary"), "{rest:?}");
    assert!(program.wait().unwrap().success());
}

#[test]
fn in_every_raw_format() {
    let word = samples("keywords/stop/en-us.wav");
    let floats = word.iter().flat_map(|&s| (f32::from(s) / 32_768.0).to_le_bytes()).collect();
    let stereo = s16le(&word.iter().flat_map(|&sample| [0, sample]).collect::<Vec<i16>>());
    // Each sample three times: 48 kHz, with images above 8 kHz that the resampler takes away.
    let fast = s16le(&word.iter().flat_map(|&sample| [sample; 3]).collect::<Vec<i16>>());
    for (arguments, input) in [
        (&["-"][..], s16le(&word)),
        (&["--raw-format", "f32le", "-"], floats),
        (&["--raw-channels", "2", "--channel", "2", "-"], stereo),
        (&["--raw-rate", "48000", "-"], fast),
    ] {
        let output = score(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let events = json_lines(&output);
        assert_eq!(of_kind(&events, "detection")[0]["keyword"], "stop", "{arguments:?}");
        assert_eq!(of_kind(&events, "file")[0]["seconds"], 1.0, "{arguments:?}");
        assert_eq!(of_kind(&events, "file")[0]["file"], "-");
    }
}

#[test]
fn with_the_detections_of_a_file() {
    let file = crate::program::data("keywords/stop/en-us.wav");
    let from_file = json_lines(&run(&["score", "--format", "jsonl", &file]));
    let from_pipe = json_lines(&score(&["-"], s16le(&samples("keywords/stop/en-us.wav"))));
    let places = |events: &[Value]| -> Vec<[Value; 4]> {
        let keys = ["keyword", "score", "start", "end"];
        of_kind(events, "detection").iter().map(|event| keys.map(|key| event[key].clone())).collect()
    };
    assert_eq!(places(&from_pipe), places(&from_file));
}

#[test]
fn as_a_clip() {
    let output = score(&["--clips", "-"], s16le(&samples("keywords/stop/en-us.wav")));
    assert_eq!(of_kind(&json_lines(&output), "clip")[0]["label"], "stop");
}

#[test]
fn unless_it_is_empty() {
    let output = score(&["-"], Vec::new());
    assert_eq!(output.status.code(), Some(3));
    assert!(talk(&output).contains("found nothing"), "{output:?}");
}

#[test]
fn with_a_word_about_an_incomplete_frame() {
    let mut input = s16le(&samples("keywords/stop/en-us.wav"));
    input.push(7);
    let output = score(&["-"], input);
    assert!(output.status.success());
    assert!(talk(&output).contains("its last 1 bytes are left out"), "{output:?}");
}
