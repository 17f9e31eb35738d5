//! Names in models and of files are text of strangers: on a terminal, in tables and in documents they do nothing.

use std::fs;

use serde_json::{Value, json};

use crate::program::{data, json_lines, of_kind, run, talk, text};
use crate::support::folder::entries;

/// What must not reach a terminal.
fn commands(text: &str) -> bool {
    let is_hidden = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}'..='\u{2029}')
    };
    text.contains(is_hidden)
}

/// A model file with another manifest: ONNX is a protobuf message, whose field 14 is the metadata.
fn model(folder: &tempfile::TempDir, change: impl FnOnce(&mut Value)) -> String {
    let bytes = fs::read(data("models/stride_4_pulse_4.onnx")).unwrap();
    let shown = run(&["models", "--json", &data("models/stride_4_pulse_4.onnx")]);
    let mut manifest = json_lines(&shown)[0]["manifest"].take();
    change(&mut manifest);
    let mut changed = without_metadata(&bytes);
    let field = |number: u8, value: &[u8]| {
        let mut field = vec![number << 3 | 2];
        field.extend(varint(value.len()));
        field.extend(value);
        field
    };
    let entry = [field(1, b"polyspot.manifest"), field(2, manifest.to_string().as_bytes())].concat();
    changed.extend(field(14, &entry));
    let path = folder.path().join("changed.onnx");
    fs::write(&path, changed).unwrap();
    path.into_os_string().into_string().unwrap()
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn without_metadata(mut rest: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    while !rest.is_empty() {
        let begin = rest;
        let mut next = || {
            let (mut value, mut shift) = (0, 0);
            loop {
                let byte = rest[0];
                rest = &rest[1..];
                value |= usize::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    return value;
                }
            }
        };
        let key = next();
        let number = next();
        // The message has numbers and texts only.
        if key & 7 == 2 {
            rest = &rest[number..];
        }
        if key >> 3 != 14 {
            kept.extend(&begin[..begin.len() - rest.len()]);
        }
    }
    kept
}

fn name_keyword(manifest: &mut Value, name: &str) {
    manifest["labels"][0]["name"] = name.into();
}

#[test]
fn a_model_whose_keywords_are_no_words_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let word = &data("formats/16_bit.wav");
    for (names, reason) in [
        (["yes\u{1b}[2J", "no"], "without control, format or invisible characters"),
        (["yes\nother.wav: 0.00-1.00 s no 0.99", "no"], "without control"),
        (["yes", "yes\u{200b}"], "without control"),
        (["\u{202e}sey", "no"], "without control"),
        (["cafe\u{301}", "no"], "normal form C"),
        (["yes", "уеѕ"], "which looks like"),
        (["yes", "yes"], "again"),
        ([&"x".repeat(81), "no"], "at most 80 characters"),
    ] {
        let path = model(&folder, |manifest| {
            for (index, name) in names.iter().enumerate() {
                manifest["labels"][index]["name"] = (*name).into();
            }
        });
        let output = run(&["score", "--model", &path, word]);
        assert_eq!(output.status.code(), Some(4), "{names:?}: {output:?}");
        assert!(talk(&output).contains(reason), "{names:?}: {output:?}");
        assert!(!commands(talk(&output)) && talk(&output).lines().count() == 1, "{output:?}");
    }
}

#[test]
fn what_a_model_says_commands_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "x\u{1b}]0;owned\u{7}\n  keyword    forged\u{202e}\u{9b}2J";
    let path = model(&folder, |manifest| {
        manifest["labels"][0]["gloss"] = evil.into();
        manifest["labels"][1]["romanisation"] = evil.into();
        manifest["tool"] = evil.into();
        manifest["evidence"]["data"] = evil.into();
        manifest["training_data"] = json!([{"name": evil, "licence": evil, "attribution": evil}]);
    });
    for more in [&["models"][..], &["models", "--json"]] {
        let output = run(&[more, &[&path]].concat());
        assert!(output.status.success(), "{output:?}");
        assert!(!commands(text(&output)), "{output:?}");
        assert!(!text(&output).lines().any(|line| line.starts_with("  keyword    forged")), "{output:?}");
    }
    let card = &json_lines(&run(&["models", "--json", &path]))[0];
    assert_eq!(card["manifest"]["tool"], evil, "JSON has the very text");
}

#[test]
fn a_formula_is_a_text_in_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let formula = "=HYPERLINK(\"http://x\")";
    let path = model(&folder, |manifest| {
        name_keyword(manifest, formula);
        manifest["labels"][0]["threshold"] = 0.0.into();
    });
    let word = data("keywords/stop/en-us.wav");
    let arguments = ["score", "--model", &path, "--format", "csv", "--clips", &word];
    let clips = run(&arguments);
    let detections = run(&["score", "--model", &path, "--format", "csv", &word]);
    let cells: Vec<String> = [&clips, &detections]
        .iter()
        .flat_map(|output| {
            let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
            let records: Vec<_> = reader.records().map(Result::unwrap).collect();
            records.iter().flat_map(|record| record.iter().map(String::from)).collect::<Vec<_>>()
        })
        .collect();
    assert!(cells.contains(&format!("'{formula}")), "{cells:?}");
    assert!(!cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@'])), "{cells:?}");
}

#[test]
fn a_drawing_is_xml_whatever_the_keyword() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("why.svg");
    for name in ["\u{ffff}", "\u{fffe}<&>\"'", "]]>", "=1+1", "نعم"] {
        let path = model(&folder, |manifest| {
            name_keyword(manifest, name);
            manifest["labels"][0]["threshold"] = 0.0.into();
        });
        let word = data("keywords/stop/en-us.wav");
        let output = run(&["explain", &word, "--model", &path, "--svg", svg.to_str().unwrap()]);
        assert!(output.status.success(), "{name:?}: {output:?}");
        assert!(!commands(text(&output)));
        let drawing = fs::read_to_string(&svg).unwrap();
        let document =
            roxmltree::Document::parse(&drawing).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let shown = name.replace(['\u{ffff}', '\u{fffe}'], "\u{fffd}");
        let texts: String = document.descendants().filter_map(|node| node.text()).collect();
        assert!(texts.contains(&shown), "{name:?} in {texts}");
    }
}

#[cfg(unix)]
mod of_files {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    /// A folder of a recording under each of these names.
    fn recordings(names: &[&[u8]]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            fs::copy(data("keywords/stop/en-us.wav"), folder.path().join(OsStr::from_bytes(name))).unwrap();
        }
        folder
    }

    #[test]
    fn names_of_files_are_told_apart_and_can_be_opened_again() {
        let names: [&[u8]; 4] = [b"caf\xe8.wav", b"caf\xe9.wav", br"caf\xE9.wav", "café.wav".as_bytes()];
        let folder = recordings(&names);
        let path = folder.path().to_str().unwrap();
        let mut found: Vec<String> =
            of_kind(&json_lines(&run(&["score", "--format", "jsonl", path])), "file")
                .iter()
                .map(|event| event["file"].as_str().unwrap().to_owned())
                .collect();
        found.sort();
        let expected = [r"caf\\xE9.wav", r"caf\xE8.wav", r"caf\xE9.wav", "café.wav"];
        assert_eq!(found, expected.map(|name| format!("{path}/{name}")));
        let csv = run(&["score", "--format", "csv", path]);
        for name in expected {
            assert!(text(&csv).contains(&format!("{path}/{name},stop,")), "{name} in {csv:?}");
        }
    }

    #[test]
    fn names_of_files_forge_no_line_and_command_no_terminal() {
        let folder = recordings(&[
            b"a.wav\nb.wav: 0.00-1.00 s stop 0.99.wav",
            b"\x1b]0;owned\x07.wav",
            "\u{9b}2J\u{202e}.wav".as_bytes(),
        ]);
        fs::write(folder.path().join("\u{1b}[31m\nbroken.wav"), "no recording").unwrap();
        let path = folder.path().to_str().unwrap();
        for format in ["text", "jsonl", "csv"] {
            let output = run(&["score", "--format", format, path]);
            for written in [text(&output), talk(&output)] {
                assert!(!commands(written), "{format}: {written:?}");
                assert!(!written.lines().any(|line| line.starts_with("b.wav: ")), "{format}: {written:?}");
            }
        }
        for file in entries(path) {
            for command in [&["explain"][..], &["doctor", "--file"], &["score", "--out", path], &["models"]] {
                let output = run(&[command, &[file.to_str().unwrap()]].concat());
                assert!(!commands(text(&output)) && !commands(talk(&output)), "{command:?}: {output:?}");
            }
        }
    }

    #[test]
    fn a_strange_option_commands_no_terminal() {
        let output = run(&["score", "--\u{1b}]0;owned\u{7}"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(!commands(talk(&output)) && talk(&output).contains("unexpected argument"), "{output:?}");
    }
}
