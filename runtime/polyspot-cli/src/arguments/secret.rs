//! Passwords and tokens: from a file or the environment, never from the command line, which others on the machine can read.

use std::path::Path;

use anyhow::{Context, anyhow, ensure};
use polyspot_text::shown_path;

use crate::exit::Failure;

/// Longer ones are none, in bytes.
const LONGEST: u64 = 4_096;

/// The secret in a file, or else in a variable of the environment; none if there is neither. A line's end is no part of it.
///
/// # Errors
/// When the file cannot be read, or what is there is empty or no line of text.
pub(crate) fn secret(file: Option<&Path>, variable: &str) -> Result<Option<String>, Failure> {
    let (text, place) = match (file, std::env::var_os(variable)) {
        (Some(path), _) => {
            let place = shown_path(path);
            let text = polyspot_files::read_text(path, LONGEST).with_context(|| place.clone());
            (text.map_err(Failure::usage)?, place)
        }
        (None, Some(text)) => {
            let text = text.into_string().map_err(|_| anyhow!("{variable}: expected UTF-8 text"));
            (text.map_err(Failure::usage)?, variable.to_owned())
        }
        (None, None) => return Ok(None),
    };
    let secret = one_line(&text).with_context(|| place).map_err(Failure::usage)?;
    Ok(Some(secret.to_owned()))
}

fn one_line(text: &str) -> anyhow::Result<&str> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    ensure!(!line.is_empty(), "expected a secret, found nothing");
    ensure!(
        !line.contains(char::is_control),
        "expected a secret of one line, found several or control characters"
    );
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_secret_is_the_one_line_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            secret(Some(&path), "POLYSPOT_NO_SUCH_VARIABLE").map_err(|failure| format!("{:#}", failure.error))
        };
        assert_eq!(read("open sesame\r\n").unwrap().unwrap(), "open sesame");
        assert!(read("\n").unwrap_err().ends_with("expected a secret, found nothing"));
        assert!(read("a\nb\n").unwrap_err().contains("secret: expected a secret of one line"));
        assert!(secret(Some(&folder.path().join("none")), "POLYSPOT_NO_SUCH_VARIABLE").is_err());
        assert_eq!(secret(None, "POLYSPOT_NO_SUCH_VARIABLE").unwrap(), None);
    }
}
