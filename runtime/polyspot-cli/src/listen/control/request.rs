//! What a line of standard input asks for.
//!
//! Whoever writes there may be broken or hostile: no line is kept that is longer than any request.

use std::io::{BufRead, Read};

use anyhow::{Context, anyhow, ensure};
use serde::Deserialize;

/// Longest line that is read, in bytes.
pub(super) const LONGEST_LINE: usize = 4_096;

/// Most languages that are listened to at once.
pub(super) const MOST_LANGUAGES: usize = 16;

/// The line that says that the last detection was none.
const WRONG: &str = "wrong";
/// The line that does what a wake word does.
const ARM: &str = "arm";

/// What a line asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Request {
    /// To listen in these languages.
    Languages(Vec<String>),
    /// To take note that the last detection was none.
    Wrong,
    /// To let commands count for a while.
    Arm,
}

/// A line as JSON: `{"language":"ar"}`, several languages as `"en,ar"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    language: String,
}

/// The request of the next line, `None` of an empty one; `None` when the input has ended or cannot be read.
pub(super) fn next(input: &mut impl BufRead) -> Option<anyhow::Result<Option<Request>>> {
    let mut line = Vec::new();
    input
        .by_ref()
        .take(LONGEST_LINE as u64 + 1)
        .read_until(b'\n', &mut line)
        .ok()
        .filter(|&read| read > 0)?;
    if line.len() > LONGEST_LINE && !line.ends_with(b"\n") {
        pass_over(input);
        return Some(Err(anyhow!("expected a line of at most {LONGEST_LINE} bytes, found a longer one")));
    }
    let request = str::from_utf8(&line).context("expected a line of UTF-8 text").and_then(of_line);
    Some(request)
}

/// Reads to the end of the line.
fn pass_over(input: &mut impl BufRead) {
    while let Ok(there) = input.fill_buf() {
        let end = there.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(there.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() || used == 0 {
            return;
        }
    }
}

/// What a line asks for; an empty one asks for nothing.
pub(super) fn of_line(line: &str) -> anyhow::Result<Option<Request>> {
    let line = line.trim();
    match line {
        "" => return Ok(None),
        WRONG => return Ok(Some(Request::Wrong)),
        ARM => return Ok(Some(Request::Arm)),
        _ => {}
    }
    let language = if line.starts_with('{') {
        let line: Line = serde_json::from_str(line)
            .with_context(|| format!("expected {{\"language\":TAG}}, found {line}"))?;
        line.language
    } else {
        line.to_owned()
    };
    let tags: Vec<String> = language.split(',').map(|tag| tag.trim().to_owned()).collect();
    ensure!(
        tags.iter().all(|tag| !tag.is_empty()),
        "expected a language or several, separated by commas, found {language:?}"
    );
    ensure!(
        tags.len() <= MOST_LANGUAGES,
        "expected at most {MOST_LANGUAGES} languages, found {}",
        tags.len()
    );
    Ok(Some(Request::Languages(tags)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_languages() {
        let languages = |line| match of_line(line).unwrap() {
            Some(Request::Languages(tags)) => tags,
            other => panic!("{other:?}"),
        };
        assert_eq!(languages(r#"{"language":"ar"}"#), ["ar"]);
        assert_eq!(languages("en, zh-Hans"), ["en", "zh-Hans"]);
        for broken in [r#"{"language":3}"#, r#"{"lang":"ar"}"#, "{", "en,,ar", &"en,".repeat(20)] {
            assert!(of_line(broken).unwrap_err().to_string().contains("expected"), "{broken}");
        }
        assert!(of_line(&["en"; 17].join(",")).unwrap_err().to_string().contains("found 17"));
    }

    #[test]
    fn a_bad_line_takes_none_with_it() {
        let long = "x".repeat(3 * LONGEST_LINE);
        let text = [long.as_bytes(), b"\n\nwrong\narm\n\xff\xfe\nen\r\n", long.as_bytes()].concat();
        let mut input = text.as_slice();
        let mut all = Vec::new();
        while let Some(request) = next(&mut input) {
            all.push(request.map_err(|error| error.to_string()));
        }
        let too_long = || Err(format!("expected a line of at most {LONGEST_LINE} bytes, found a longer one"));
        let expected = [
            too_long(),
            Ok(None),
            Ok(Some(Request::Wrong)),
            Ok(Some(Request::Arm)),
            Err("expected a line of UTF-8 text".into()),
            Ok(Some(Request::Languages(vec!["en".into()]))),
            too_long(),
        ];
        assert_eq!(all, expected);
    }

    /// What fuzzing has kept.
    #[test]
    fn a_hostile_line_is_read_to_its_end() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/control_line");
        for entry in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let mut input = bytes.as_slice();
            while let Some(request) = next(&mut input) {
                if let Err(error) = request {
                    assert!(error.to_string().contains("expected"), "{error}");
                }
            }
            assert!(input.is_empty());
        }
    }
}
