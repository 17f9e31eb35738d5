//! The program, and recordings to give to it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::wav;

/// The keywords of the English model.
pub(crate) const WORDS: [&str; 10] = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"];

/// `polyspot`, not started yet.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polyspot"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs `polyspot` to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// A file or folder in tests/data.
pub(crate) fn data(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    folder.join(path).into_os_string().into_string().unwrap()
}

/// Standard output as text.
pub(crate) fn text(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

/// Standard error as text.
pub(crate) fn talk(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

/// Standard output as JSON lines.
pub(crate) fn json_lines(output: &Output) -> Vec<Value> {
    text(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The events of one kind.
pub(crate) fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

/// The 16-bit samples of a clip in tests/data, which all have 16 kHz.
pub(crate) fn samples(clip: &str) -> Vec<i16> {
    wav::read(data(clip))
}

/// Words spoken by one voice, one every two seconds.
pub(crate) fn session(words: &[&str], voice: &str) -> Vec<i16> {
    let mut session = Vec::new();
    for (i, word) in words.iter().enumerate() {
        session.extend(samples(&format!("keywords/{word}/{voice}.wav")));
        session.resize((i + 1) * 32_000, 0);
    }
    session
}

/// Writes 16 kHz mono samples and gives the path.
pub(crate) fn write(folder: &tempfile::TempDir, name: &str, samples: &[i16]) -> PathBuf {
    let path = folder.path().join(name);
    wav::write(&path, 1, samples.iter().copied());
    path
}
