//! Output and talk that cannot be written end in a documented code, and take no results with them.

use std::fs;
use std::process::{Output, Stdio};

use crate::program::{command, data, run};

/// A device that is always full.
fn full() -> Stdio {
    fs::File::options().write(true).open("/dev/full").unwrap().into()
}

/// A pipe that nobody reads.
fn broken() -> Stdio {
    std::io::pipe().unwrap().1.into()
}

fn commands() -> Vec<Vec<String>> {
    let (word, folder) = (data("keywords/stop/en-us.wav"), data("keywords/stop"));
    [
        &["score", &word][..],
        &["score", "--format", "jsonl", &folder],
        &["score", "--clips", "--format", "csv", &folder],
        &["explain", &word],
        &["doctor", "--file", &word],
        &["models"],
        &["models", "--json"],
        &["models", "--cost", "en,ar"],
    ]
    .iter()
    .map(|command| command.iter().map(ToString::to_string).collect())
    .collect()
}

fn output(arguments: &[String], stdout: Stdio, stderr: Stdio) -> Output {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    command(&arguments).stdout(stdout).stderr(stderr).spawn().unwrap().wait_with_output().unwrap()
}

#[test]
fn output_that_cannot_be_written_has_an_exit_code_and_a_closed_pipe_has_none() {
    for arguments in commands() {
        let ended = output(&arguments, full(), Stdio::piped());
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(6), "{arguments:?}: {said}");
        assert!(said.contains("No space left"), "{arguments:?}: {said}");
        assert_eq!(output(&arguments, broken(), Stdio::null()).status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn the_exit_code_is_the_same_when_standard_error_cannot_be_written() {
    for arguments in commands() {
        let code = output(&arguments, Stdio::null(), Stdio::null()).status.code();
        for stderr in [full, broken] {
            assert_eq!(output(&arguments, Stdio::null(), stderr()).status.code(), code, "{arguments:?}");
        }
    }
    for arguments in [vec!["score".to_owned(), "none.wav".to_owned()], vec!["score".to_owned()]] {
        let code = output(&arguments, Stdio::null(), Stdio::null()).status.code();
        assert!(matches!(code, Some(2 | 3)), "{code:?}");
        assert_eq!(output(&arguments, full(), full()).status.code(), code, "{arguments:?}");
    }
}

#[test]
fn result_files_are_whole_when_nothing_else_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    let (word, silence) = (data("keywords/stop/en-us.wav"), data("keywords/silence"));
    for (file, arguments) in [
        ("why.svg", vec!["explain", &word, "--svg"]),
        ("room.json", vec!["calibrate", "--ambient", &silence, "--out"]),
        ("words.csv", vec!["score", &word, "--out"]),
    ] {
        let arguments: Vec<String> = arguments.into_iter().map(String::from).chain([at(file)]).collect();
        let ended = output(&arguments, full(), full());
        assert!(matches!(ended.status.code(), Some(0 | 6)), "{arguments:?}: {ended:?}");
        let with_readers: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let written = fs::read(at(file)).unwrap();
        assert!(run(&with_readers).status.success());
        assert_eq!(fs::read(at(file)).unwrap(), written, "{arguments:?}");
    }
}
