//! `polyspot models` shows everything that a model says of itself.

use serde_json::Value;

use crate::program::{WORDS, data, run, talk, text};

#[test]
fn built_in_models_show_their_keywords_and_thresholds() {
    let output = run(&["models"]);
    assert!(output.status.success(), "{output:?}");
    let text = text(&output);
    assert!(text.starts_with("en (built in)\n"), "{text}");
    for word in WORDS {
        assert!(text.contains(&format!("  keyword    {word} from score 0.")), "{word} in {text}");
    }
    for row in ["filler     unknown", "front end  40 MFCCs", "parameters", "sha256", "16000 Hz"] {
        assert!(text.contains(row), "{row} in {text}");
    }
}

#[test]
fn models_show_everything_in_a_manifest() {
    let text_of = |output| text(&output).to_string();
    let text = text_of(run(&["models", &data("models/stride_4_pulse_4.onnx")]));
    for expected in [
        "ala (\"no\") from score 0.300",
        "ⱄⱁ (so) from score 0.300",
        "posteriors every 40 ms about the last 1000 ms, in pulses of 40 ms",
        "mean of 2 posteriors, 300 ms refractory period",
        "50.0 % false rejects (2 clips) at 3600.00 false alarms per hour (0.10 h); random weights",
        "adapter    sha256 1111",
        "trained on nothing (CC0-1.0, by nobody)",
        "written by make_models.py",
    ] {
        assert!(text.contains(expected), "{expected:?} in {text}");
    }
}

#[test]
fn models_show_themselves_as_json() {
    let files = ["stride_4_pulse_4", "stride_6_pulse_12"].map(|name| data(&format!("models/{name}.onnx")));
    let output = run(&["models", "--json", &files[0], &files[1]]);
    let cards: Vec<Value> = text(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cards.len(), 2);
    assert_eq!(cards[0]["source"], files[0]);
    assert_eq!(cards[0]["sha256"].as_str().unwrap().len(), 64);
    assert!(cards[0]["parameters"].as_u64().unwrap() > 1_000);
    assert_eq!(cards[1]["manifest"]["network"]["pulse_frames"], 12);
    assert_eq!(cards[1]["manifest"]["evidence"]["keyword_clips"], 2);
}

#[test]
fn a_refused_model_does_not_hide_the_others() {
    let [broken, sound] =
        ["no_manifest", "stride_4_pulse_4"].map(|name| data(&format!("models/{name}.onnx")));
    let output = run(&["models", &broken, &sound]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output).starts_with(&format!("tok ({sound})")), "{output:?}");
    assert!(talk(&output).contains(&broken) && talk(&output).contains("no metadata entry"), "{output:?}");
}

#[test]
fn models_show_what_several_cost_at_once() {
    let output = run(&["models", "--cost", "en,ar,zh", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let cost: Value = serde_json::from_str(text(&output)).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    let alone: Vec<f64> = (0..3).map(|index| number(&cost["alone"][index]["macs"])).collect();
    // The networks' bodies are the same; heads have as many rows as languages have words.
    assert!(alone.iter().all(|macs| (15_000.0..77_000.0).contains(macs)), "{cost}");
    let (apart, together) = (number(&cost["apart"]["macs"]), number(&cost["together"]["macs"]));
    assert!((apart - alone.iter().sum::<f64>()).abs() < 1e-6 && together <= apart, "{cost}");
    assert!(number(&cost["stream_ratio"]) > 1.0, "{cost}");

    let text_of = |output| text(&output).to_string();
    let same = text_of(run(&["models", "--cost", "en,en"]));
    assert!(
        same.contains("en has the first 19 of its 19 steps from en: input.mean") && same.contains("50.0%"),
        "{same}"
    );
    let output = run(&["models", "--cost", "en,tlh"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(talk(&output).contains("no model for the language \"tlh\""), "{output:?}");
}
