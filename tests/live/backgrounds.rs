//! The program and its terminal: in the background, stopped and continued, and when the terminal is gone.

use std::fs;
use std::process::Command;

use super::program::Listening;
use super::screen::Screen;
use super::sound_server::{MICROPHONE, SoundServer};

fn listen(server: &SoundServer, arguments: &str) -> String {
    let (program, log) = (env!("CARGO_BIN_EXE_polyspot"), server.path("log"));
    format!("{program} listen --device pulseaudio:{MICROPHONE} {arguments} > {}", log.display())
}

/// Shows what is heard on the terminal.
fn show() -> String {
    let program = env!("CARGO_BIN_EXE_polyspot");
    format!("{program} listen --device pulseaudio:{MICROPHONE} --language en,zh")
}

#[test]
fn a_program_in_the_background_listens_on() {
    let server = SoundServer::start();
    let job = listen(&server, "--duration 2");
    let screen = Screen::run(&server, &format!("set -m; {job} & wait $!; echo status: $?"));
    screen.wait_for("status: 0");
    screen.end();
    let log = fs::read_to_string(server.path("log")).unwrap();
    assert!(log.contains(r#""event":"summary""#), "{log}");
}

#[test]
fn a_terminal_that_hangs_up_ends_it_and_nohup_prevents_that() {
    let server = SoundServer::start();
    let job = listen(&server, "--duration 20");
    let until_ready = format!("until grep -q ready {}; do sleep 0.1; done", server.path("log").display());
    let screen = Screen::run(
        &server,
        &format!("set -m; {job} & {until_ready}; kill -HUP $!; wait $!; echo status: $?"),
    );
    screen.wait_for("status: 0");
    screen.end();
    let log = fs::read_to_string(server.path("log")).unwrap();
    assert!(log.contains(r#""event":"summary""#) && !log.contains("model-changed"), "{log}");

    fs::remove_file(server.path("log")).unwrap();
    let job = listen(&server, "--duration 3");
    let screen = Screen::run(
        &server,
        &format!("set -m; nohup {job} & {until_ready}; kill -HUP $!; wait $!; echo status: $?"),
    );
    screen.wait_for("status: 0");
    screen.end();
    let log = fs::read_to_string(server.path("log")).unwrap();
    let summary = log.lines().last().map(serde_json::from_str::<serde_json::Value>).unwrap().unwrap();
    assert!(summary["elapsed_seconds"].as_f64() > Some(2.9), "{log}");
}

#[test]
fn without_a_terminal_a_hang_up_reads_the_models_again() {
    let server = SoundServer::start();
    let mut command = Command::new("setsid");
    command.args([env!("CARGO_BIN_EXE_polyspot"), "listen", "--device", &format!("pulseaudio:{MICROPHONE}")]);
    server.attach(&mut command);
    let (mut listening, _) = Listening::begin(&mut command);
    listening.signal("HUP");
    let changed = listening.wait_for("model-changed", |_| true);
    assert_eq!((&changed["by"], &changed["new"]), (&"request".into(), &"en".into()), "{changed}");
    listening.finish();
}

#[test]
fn a_program_that_was_stopped_and_continued_listens_on_and_takes_keys_again() {
    let server = SoundServer::start();
    let screen = Screen::run(&server, "PS1='shell> ' bash --norc --noprofile -i");
    screen.wait_for("shell> ");
    screen.press(&format!("{}\n", show()));
    screen.wait_for("[0 en,zh]");
    screen.press("2");
    screen.wait_for("now in ar");
    screen.press("\u{1a}");
    screen.wait_for("Stopped");
    screen.wait_for("shell> ");
    screen.press("stty -a\n");
    screen.wait_for(" icanon ");
    screen.press("bg\n");
    screen.wait_for("listen");
    // Which is said by the shell if it was stopped for reading.
    screen.press("sleep 2; jobs\n");
    screen.wait_for("Running");
    screen.press("fg\n");
    screen.wait_for("[2 ar]");
    screen.press("0");
    screen.wait_for("now in en,zh");
    screen.press("q");
    screen.wait_for("Heard ");
    screen.wait_for("shell> ");
    screen.press("exit\n");
    let settings = screen.end();
    assert!(settings.contains(" icanon ") && settings.contains(" echo "), "{settings}");
}

#[test]
fn keys_count_again_after_a_while_in_the_background_in_which_none_was_pressed() {
    let server = SoundServer::start();
    // A shell that runs a script reads no keys, and `fg` of what is running sends it no signal.
    let screen = Screen::run(&server, &format!("set -m; {}; bg; sleep 1; fg", show()));
    screen.wait_for("[0 en,zh]");
    screen.press("\u{1a}");
    screen.wait_for("en,zh &");
    screen.wait_for("[0 en,zh]");
    screen.press("2");
    screen.wait_for("now in ar");
    screen.press("q");
    screen.wait_for("Heard ");
    screen.end();
}
