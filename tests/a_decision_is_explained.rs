//! `polyspot explain` says why a recording was, or was not, taken for a keyword.

use std::fs;

use crate::program::{data, run, samples, talk, text, write};

#[test]
fn a_detection_is_explained_with_its_score_and_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("why.svg");
    let output = run(&["explain", &data("keywords/stop/en-us.wav"), "--svg", svg.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    for line in ["threshold 0.", "0 samples clipped", "refractory period"] {
        assert!(text(&output).contains(line), "{line:?} in {}", text(&output));
    }
    let score_after = |text: &str, words: &str| -> f32 {
        let score = text.split_once(words).unwrap_or_else(|| panic!("{words:?} in {text}")).1;
        score[..4].parse().unwrap()
    };
    for words in ["detected    \"stop\" with score ", "keyword     \"stop\": "] {
        assert!((0.5..=1.0).contains(&score_after(text(&output), words)), "{}", text(&output));
    }
    assert!(!text(&output).contains("because"), "{}", text(&output));
    let svg = fs::read_to_string(svg).unwrap();
    assert!((0.5..=1.0).contains(&score_after(&svg, ">stop ")), "{svg}");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
}

#[test]
fn why_no_keyword_was_heard_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, samples: Vec<i16>| {
        write(&folder, name, &samples).into_os_string().into_string().unwrap()
    };
    let word = samples("keywords/stop/en-us.wav");
    let soft = write("soft.wav", word.iter().map(|sample| sample / 1_000).collect());
    let loud = write("loud.wav", word.iter().map(|sample| sample.saturating_mul(40)).collect());
    let half = write("half.wav", word[..word.len() * 2 / 5].to_vec());
    let silent = write("silent.wav", vec![0; 16_000]);
    let other = data("keywords/marvin/en-gb-scotland-m3.wav");
    for (file, reason) in [
        (&soft, "the recording is soft"),
        (&loud, "samples are clipped: lower the microphone's level"),
        (&silent, "the recording is digital silence"),
        (&half, "because     the network"),
        (&other, "because     the network"),
    ] {
        let output = run(&["explain", file]);
        assert!(text(&output).contains(reason), "{reason:?} in {}", text(&output));
    }
}

#[test]
fn explain_last_takes_the_newest_clip() {
    let folder = tempfile::tempdir().unwrap();
    for (name, word) in
        [("20250131T000000.000Z_go_0.90.wav", "go"), ("20250201T000000.000Z_stop_0.90.wav", "stop")]
    {
        fs::copy(data(&format!("keywords/{word}/en-us.wav")), folder.path().join(name)).unwrap();
    }
    // What else lies there is no clip.
    fs::write(folder.path().join("zzz.wav"), "x").unwrap();
    fs::create_dir(folder.path().join("20990101T000000.000Z_stop_0.90.wav")).unwrap();
    let clips = folder.path().to_str().unwrap();
    let output = run(&["explain", "last", "--clips", clips]);
    assert!(
        text(&output).contains("20250201T000000.000Z_stop") && text(&output).contains("detected    \"stop\"")
    );
    let output = run(&["explain", "last"]);
    assert!(output.status.code() == Some(2) && talk(&output).contains("--clips DIR"), "{output:?}");
    let output = run(&["explain", "last", "--clips", &data("models")]);
    assert!(output.status.code() == Some(3) && talk(&output).contains("found none"), "{output:?}");
}
