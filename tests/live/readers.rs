//! Whoever reads what the program writes may stop, or go.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::fixture;
use super::program::{Listening, polyspot};
use super::sound_server::{MICROPHONE, SoundServer};

/// What a pipe of Linux holds.
const PIPE_BYTES: usize = 65_536;

#[test]
fn a_reader_that_has_enough_ends_the_program_quietly() {
    let server = SoundServer::start();
    let mut listening = Listening::start(&server, &[]);
    listening.stop_reading();
    let (status, stderr) = listening.end();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
}

/// Whoever reads may stop, as a pager does: the sound is heard all the same, clips are saved, and the first signal ends it.
#[test]
fn a_reader_that_stops_holds_nothing_up() {
    let server = SoundServer::start();
    let folder = server.path("clips");
    let (_reader, mut full) = std::io::pipe().unwrap();
    full.write_all(&vec![b'\n'; PIPE_BYTES]).unwrap();
    let microphone = format!("pulseaudio:{MICROPHONE}");
    let arguments = ["listen", "--device", &microphone, "--save-clips", folder.to_str().unwrap()];
    let mut command = polyspot(&arguments);
    server.attach(&mut command);
    let mut child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let clips = || fs::read_dir(&folder).map_or(0, Iterator::count);
    let deadline = Instant::now() + Duration::from_secs(30);
    while clips() == 0 && Instant::now() < deadline {
        server.play(&fixture("stop"));
    }
    assert!(clips() > 0, "nothing was heard");
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let deadline = Instant::now() + Duration::from_secs(15);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it does not end");
        thread::sleep(Duration::from_millis(10));
    }
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(6), "{stderr}");
    assert!(stderr.contains("nobody reads standard output"), "{stderr}");
}
