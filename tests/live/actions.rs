//! Commands that detections run.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::fixture;
use super::program::{Listening, polyspot};
use super::sound_server::SoundServer;
use super::support::process;

/// Waits until a file has so many lines.
fn lines(file: &Path, count: usize) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        if text.lines().count() >= count {
            return text.lines().map(str::to_owned).collect();
        }
        assert!(Instant::now() < deadline, "{text:?} after 30 s");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The processes that a process has started and not taken leave of.
fn children(id: u32) -> Vec<u32> {
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|&number| process::status(number, "PPid") == Some(u64::from(id))).collect()
}

#[test]
fn a_word_runs_a_command_that_is_told_of_it() {
    let server = SoundServer::start();
    let out = server.path("out");
    let any =
        format!(r#"sh -c 'echo "$0 $POLYSPOT_LANGUAGE $POLYSPOT_SCORE" >> {}' {{keyword}}"#, out.display());
    let own = format!("yes=sh -c 'echo own >> {}'", server.path("own").display());
    let mut listening = Listening::start(&server, &["--on-detection", &any, "--on", &own]);
    server.play(&fixture("stop"));
    let stop = listening.wait_for("detection", |event| event["keyword"] == "stop");
    let told = &lines(&out, 1)[0];
    let score: f64 = told.strip_prefix("stop en ").unwrap().parse().unwrap();
    assert_eq!(stop["score"], score);
    assert!(!server.path("own").exists(), "it is for another word");
    server.play(&fixture("yes"));
    listening.wait_for("detection", |event| event["keyword"] == "yes");
    assert_eq!(lines(&server.path("own"), 1), ["own"]);
    let summary = listening.finish();
    assert_eq!(summary["commands"]["failed"], 0, "{summary}");
}

#[test]
fn a_command_that_hangs_holds_nothing_up_and_leaves_no_zombie() {
    let server = SoundServer::start();
    let arguments = [
        "--on-detection",
        "sleep 1000",
        "--command-limit",
        "1",
        "--command-timeout",
        "4",
        "--level-interval",
        "1",
    ];
    let mut listening = Listening::start(&server, &arguments);
    server.play(&fixture("stop"));
    listening.wait_for("detection", |event| event["keyword"] == "stop");
    server.play(&fixture("yes"));
    listening.wait_for("detection", |event| event["keyword"] == "yes");
    let warning = |listening: &mut Listening, text: &str| {
        listening.wait_for("warning", |warning| warning["message"].as_str().unwrap().contains(text));
    };
    warning(&mut listening, "sleep was left out: 1 commands are running");
    warning(&mut listening, "sleep was killed: it ran for more than 4 s");
    assert_eq!(children(listening.id()), Vec::<u32>::new());
    let summary = listening.finish();
    for lost in ["samples_dropped", "samples_missing", "gaps"] {
        assert_eq!(summary[lost], 0, "{summary}");
    }
    let commands = &summary["commands"];
    assert_eq!((&commands["left_out"], &commands["killed"]), (&1.into(), &1.into()), "{summary}");
}

#[test]
fn a_command_that_cannot_be_run_is_refused_before_listening() {
    for (option, value, reason) in [
        ("--on-detection", "no-such-program {keyword}", "no such program in any folder of PATH"),
        ("--on-detection", "sh {word}", "unknown placeholder {word}"),
        ("--on", "halt=true", "unknown keyword \"halt\"; there are: yes, no"),
        ("--on", "stop=", "expected a command"),
        ("--on", "stop", "expected KEYWORD=COMMAND"),
    ] {
        let output = polyspot(&["listen", option, value]).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{stderr}");
        assert!(stderr.contains(reason), "{value}: {stderr}");
    }
}
