//! `-` scores standard input: samples of a format that is said, or a recording; and detections come while it goes on.

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

/// Samples without a header.
const RAW: [&str; 3] = ["--raw-format", "s16le", "-"];

/// A WAV file as `arecord` begins it, which does not know when it will be stopped.
fn endless_wav(samples: &[i16]) -> Vec<u8> {
    let mut bytes = b"RIFF\x24\0\0\x80WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(32_000_u32.to_le_bytes());
    bytes.extend(*b"\x02\0\x10\0data\0\0\0\x80");
    bytes.extend(s16le(samples));
    bytes
}

#[test]
fn detections_come_before_standard_input_ends() {
    let mut sound = samples("keywords/stop/en-us.wav");
    sound.resize(32_000, 0);
    detects_before_the_end(&RAW, &s16le(&sound));
    detects_before_the_end(&["-"], &endless_wav(&sound));
    let folder = tempfile::tempdir().unwrap();
    let flac = crate::flac::flac_of(&folder, &sound);
    detects_before_the_end(&["-"], &std::fs::read(flac).unwrap());
}

fn detects_before_the_end(arguments: &[&str], sound: &[u8]) {
    let mut program = command(&[&["score", "--format", "jsonl"], arguments].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    stdin.write_all(sound).unwrap();

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

/// G.711: the highest bit of a magnitude, and the four behind it.
fn logarithmic(magnitude: i32) -> u8 {
    let exponent = (magnitude.ilog2() - 7) as u8;
    exponent << 4 | (magnitude >> (exponent + 3)) as u8 & 15
}

fn mulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | logarithmic(i32::from(sample).abs().min(32_635) + 0x84))
}

fn alaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    let magnitude = i32::from(sample).abs().min(32_767);
    let code = if magnitude < 256 { (magnitude >> 4) as u8 } else { logarithmic(magnitude) };
    (sign | code) ^ 0x55
}

#[test]
fn standard_input_is_read_in_every_raw_format() {
    let word = samples("keywords/stop/en-us.wav");
    let floats = word.iter().flat_map(|&s| (f32::from(s) / 32_768.0).to_le_bytes()).collect();
    let stereo = s16le(&word.iter().flat_map(|&sample| [0, sample]).collect::<Vec<i16>>());
    // Each sample three times: 48 kHz, with images above 8 kHz that the resampler takes away.
    let fast = s16le(&word.iter().flat_map(|&sample| [sample; 3]).collect::<Vec<i16>>());
    let of = |bytes: fn(i16) -> Vec<u8>| word.iter().copied().flat_map(bytes).collect::<Vec<u8>>();
    for (arguments, input) in [
        (&RAW[..], s16le(&word)),
        (&["--raw-format", "f32le", "-"], floats),
        (&["--raw-format", "s24le", "-"], of(|s| [&[0], &s.to_le_bytes()[..]].concat())),
        (&["--raw-format", "s32le", "-"], of(|s| [&[0, 0], &s.to_le_bytes()[..]].concat())),
        (&["--raw-format", "u8", "-"], of(|s| vec![((i32::from(s) + 32_768 + 128).min(65_535) >> 8) as u8])),
        (&["--raw-format", "mulaw", "-"], of(|s| vec![mulaw(s)])),
        (&["--raw-format", "alaw", "-"], of(|s| vec![alaw(s)])),
        (&["--raw-format", "s16le", "--raw-channels", "2", "--channel", "2", "-"], stereo),
        (&["--raw-format", "s16le", "--raw-rate", "48000", "-"], fast),
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
fn standard_input_gives_the_detections_of_a_file() {
    let file = crate::program::data("keywords/stop/en-us.wav");
    let from_file = json_lines(&run(&["score", "--format", "jsonl", &file]));
    let from_pipe = json_lines(&score(&RAW, s16le(&samples("keywords/stop/en-us.wav"))));
    let places = |events: &[Value]| -> Vec<[Value; 4]> {
        let keys = ["keyword", "score", "start", "end"];
        of_kind(events, "detection").iter().map(|event| keys.map(|key| event[key].clone())).collect()
    };
    assert_eq!(places(&from_pipe), places(&from_file));
}

#[test]
fn standard_input_can_be_a_clip() {
    let output = score(&[&["--clips"], &RAW[..]].concat(), s16le(&samples("keywords/stop/en-us.wav")));
    assert_eq!(of_kind(&json_lines(&output), "clip")[0]["label"], "stop");
}

#[test]
fn an_empty_standard_input_is_reported() {
    for arguments in [&["-"][..], &RAW] {
        let output = score(arguments, Vec::new());
        assert_eq!(output.status.code(), Some(3));
        assert!(talk(&output).contains("found nothing"), "{output:?}");
    }
}

#[test]
fn an_incomplete_frame_on_standard_input_is_told_of() {
    let mut input = s16le(&samples("keywords/stop/en-us.wav"));
    input.push(7);
    let output = score(&RAW, input);
    assert!(output.status.success());
    assert!(talk(&output).contains("its last 1 bytes are left out"), "{output:?}");
}

#[test]
fn every_kind_of_file_is_read_from_standard_input() {
    for file in ["formats/16_bit.wav", "formats/16_bit.flac", "formats/8_bit.wav", "formats/8_khz_right.wav"]
    {
        let path = crate::program::data(file);
        let bytes = std::fs::read(&path).unwrap();
        let from_file = json_lines(&run(&["score", "--format", "jsonl", &path]));
        let from_pipe = json_lines(&score(&["-"], bytes.clone()));
        let found = |events: &[Value]| -> Vec<[Value; 3]> {
            let keys = ["keyword", "score", "start"];
            of_kind(events, "detection").iter().map(|event| keys.map(|key| event[key].clone())).collect()
        };
        assert!(found(&from_pipe).len() == 1 && found(&from_pipe) == found(&from_file), "{file}");
        assert_eq!(
            of_kind(&from_pipe, "file")[0]["seconds"],
            of_kind(&from_file, "file")[0]["seconds"],
            "{file}"
        );
        #[cfg(target_os = "linux")]
        {
            let named = json_lines(&score(&["/dev/stdin"], bytes));
            assert_eq!(found(&named), found(&from_file), "{file} as /dev/stdin");
        }
    }
}

#[test]
fn standard_input_without_a_format_is_refused_with_advice() {
    let output = score(&["-"], s16le(&samples("keywords/stop/en-us.wav")));
    assert_eq!(output.status.code(), Some(2));
    for part in ["--raw-format s16le --raw-rate 16000", "ffmpeg -i FILE -f wav - | polyspot score -"] {
        assert!(talk(&output).contains(part), "{part:?} in {output:?}");
    }
    let output = score(&["-"], b"FORM\0\0\0\x20AIFFCOMM".to_vec());
    assert_eq!(output.status.code(), Some(3));
    assert!(
        talk(&output).contains("found AIFF") && talk(&output).contains("| polyspot score -"),
        "{output:?}"
    );
}

#[test]
fn a_header_that_is_taken_for_sound_is_warned_of() {
    let output = score(&RAW, std::fs::read(crate::program::data("formats/16_bit.wav")).unwrap());
    assert!(output.status.success());
    assert!(talk(&output).contains("begins like a file of WAV"), "{output:?}");
}
