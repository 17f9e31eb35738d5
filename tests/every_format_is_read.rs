//! The same word is found in every sample format, rate and number of channels.

use crate::program::{data, json_lines, of_kind, run, talk};

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
fn a_word_is_found_in_wav_and_flac_of_every_sample_format() {
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
fn a_word_is_found_in_compressed_audio() {
    for file in [
        "stop.mp3",
        "stop.ogg",
        "stop.opus",
        "stop.oga",
        "stop.m4a",
        "stop.aac",
        "stop_ima_adpcm.wav",
        "stop_mulaw.wav",
    ] {
        let found = detections(&[&data(&format!("coded/{file}"))]);
        assert_eq!(found.len(), 1, "{file}: {found:?}");
        assert_eq!(found[0].0, "stop", "{file}");
    }
}

#[test]
fn a_word_is_found_in_telephone_audio_with_a_warning() {
    let narrow = data("formats/8_khz_right.wav");
    assert_eq!(detections(&[&narrow])[0].0, "right");
    let output = run(&["score", &narrow, &narrow, &data("formats/16_bit.wav")]);
    let talk = talk(&output);
    assert!(
        talk.contains(
            "2 recording(s) with fewer samples per second than the model has learnt from (8000 in "
        ),
        "{talk}"
    );
    assert!(!crate::program::talk(&run(&["score", &data("formats/16_bit.wav")])).contains("fewer samples"));
}

#[test]
fn folders_are_searched_and_files_of_other_kinds_counted() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["stop.mp3", "stop.ogg", "stop.m4a"] {
        std::fs::copy(data(&format!("coded/{file}")), folder.path().join(file)).unwrap();
    }
    for other in ["a.aiff", "b.aiff", "notes.txt"] {
        std::fs::write(folder.path().join(other), "other").unwrap();
    }
    let output = run(&["score", "--format", "jsonl", folder.path().to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(of_kind(&json_lines(&output), "detection").len(), 3);
    let line = "polyspot: 3 file(s) of other kinds were passed over: 2 .aiff, 1 .txt";
    assert_eq!(talk(&output).lines().filter(|told| *told == line).count(), 1, "{output:?}");
}

#[test]
fn words_of_several_languages_are_found_at_once() {
    let files = [data("formats/16_bit.wav"), data("other_languages/zh_voice.wav")];
    let output = run(&["score", "--format", "jsonl", "--language", "en,zh", &files[0], &files[1]]);
    assert!(output.status.success(), "{output:?}");
    let events = json_lines(&output);
    let found: Vec<_> =
        of_kind(&events, "detection").iter().map(|d| d["language"].as_str().unwrap()).collect();
    assert_eq!(found, ["en", "zh"]);
}

#[test]
fn a_word_is_found_in_stereo_at_another_rate_mixed_or_by_channel() {
    let stereo = data("formats/44.1_khz_stereo_word_on_channel_2.wav");
    assert_eq!(detections(&[&stereo])[0].0, "stop");
    assert_eq!(detections(&["--channel", "2", &stereo])[0].0, "stop");
    assert_eq!(detections(&["--channel", "1", &stereo]), []);
}

#[test]
fn a_channel_that_is_not_there_is_refused() {
    let output = run(&["score", "--channel", "3", &data("formats/44.1_khz_stereo_word_on_channel_2.wav")]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("channel 3"), "{output:?}");
}
