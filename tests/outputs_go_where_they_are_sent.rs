//! An output replaces nothing but a regular file: links are followed, devices and pipes are written to, and what stands beside it
//! is left alone.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::program::{command, data, run, talk, text};
use crate::support::folder::{entries, file_names};

/// `score` of a word, its results sent to a path.
fn score(out: &Path) -> Output {
    run(&["score", "--format", "csv", &data("formats/16_bit.wav"), "--out", out.to_str().unwrap()])
}

/// What all of these must say.
fn expected() -> Vec<u8> {
    run(&["score", "--format", "csv", &data("formats/16_bit.wav")]).stdout
}

#[test]
fn an_output_replaces_what_a_link_leads_to() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("real.txt"), "old").unwrap();
    fs::set_permissions(at("real.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("real.txt", at("link.txt")).unwrap();
    symlink("new.txt", at("dangling.txt")).unwrap();
    for (link, target) in [("link.txt", "real.txt"), ("dangling.txt", "new.txt")] {
        assert!(score(&at(link)).status.success());
        assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink());
        assert_eq!(fs::read(at(target)).unwrap(), expected());
    }
    assert_eq!(fs::metadata(at("real.txt")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file_names(folder.path()), ["dangling.txt", "link.txt", "new.txt", "real.txt"]);
}

#[test]
fn what_is_read_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (word, link, model) = (at("word.wav"), at("link.wav"), at("model.onnx"));
    let sound = fs::read(data("formats/16_bit.wav")).unwrap();
    fs::write(&word, &sound).unwrap();
    symlink("word.wav", &link).unwrap();
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/tiny/en.onnx"), &model).unwrap();
    let bytes = fs::read(&model).unwrap();
    let all = at("");
    for arguments in [
        &["score", &word, "--out", &word][..],
        &["score", &word, "--out", &link],
        &["score", &all, "--out", &word],
        &["score", "--model", &model, &word, "--out", &model],
        &["explain", &word, "--svg", &link],
        &["calibrate", "--model", &model, "--ambient", &word, "--out", &model],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(talk(&output).contains("expected another file to write to"), "{arguments:?}: {output:?}");
    }
    assert!(fs::read(&word).unwrap() == sound && fs::read(&model).unwrap() == bytes);
    let nowhere = at("no folder/x");
    let output = run(&["score", &word, "--out", &nowhere]);
    assert!(talk(&output).contains("there is no folder"), "{output:?}");
}

#[test]
fn an_output_is_written_to_devices_and_pipes_themselves() {
    assert!(score(Path::new("/dev/null")).status.success());
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    let output = score(Path::new("/dev/full"));
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    for out in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        assert_eq!(score(Path::new(out)).stdout, expected(), "{out}");
    }
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::read(pipe).unwrap())
    };
    assert!(score(&pipe).status.success());
    assert_eq!(reader.join().unwrap(), expected());
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

/// `> log` and `>> log` are files that the shell has opened: what is in them stays, and what follows is written after it.
#[test]
fn an_output_to_standard_output_follows_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut log = fs::File::create(&path).unwrap();
    log.write_all(b"before\n").unwrap();
    let arguments = ["score", "--format", "csv", &data("formats/16_bit.wav"), "--out", "/dev/stdout"];
    let status = command(&arguments).stdout(log.try_clone().unwrap()).stderr(Stdio::null()).status();
    assert!(status.unwrap().success());
    log.write_all(b"after\n").unwrap();
    assert_eq!(fs::read(&path).unwrap(), [b"before\n", &*expected(), b"after\n"].concat());
}

#[test]
fn an_output_is_never_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let word = &data("formats/16_bit.wav");
    let path = folder.path().to_str().unwrap();
    let missing = format!("{path}/none/why.svg");
    for arguments in [
        ["score", word, "--out", path],
        ["explain", word, "--svg", path],
        ["explain", word, "--svg", &missing],
        ["calibrate", "--ambient", word, &format!("--out={path}")],
    ] {
        let output = run(&arguments);
        assert_eq!((output.status.code(), text(&output)), (Some(2), ""), "{arguments:?}: {output:?}");
        assert!(talk(&output).contains("cannot be written"), "{output:?}");
    }
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn an_output_leaves_alone_what_stands_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("precious"), "untouched").unwrap();
    symlink("precious", at("a.csv.partial")).unwrap();
    assert!(score(&at("a.csv")).status.success());
    assert_eq!(fs::read_to_string(at("precious")).unwrap(), "untouched");
    assert_eq!(file_names(folder.path()), ["a.csv", "a.csv.partial", "precious"]);
}
