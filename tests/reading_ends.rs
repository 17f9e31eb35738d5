//! Whatever stands where a file is expected, the program neither waits for it nor reads it without end.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::program::{command, data, run, talk};

fn pipe(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path.into_os_string().into_string().unwrap()
}

/// A file of 3 GB that takes no room on the disk.
fn huge(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    File::create(&path).unwrap().set_len(3 << 30).unwrap();
    path.into_os_string().into_string().unwrap()
}

fn ends(arguments: &[&str], code: i32, message: &str) -> Output {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    assert!(talk(&output).contains(message), "{arguments:?}: no {message:?} in {output:?}");
    output
}

#[test]
fn models_and_profiles_are_read_from_regular_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let word = &data("formats/16_bit.wav");
    let (pipe, huge) = (&pipe(folder.path(), "pipe"), &huge(folder.path(), "huge"));
    let is_pipe = "expected a regular file, found a pipe (FIFO)";
    ends(&["score", word, "--model", pipe], 4, is_pipe);
    ends(&["listen", "--model", pipe, "--watch"], 4, is_pipe);
    ends(&["models", pipe], 4, is_pipe);
    ends(&["score", word, "--profile", pipe], 3, is_pipe);
    ends(&["score", word, "--model", "/dev/zero"], 4, "expected a regular file, found a device");
    ends(&["score", word, "--profile", "/dev/zero"], 3, "expected a regular file, found a device");
    let folder = folder.path().to_str().unwrap();
    ends(&["score", word, "--model", folder], 4, "expected a regular file, found a folder");
    ends(&["score", word, "--model", huge], 4, "expected at most 8388608");
    ends(&["score", word, "--profile", huge], 3, "expected a file of at most 8388608 bytes");
}

#[test]
fn what_is_no_model_in_a_folder_of_models_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    pipe(folder.path(), "pipe.onnx");
    huge(folder.path(), "huge.onnx");
    fs::create_dir(folder.path().join("folder.onnx")).unwrap();
    fs::copy(data("models/stride_4_pulse_4.onnx"), folder.path().join("sound.onnx")).unwrap();
    let models = folder.path().to_str().unwrap();
    let output =
        ends(&["score", &data("formats/16_bit.wav"), "--models", models, "--language", "tok"], 0, "");
    for refused in ["pipe.onnx: ", "huge.onnx: ", "folder.onnx: "] {
        assert!(talk(&output).contains(refused), "{refused} in {output:?}");
    }
}

/// Explaining listens block by block, and keeps what it makes of the sound, not the sound.
#[cfg(target_os = "linux")] // reads /proc
#[test]
fn explaining_a_long_recording_does_not_keep_its_samples() {
    use crate::support::process::peak_kib;
    let folder = tempfile::tempdir().unwrap();
    let peak = |minutes: usize| {
        let word = crate::program::samples("keywords/stop/en-us.wav");
        let audio: Vec<i16> = word.iter().copied().cycle().take(16_000 * 60 * minutes).collect();
        let path = crate::program::write(&folder, "long.wav", &audio);
        peak_kib(command(&["explain", path.to_str().unwrap()]).stdout(Stdio::null()).spawn().unwrap())
    };
    let (short, long) = (peak(1), peak(11));
    // Ten minutes of samples are 38 MB; of posteriors, before and after smoothing, and levels 5 MB.
    assert!(long < short + 15_000, "{long} KiB for 11 minutes, {short} for one");
}
