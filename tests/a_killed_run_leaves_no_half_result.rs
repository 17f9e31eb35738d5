//! `score --out` writes its file whole or not at all, whenever it is killed.

use std::fs;
use std::time::Instant;

use crate::kill::{kill_at_random, kills};
use crate::program::{command, data, run, talk, text};
use crate::support::folder::file_names;

#[test]
fn a_killed_score_leaves_the_old_file_or_the_new_one_whole() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = data("keywords");
    for format in ["text", "jsonl", "csv"] {
        let path = folder.path().join(format);
        let arguments = ["score", "--format", format, "--out", path.to_str().unwrap(), &recordings];
        let begun = Instant::now();
        let output = run(&arguments);
        let takes = begun.elapsed();
        assert!(output.status.success() && text(&output).is_empty(), "{output:?}");
        let expected = fs::read(&path).unwrap();
        assert_eq!(expected, run(&["score", "--format", format, &recordings]).stdout, "{format}");
        for number in 0..kills(4) {
            let is_new = number % 2 == 0;
            if is_new {
                fs::remove_file(&path).unwrap();
            }
            kill_at_random(&mut command(&arguments), takes, folder.path());
            match fs::read(&path) {
                Ok(left) => assert_eq!(left, expected, "{format}: old or new, but whole"),
                Err(_) => assert!(is_new, "{format}: what was there before is gone"),
            }
            assert!(run(&arguments).status.success());
            assert_eq!(fs::read(&path).unwrap(), expected, "{format}, run again");
        }
    }
    assert_eq!(file_names(folder.path()), ["csv", "jsonl", "text"]);
}

#[test]
fn an_output_that_cannot_be_written_is_reported() {
    let output = run(&["score", "--out", "no/such/folder/a.csv", &data("formats/16_bit.wav")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(talk(&output).contains("no/such/folder/a.csv cannot be written"), "{output:?}");
}
