//! Whatever fuzzing has kept (fuzz/corpus: seeds and what has crashed), the program ends in words that name the file.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use crate::program::{command, data, run, talk};
use crate::support::folder::entries;

/// The kept inputs of a fuzz target.
fn kept(target: &str) -> Vec<PathBuf> {
    let files = entries(data(&format!("../../fuzz/corpus/{target}")));
    assert!(!files.is_empty());
    files
}

#[test]
fn hostile_models_are_refused_or_run() {
    let word = data("formats/16_bit.wav");
    for file in ["model_kernel", "model_tract", "adapter", "base"].iter().flat_map(|target| kept(target)) {
        let path = file.to_str().unwrap();
        let output = run(&["score", "--model", path, &word]);
        match output.status.code() {
            Some(0) => {}
            // The model was accepted, and gave up on this recording.
            Some(3) => assert!(talk(&output).contains(&word), "{output:?}"),
            Some(4) => {
                assert!(talk(&output).contains(&format!("the model {path} was refused: ")), "{output:?}");
            }
            _ => panic!("{path}: {output:?}"),
        }
    }
}

#[test]
fn hostile_recordings_are_refused_or_scored() {
    for file in ["wave", "coded"].iter().flat_map(|target| kept(target)) {
        let output = run(&["score", file.to_str().unwrap()]);
        let code = output.status.code();
        assert!(code == Some(0) || code == Some(3), "{output:?}");
        assert!(code == Some(0) || talk(&output).contains(file.to_str().unwrap()), "{output:?}");
    }
}

#[test]
fn hostile_raw_audio_is_refused_or_scored() {
    for file in kept("raw_pcm") {
        for options in [
            &["--raw-format", "f32le"][..],
            &["--raw-format", "s16le", "--raw-rate", "44100", "--raw-channels", "3"],
        ] {
            let mut running = command(&[&["score", "-"], options].concat())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            running.stdin.take().unwrap().write_all(&fs::read(&file).unwrap()).unwrap();
            let output = running.wait_with_output().unwrap();
            assert!(matches!(output.status.code(), Some(0 | 3)), "{}: {output:?}", file.display());
        }
    }
}
