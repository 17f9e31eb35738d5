//! Whenever a command is killed, no file with a final name is half-written, and run again the command ends as if nothing had
//! happened.

use std::fs;
use std::time::{Duration, Instant};

use safetensors::SafeTensors;

use crate::kill::{kill_at_random, kills, partial_files, random_below};
use crate::room::{Room, alike, succeeded};
use crate::support::folder::file_names;

/// Whether a file's contents are all there.
fn is_whole(name: &str, bytes: &[u8]) -> bool {
    match name.rsplit_once('.').unwrap().1 {
        "safetensors" | "progress" => SafeTensors::deserialize(bytes).is_ok(),
        "onnx" => polyspot::Model::from_bytes(bytes).is_ok(),
        "svg" => bytes.trim_ascii_end().ends_with(b"</svg>"),
        "json" => serde_json::from_slice::<serde_json::Value>(bytes).is_ok(),
        other => panic!("a file of an unknown kind: {name} ({other})"),
    }
}

/// Kills a command that writes `out`, and runs it again to its end, several times. What is there before the first run stays;
/// `resume` is a flag that goes on with what was begun, if there is one.
fn kill(room: &Room, arguments: &[&str], out: &str, resume: Option<&str>) {
    let before = file_names(room.path(""));
    let begun = Instant::now();
    succeeded(&room.run(arguments));
    let takes = begun.elapsed().max(Duration::from_millis(20));
    let after = file_names(room.path(""));
    let expected: Vec<Vec<u8>> = after.iter().map(|name| room.bytes(name)).collect();
    let remove = || {
        for name in file_names(room.path("")).iter().filter(|name| !before.contains(name)) {
            fs::remove_file(room.path(name)).unwrap();
        }
    };
    for number in 0..kills(3) {
        // In one half of the cases there is an older result, which must survive.
        if number % 2 == 0 {
            remove();
        }
        kill_at_random(&mut room.command(arguments), takes, &room.path(""));
        for name in file_names(room.path("")).iter().filter(|name| !name.ends_with(".partial")) {
            assert!(is_whole(name, &room.bytes(name)), "{arguments:?}: {name} is half-written");
        }
        let goes_on = resume
            .filter(|_| random_below(2) == 0)
            .is_some_and(|flag| room.run(&[arguments, &[flag]].concat()).status.success());
        if !goes_on {
            succeeded(&room.run(arguments));
        }
        assert_eq!(partial_files(&room.path("")), 0, "{arguments:?}");
        assert_eq!(file_names(room.path("")), after, "{arguments:?}");
        for (name, expected) in after.iter().zip(&expected) {
            let found = room.bytes(name);
            if !goes_on {
                assert!(found == *expected, "{arguments:?}: {name} is another after {out} was made again");
            } else if name.ends_with(".safetensors") {
                alike(&found, expected);
            } else {
                assert!(is_whole(name, &found), "{arguments:?}: {name} is half-written");
            }
        }
    }
}

#[test]
fn whatever_is_killed_and_whenever() {
    let room = Room::new();
    let train = ["train", "--data", "xx", "--recipe", "small.json", "--out", "base.safetensors"];
    kill(&room, &train, "base.safetensors", Some("--resume"));
    let adapt = ["adapt", "--base", "base.safetensors", "--data", "xx", "--no-bank", "--epochs", "3"];
    let budget = ["--budget", "0.5", "--out", "xx.safetensors"];
    kill(&room, &[&adapt[..], &budget].concat(), "xx.safetensors", Some("--resume"));
    let fuse = ["fuse", "--base", "base.safetensors", "--adapter", "xx.safetensors", "--out", "xx.onnx"];
    kill(&room, &fuse, "xx.onnx", None);
    let calibrate = ["calibrate", "xx.onnx", "--data", "xx", "--negatives", "xx/dev/hum"];
    let rate = ["--false-alarms-per-hour", "100000", "--out", "calibrated.onnx"];
    kill(&room, &[&calibrate[..], &rate].concat(), "calibrated.onnx", None);
}
