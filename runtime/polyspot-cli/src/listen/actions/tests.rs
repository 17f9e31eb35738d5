//! Commands as they run.

use std::path::Path;

use super::facts::example;
use super::*;

/// Commands with this limit and timeout.
fn actions(commands: &[&str], limit: usize, timeout: Duration) -> Actions {
    let commands = commands.iter().map(|command| (None, Template::read(command).unwrap())).collect();
    Actions::begin(commands, limit, timeout, Talk::Unheard).unwrap()
}

const LONG: Duration = Duration::from_mins(10);

/// Waits until a file has so many lines.
fn lines(file: &Path, count: usize) -> Vec<String> {
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        if text.lines().count() >= count {
            return text.lines().map(str::to_owned).collect();
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_command_gets_words_and_environment_and_no_shell_sees_them() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let script =
        r#"printf '%s\n' "$1" "$POLYSPOT_KEYWORD" "$POLYSPOT_SCORE" "$POLYSPOT_LANGUAGE" "$POLYSPOT_JSON" "#;
    let command = format!("sh -c '{}>\"$2\"' - {{keyword}} {}", script.replace('\'', r"'\''"), out.display());
    let mut actions = actions(&[&command], 1, LONG);
    actions.detected(&example());
    let json = r#"{"event":"detection","keyword":"stop; rm"}"#;
    assert_eq!(lines(&out, 5), ["stop; rm", "stop; rm", "0.93", "en", json]);
    assert_eq!(actions.end(), (Totals { wanted: 1, ..Totals::default() }, vec![]));
}

#[test]
fn only_so_many_run_at_once_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let command = format!("sh -c 'echo started >> {}; exec sleep 1000'", out.display());
    let mut actions = actions(&[&command], 2, LONG);
    for _ in 0..5 {
        actions.detected(&example());
    }
    lines(&out, 2);
    let begin = Instant::now();
    let (totals, warnings) = actions.end();
    assert!(begin.elapsed() < Duration::from_secs(30), "it does not wait for them to end by themselves");
    assert_eq!(totals, Totals { wanted: 5, left_out: 3, failed: 0, killed: 2 });
    assert!(warnings[0].ends_with("was left out: 2 commands are running (--command-limit)"), "{warnings:?}");
    assert_eq!(lines(&out, 2).len(), 2);
}

#[test]
fn a_command_that_hangs_is_killed_with_what_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let command = format!("sh -c 'sleep 1000 & echo $! > {}; wait'", out.display());
    let mut actions = actions(&[&command], 1, Duration::from_millis(300));
    actions.detected(&example());
    let grandchild: u32 = lines(&out, 1)[0].parse().unwrap();
    let warning = loop {
        if let Some(warning) = actions.warnings().pop() {
            break warning;
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert!(warning.ends_with("was killed: it ran for more than 0.3 s (--command-timeout)"), "{warning}");
    // Whoever adopts it takes leave of it in its own time: until then it is a zombie at most.
    let state = || std::fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
    while !(state().is_empty() || state().contains(") Z ")) {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(actions.end().0.killed, 1);
}

#[test]
fn failures_are_told_of_and_many_of_them_now_and_then() {
    let mut actions = actions(&["sh -c 'exit 3'"], 64, LONG);
    for _ in 0..20 {
        actions.detected(&example());
    }
    let (totals, warnings) = actions.end();
    assert_eq!(totals, Totals { wanted: 20, failed: 20, ..Totals::default() });
    assert_eq!(warnings.len(), WARNINGS_AT_ONCE as usize);
    assert!(warnings[0].ends_with("failed: exit status: 3"), "{warnings:?}");
    assert_eq!(actions.untold, 20 - u64::from(WARNINGS_AT_ONCE));
}

#[test]
fn a_program_that_vanishes_fails_when_it_is_to_be_run() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("tool");
    std::fs::copy("/bin/true", &program).unwrap();
    let mut actions = actions(&[program.to_str().unwrap()], 1, LONG);
    std::fs::remove_file(&program).unwrap();
    actions.detected(&example());
    let (totals, warnings) = actions.end();
    assert_eq!(totals.failed, 1);
    assert!(warnings[0].contains("could not be started: No such file"), "{warnings:?}");
}

#[test]
fn a_keyword_has_commands_of_its_own_beside_those_for_all() {
    let template = || Template::read("true").unwrap();
    let commands = ["stop; rm", "go"].map(|keyword| (Some(keyword.to_owned()), template()));
    let commands = commands.into_iter().chain([(None, template())]).collect();
    let mut actions = Actions::begin(commands, 8, LONG, Talk::Unheard).unwrap();
    actions.detected(&example());
    assert_eq!(actions.totals.wanted, 2, "its own and that for all");
    actions.woken(&example());
    assert_eq!(actions.totals.wanted, 3, "a wake word runs its own alone");
}
