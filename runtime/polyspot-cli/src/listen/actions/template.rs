//! A command as it is written on the command line, and what becomes of it for a detection.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::facts::{Facts, placeholder, placeholders};

/// A program and its arguments, with places for what was detected.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    /// The program's file.
    pub(super) program: PathBuf,
    arguments: Vec<Vec<Part>>,
}

/// A piece of an argument.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    /// The fact with this number.
    Fact(usize),
}

impl Template {
    /// Reads a command: words as a shell splits them, but there is no shell. What is put in for a placeholder stays within its word,
    /// whatever it holds.
    ///
    /// # Errors
    /// When there is no command in it, a placeholder is unknown, or the program is not there.
    pub(super) fn read(command: &str) -> anyhow::Result<Self> {
        let words = shlex::split(command)
            .with_context(|| format!("expected a command whose quotes are closed, found {command:?}"))?;
        let Some((program, arguments)) = words.split_first() else {
            bail!("expected a command, found {command:?}")
        };
        ensure!(
            parts(program)?.iter().all(|part| matches!(part, Part::Text(_))),
            "expected the name of a program, found {program:?}: what was heard cannot choose the program"
        );
        let program = find(program, std::env::var_os("PATH").as_deref())?;
        let arguments = arguments.iter().map(|argument| parts(argument)).collect::<Result<_, _>>()?;
        Ok(Self { program, arguments })
    }

    /// The arguments for a detection.
    pub(super) fn arguments(&self, facts: &Facts) -> Vec<String> {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Fact(number) => facts.value(*number).to_owned(),
        };
        self.arguments.iter().map(|parts| parts.iter().map(text).collect()).collect()
    }
}

/// A word cut at its placeholders. Braces around anything but a lower-case name are text, so that JSON needs no escapes.
fn parts(word: &str) -> anyhow::Result<Vec<Part>> {
    let mut parts = Vec::new();
    let (mut rest, mut text) = (word, String::new());
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let name = after.split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
        let Some(name) = name else {
            text.push('{');
            rest = after;
            continue;
        };
        let Some(number) = placeholder(name) else {
            bail!("unknown placeholder {{{name}}} in {word:?}; there are {}", placeholders())
        };
        parts.push(Part::Text(std::mem::take(&mut text)));
        parts.push(Part::Fact(number));
        rest = &after[name.len() + 1..];
    }
    text.push_str(rest);
    parts.push(Part::Text(text));
    Ok(parts)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The file of a program: a path, or a name that is looked for as a shell does.
fn find(program: &str, path: Option<&std::ffi::OsStr>) -> anyhow::Result<PathBuf> {
    let named = Path::new(program);
    if named.components().count() > 1 {
        ensure!(is_program(named), "{program}: expected a program that may be run, found none");
        return Ok(named.to_owned());
    }
    let folders = path.map(std::env::split_paths).into_iter().flatten();
    let found = folders.map(|folder| folder.join(named)).find(|file| is_program(file));
    found.with_context(|| format!("{program}: no such program in any folder of PATH"))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file() || file.with_extension("exe").is_file()
}

#[cfg(test)]
mod tests {
    use super::super::facts::example;
    use super::*;

    fn arguments(command: &str) -> Vec<String> {
        Template::read(command).unwrap().arguments(&example())
    }

    #[test]
    fn words_are_split_before_anything_is_put_in() {
        let made = arguments(
            r#"sh "a b" {keyword} 'x{score}y' {language}{language} '{"word": {"is": "{keyword}"}}'"#,
        );
        assert_eq!(made, ["a b", "stop; rm", "x0.93y", "enen", r#"{"word": {"is": "stop; rm"}}"#]);
        assert_eq!(arguments("sh {json}"), [r#"{"event":"detection","keyword":"stop; rm"}"#]);
        assert_eq!(arguments("sh '{' '}' {} '{A}' '{keyword'"), ["{", "}", "{}", "{A}", "{keyword"]);
    }

    #[test]
    fn a_command_that_cannot_be_meant_is_refused() {
        for (command, reason) in [
            ("", "expected a command"),
            ("  ", "expected a command"),
            ("sh 'open", "quotes are closed"),
            ("sh {keywrod}", "unknown placeholder {keywrod}"),
            ("{keyword} now", "cannot choose the program"),
            ("no-such-program-anywhere", "no such program in any folder of PATH"),
            ("/nowhere/program", "expected a program that may be run, found none"),
            ("/etc", "expected a program that may be run, found none"),
        ] {
            let error = Template::read(command).unwrap_err().to_string();
            assert!(error.contains(reason), "{command:?}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_found_as_a_shell_finds_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tool");
        std::fs::write(&file, "").unwrap();
        let path = std::env::join_paths([Path::new("/nowhere"), folder.path()]).unwrap();
        assert!(find("tool", Some(&path)).is_err(), "it may not be run");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find("tool", Some(&path)).unwrap(), file);
        assert!(find("tool", None).is_err());
    }
}
