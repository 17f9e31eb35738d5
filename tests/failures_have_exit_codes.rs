//! Whatever fails ends in a message and a documented exit code.

use crate::program::{data, run, talk, text};

#[track_caller]
fn check(arguments: &[&str], code: i32, message: &str) {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    assert!(talk(&output).contains(message), "{arguments:?}: no {message:?} in {output:?}");
    assert_eq!(text(&output), "", "{arguments:?}");
}

#[test]
fn a_wrong_command_line_ends_with_exit_code_2() {
    let word = &data("formats/16_bit.wav");
    check(&[], 2, "Usage: polyspot");
    check(&["score"], 2, "<PATH>");
    check(&["score", "--threshold", "1.5", word], 2, "expected 0 to 1");
    check(&["score", "--threshold", "0.5", "--clips", word], 2, "cannot be used with");
    check(&["score", "--channel", "0", word], 2, "--channel");
    check(&["score", "--language", "tlh", word], 2, "no model for the language \"tlh\"");
    check(&["score", "--model", "x.onnx", "--language", "en", word], 2, "cannot be used with");
    check(&["score", "-", word], 2, "stands alone");
    check(&["score", "--raw-format", "s16le", word], 2, "no path `-`");
    check(&["score", "--channel", "2", "--raw-format", "s16le", "-"], 2, "channel 2");
    check(&["score", "--raw-rate", "48000", "-"], 2, "--raw-format");
    check(&["score", "--clips", "--language", "en,zh", word], 2, "expected one language, found 2");
    check(&["listen", "--language", "en", "--auto"], 2, "--auto needs several languages");
    for option in ["--save-clips", "--log-false-alarms"] {
        check(&["listen", option, word, "--duration", "1"], 2, "cannot be made");
    }
    check(&["listen", "--clips-limit", "much"], 2, "--clips-limit");
    // What an option needs it needs beside others, too.
    check(&["listen", "--watch", "--language", "en"], 2, "--watch reads a model file again");
    check(&["listen", "--wake-keyword", "go", "--auto", "--language", "en,ar"], 2, "cannot be used with");
    check(&["listen", "--then", "en,ar", "--auto"], 2, "cannot be used with");
    check(
        &["listen", "--keywords", "yes", "--on", "stop=true"],
        2,
        "--on stop: --keywords leaves this keyword out",
    );
    check(&["listen", "--http", "8080"], 2, "expected an IP address with a port");
    let calibrate = ["calibrate", "--out", "x.json", "--takes", "takes", "--minutes", "1"];
    check(&calibrate, 2, "cannot be used with");
}

#[test]
fn a_bad_model_ends_with_exit_code_4() {
    let word = &data("formats/16_bit.wav");
    for name in [
        "no_manifest",
        "manifest_version_99",
        "manifest_with_unknown_field",
        "labels_more_than_outputs",
        "stride_not_as_in_manifest",
        "operation_not_allowed",
        "no_such_file",
    ] {
        let model = &data(&format!("models/{name}.onnx"));
        check(&["score", "--model", model, word], 4, &format!("the model {model} was refused: "));
    }
}

#[test]
fn a_model_that_the_chosen_engine_cannot_run_is_refused() {
    let (model, word) = (&data("models/stride_4_pulse_4.onnx"), &data("formats/16_bit.wav"));
    check(
        &["score", "--engine", "kernel", "--model", model, word],
        4,
        "not of the family that the kernel runs: ",
    );
    check(&["listen", "--engine", "kernel", "--model", model], 4, "not of the family that the kernel runs: ");
    check(&["score", "--engine", "abacus", word], 2, "possible values: auto, kernel, tract");
}

#[test]
fn a_model_with_another_hash_than_the_pinned_one_is_refused() {
    let word = &data("formats/16_bit.wav");
    let model = &data("models/stride_4_pulse_4.onnx");
    let [wrong, none] = ["0".repeat(64), "0".repeat(63)];
    let shown = run(&["models", "--json", model]);
    let card: serde_json::Value = serde_json::from_str(text(&shown)).unwrap();
    let right = card["sha256"].as_str().unwrap();
    for command in ["score", "listen"] {
        let path: &[&str] = if command == "score" { &[word] } else { &[] };
        let message = &format!("the file must have SHA-256 {wrong}, found {right}");
        check(&[&[command, "--model", model, "--sha256", &wrong], path].concat(), 4, message);
    }
    check(&["score", "--model", model, "--sha256", &none, word], 2, "expected 64 hexadecimal digits");
    check(&["score", "--sha256", right, word], 2, "--model");
    check(&["score", "--sha256", right, "--language", "en", word], 2, "cannot be used with");
    assert!(run(&["score", "--model", model, "--sha256", &right.to_uppercase(), word]).status.success());
}

#[test]
fn a_file_that_is_no_whole_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(data("models/stride_4_pulse_4.onnx")).unwrap();
    let word = &data("formats/16_bit.wav");
    for (name, bytes) in
        [("cut_off", &whole[..whole.len() / 2]), ("empty", b""), ("text", b"This is a text.")]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        check(&["score", "--model", path.to_str().unwrap(), word], 4, "was refused");
    }
}

#[test]
fn the_help_explains_exit_codes() {
    for arguments in [&["--help"][..], &["-h"]] {
        let output = run(arguments);
        assert!(output.status.success());
        for line in [
            "2  the command line is wrong",
            "3  a recording",
            "4  the model",
            "5  the audio device",
            "6  the results",
        ] {
            assert!(text(&output).contains(line), "{line} in {output:?}");
        }
        assert!(!text(&output).contains("\n  1 "), "nothing is unforeseen");
    }
    for subcommand in ["listen", "score", "devices", "models"] {
        assert!(text(&run(&[subcommand, "--help"])).contains("Usage:"), "{subcommand}");
    }
    assert!(text(&run(&["score", "--help"])).contains("Examples:"));
}
