//! Synthesisers of others, run by a command.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;

/// A command with places for what is to be said.
#[derive(Clone, Debug)]
pub(crate) struct Speaker {
    words: Vec<String>,
}

/// One take that a command is to make.
pub(super) struct Order {
    pub(super) wav: PathBuf,
    /// Decides the voice, where a command has several.
    pub(super) number: usize,
    pub(super) text: String,
    /// Its pronunciation in IPA.
    pub(super) ipa: String,
}

const ONE: &str = "{wav}";
const ALL: &str = "{takes}";

impl FromStr for Speaker {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = shlex::split(text)
            .ok_or_else(|| format!("expected a command, found an open quote in {text:?}"))?;
        if words.is_empty() {
            return Err("expected a command, found nothing".into());
        }
        if !words.iter().any(|word| word.contains(ONE) || word.contains(ALL)) {
            return Err(format!(
                "expected {ONE}, the file that a take is written to, or {ALL}, a list of all takes, in {text:?}"
            ));
        }
        Ok(Self { words })
    }
}

impl Speaker {
    /// The command's words, with the places as they were given.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// Whether it is told how a take is pronounced, not only how it is written.
    pub(super) fn reads_ipa(&self) -> bool {
        self.words.iter().any(|word| word.contains(ALL) || word.contains("{ipa}"))
    }

    /// Makes all takes.
    ///
    /// # Errors
    /// When a command cannot be run, fails, or leaves a take unmade.
    pub(super) fn speak(&self, language: &str, orders: &[Order], done: impl Fn(u64) + Sync) -> Result<()> {
        if self.words.iter().any(|word| word.contains(ALL)) {
            let share = orders.len().div_ceil(rayon::current_num_threads()).max(1);
            orders.par_chunks(share).try_for_each(|orders| {
                let list = tempfile::NamedTempFile::new()?;
                std::fs::write(list.path(), lines(language, orders))?;
                self.run(&[(ALL, &list.path().to_string_lossy())], "")?;
                done(orders.len() as u64);
                anyhow::Ok(())
            })?;
        } else {
            orders.par_iter().try_for_each(|order| {
                let (wav, number) = (order.wav.to_string_lossy(), order.number.to_string());
                let places = [
                    (ONE, &*wav),
                    ("{text}", &order.text),
                    ("{ipa}", &order.ipa),
                    ("{language}", language),
                    ("{number}", &number),
                ];
                self.run(&places, &order.text)?;
                done(1);
                anyhow::Ok(())
            })?;
        }
        let unmade = orders.iter().filter(|order| !order.wav.is_file()).count();
        ensure!(unmade == 0, "{} did not make {unmade} of {} takes", self.words[0], orders.len());
        Ok(())
    }

    fn run(&self, places: &[(&str, &str)], input: &str) -> Result<()> {
        let filled = |word: &String| {
            places.iter().fold(word.clone(), |word, (place, value)| word.replace(place, value))
        };
        let words: Vec<String> = self.words.iter().map(filled).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{} cannot be run", words[0]))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command may take the text as an argument, and read nothing.
            let _ = writeln!(stdin, "{input}");
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let reason = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason given");
            bail!("{}: {reason} ({})", words[0], output.status);
        }
        Ok(())
    }
}

/// A line for each take: wav, number, language, pronunciation and text, with tabs between.
fn lines(language: &str, orders: &[Order]) -> String {
    let mut lines = String::new();
    for Order { wav, number, text, ipa } in orders {
        let _ = writeln!(lines, "{}\t{number}\t{language}\t{ipa}\t{text}", wav.display());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(folder: &std::path::Path) -> Order {
        Order { wav: folder.join("a.wav"), number: 7, text: "hey \"you\"".into(), ipa: "hˈeɪ".into() }
    }

    #[test]
    fn a_command_has_a_place_for_what_it_makes() {
        let refused = |text: &str| text.parse::<Speaker>().unwrap_err();
        assert!(refused("piper -m voice.onnx").starts_with("expected {wav}"));
        assert!(refused("say '").contains("open quote"));
        assert_eq!(refused(""), "expected a command, found nothing");
    }

    #[test]
    fn the_text_comes_on_standard_input_and_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let speaker: Speaker =
            "sh -c 'read line; echo \"$line/$0/$1\" > \"$2\"' {text} {number} {wav}".parse().unwrap();
        speaker.speak("lt", &[order(folder.path())], |_| ()).unwrap();
        assert_eq!(
            std::fs::read_to_string(folder.path().join("a.wav")).unwrap(),
            "hey \"you\"/hey \"you\"/7\n"
        );
    }

    #[test]
    fn a_list_of_takes_is_given_once() {
        let folder = tempfile::tempdir().unwrap();
        let speaker: Speaker = "sh -c 'cp \"$0\" \"$(cut -f1 \"$0\")\"' {takes}".parse().unwrap();
        speaker.speak("lt", &[order(folder.path())], |_| ()).unwrap();
        let listed = std::fs::read_to_string(folder.path().join("a.wav")).unwrap();
        assert!(listed.ends_with("\t7\tlt\thˈeɪ\they \"you\"\n"), "{listed}");
    }

    #[test]
    fn a_command_that_fails_says_why_and_one_that_makes_nothing_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let failure = |command: &str| {
            let speaker: Speaker = command.parse().unwrap();
            speaker.speak("lt", &[order(folder.path())], |_| ()).unwrap_err().to_string()
        };
        assert!(failure("sh -c 'echo no such voice >&2; exit 3' {wav}").contains("no such voice"));
        assert!(failure("sh -c 'exit 0' {wav}").contains("did not make 1 of 1 takes"));
        assert!(failure("/nonexistent/speaker {wav}").contains("cannot be run"));
    }
}
