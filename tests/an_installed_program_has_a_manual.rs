//! Packages have manual pages and completions for every command of the program.

use std::fs;

use crate::install_files;
use crate::program::{run, text};
use crate::support::folder::file_names;

#[test]
fn every_command_has_a_manual_page_and_completions() {
    let folder = tempfile::tempdir().unwrap();
    install_files::write(folder.path()).unwrap();
    let help = run(&["--help"]);
    let (_, commands) = text(&help).split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let commands: Vec<&str> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"listen") && commands.contains(&"help"), "{commands:?}");

    let files = file_names(folder.path());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    for command in commands.iter().filter(|command| **command != "help") {
        assert!(files.contains(&format!("polyspot-{command}.1")), "{command} in {files:?}");
        for completions in ["polyspot.bash", "polyspot.fish", "_polyspot"] {
            assert!(read(completions).contains(command), "{command} in {completions}");
        }
    }
    let overview = read("polyspot.1");
    assert!(overview.contains("Exit codes") && overview.contains("polyspot\\-listen"), "{overview}");
    let page = read("polyspot-listen.1");
    for option in ["\\-\\-language", "\\-\\-save\\-clips"] {
        assert!(page.contains(option), "{option} in {page}");
    }
}
