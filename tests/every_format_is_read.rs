//! The same word is found in every sample format, rate and number of channels.

use crate::program::{data, json_lines, of_kind, run};

/// `(keyword, score)` of everything detected in a file.
fn detections(arguments: &[&str]) -> Vec<(String, f64)> {
    let output = run(&[&["score", "--format", "jsonl"], arguments].concat());
    assert!(output.status.success(), "{output:?}");
    of_kind(&json_lines(&output), "detection")
        .iter()
        .map(|event| (event["keyword"].as_str().unwrap().into(), event["score"].as_f64().unwrap()))
        .collect()
}

#[test]
fn of_wav_and_flac() {
    let reference = detections(&[&data("formats/16_bit.wav")]);
    assert_eq!(reference.len(), 1, "{reference:?}");
    assert_eq!(reference[0].0, "stop");
    for (file, tolerance) in [
        ("16_bit.flac", 0.0),
        ("24_bit.wav", 0.0),
        ("32_bit.wav", 0.0),
        ("float.wav", 0.0),
        // With the noise of 8 bits.
        ("8_bit.wav", 0.2),
    ] {
        let found = detections(&[&data(&format!("formats/{file}"))]);
        assert_eq!(found.len(), 1, "{file}: {found:?}");
        assert_eq!(found[0].0, "stop", "{file}");
        assert!((found[0].1 - reference[0].1).abs() <= tolerance, "{file}: {found:?}, not {reference:?}");
    }
}

#[test]
fn of_telephone_audio() {
    assert_eq!(detections(&[&data("formats/8_khz_right.wav")])[0].0, "right");
}

#[test]
fn of_stereo_at_another_rate_mixed_or_one_channel() {
    let stereo = data("formats/44.1_khz_stereo_word_on_channel_2.wav");
    assert_eq!(detections(&[&stereo])[0].0, "stop");
    assert_eq!(detections(&["--channel", "2", &stereo])[0].0, "stop");
    assert_eq!(detections(&["--channel", "1", &stereo]), []);
}

#[test]
fn unless_the_channel_is_not_there() {
    let output = run(&["score", "--channel", "3", &data("formats/44.1_khz_stereo_word_on_channel_2.wav")]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("channel 3"), "{output:?}");
}
