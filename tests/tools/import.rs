//! `import`: whatever a user has becomes a folder that every command reads, and what cannot be used is named.

use std::fmt::Write;
use std::fs;

use crate::room::{Room, refused, succeeded, write_tone};

/// Splits, words and files below a folder, without what `import` says of them.
fn clips(room: &Room, folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let top = room.path(folder);
    for split in fs::read_dir(&top).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        for word in fs::read_dir(split).unwrap() {
            for clip in fs::read_dir(word.unwrap().path()).unwrap() {
                let path = clip.unwrap().path();
                found.push(path.strip_prefix(&top).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn about(room: &Room, folder: &str) -> serde_json::Value {
    serde_json::from_slice(&room.bytes(&format!("{folder}/data.json"))).unwrap()
}

#[test]
fn a_table_of_many_speakers_is_split_by_speaker() {
    let room = Room::empty();
    let mut table = "path,word,speaker\n".to_owned();
    for speaker in 0..20 {
        for word in ["hum", "rise"] {
            let path = format!("recordings/{speaker}-{word}.wav");
            write_tone(&room.path(&path), 300.0 + 10.0 * speaker as f32, 0.0);
            writeln!(table, "{path},{word},speaker {speaker}").unwrap();
        }
    }
    table += "recordings/gone.wav,hum,speaker 1\n,two words,speaker 1\nrecordings/0-hum.wav,hum,\n";
    fs::write(room.path("table.csv"), table).unwrap();

    let output = room.run(&["import", "table.csv", "--language", "sw", "--out", "words"]);
    succeeded(&output);
    assert_eq!(about(&room, "words")["split_by"], "speaker");
    assert_eq!(about(&room, "words")["language"], "sw");
    assert_eq!(clips(&room, "words").len(), 40);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("3 recordings were refused"), "{report}");
    let refusals = String::from_utf8(room.bytes("words/refused.csv")).unwrap();
    for reason in ["gone.wav", "expected one word, found \"\"two words\"\"", "expected a speaker, found none"]
    {
        assert!(refusals.contains(reason), "no {reason:?} in {refusals}");
    }
    // What was brought in can be trained on, and nobody is in two splits.
    succeeded(&room.run(&["train", "--data", "words", "--out", "x.safetensors", "--epochs", "1"]));
}

#[test]
fn one_person_is_split_by_recording_and_that_is_said() {
    let room = Room::empty();
    for word in ["hum", "rise"] {
        for take in 0..4 {
            write_tone(&room.path(&format!("mine/{word}/ann_{take}.wav")), 300.0 + take as f32, 0.0);
        }
    }
    let output = room.run(&["import", "mine", "--out", "de"]);
    succeeded(&output);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("says nothing of other voices"), "{report}");
    assert_eq!(
        (about(&room, "de")["split_by"].as_str(), about(&room, "de")["language"].as_str()),
        (Some("recording"), Some("de"))
    );
    assert_eq!(clips(&room, "de").iter().filter(|clip| clip.starts_with("dev/")).count(), 2);
}

#[test]
fn common_voice_gives_its_single_words() {
    let room = Room::empty();
    let mut table = "client_id\tpath\tsentence\n".to_owned();
    for speaker in 0..6 {
        for (word, glide) in [("Ja.", 1.0), ("Nein!", -1.0)] {
            let path = format!("{speaker}{}.wav", word.len());
            write_tone(&room.path(&format!("cv/clips/{path}")), 300.0 + 9.0 * speaker as f32, glide);
            writeln!(table, "{}\t{path}\t{word}", speaker.to_string().repeat(64)).unwrap();
        }
    }
    table += "0\tlong.wav\tGuten \"Tag\n";
    fs::write(room.path("cv/validated.tsv"), table).unwrap();
    succeeded(&room.run(&["import", "cv", "--language", "de", "--out", "words"]));
    let clips = clips(&room, "words");
    assert_eq!(clips.len(), 12);
    assert!(clips.iter().all(|clip| clip.contains("/ja/") || clip.contains("/nein/")), "{clips:?}");
}

#[test]
fn an_archive_of_the_spoken_words_corpus_is_unpacked() {
    let room = Room::empty();
    let mut list = "LINK,WORD,VALID,SPEAKER,GENDER\n".to_owned();
    for speaker in 0..6 {
        for word in ["hum", "rise"] {
            write_tone(&room.path(&format!("fa/clips/{word}/c{speaker}.wav")), 300.0, 0.0);
            writeln!(list, "{word}/c{speaker}.opus,{word},True,s{speaker},NAN").unwrap();
        }
    }
    fs::write(room.path("fa_splits.csv"), list).unwrap();
    for (archive, member) in [("audio.tar.gz", "fa/clips"), ("splits.tar.gz", "fa_splits.csv")] {
        let tar = std::process::Command::new("tar")
            .current_dir(room.path(""))
            .args(["czf", archive, "--transform", "s,^fa/,,", member])
            .status();
        assert!(tar.unwrap().success());
    }
    succeeded(&room.run(&["import", "audio.tar.gz", "splits.tar.gz", "--out", "words"]));
    assert_eq!(clips(&room, "words").len(), 12);
    assert_eq!(about(&room, "words")["language"], "fa");
    assert_eq!(
        fs::read_dir(room.path("")).unwrap().count(),
        5,
        "nothing but archives, what is in them, and words"
    );
}

#[test]
fn what_cannot_be_used_leaves_nothing() {
    let room = Room::empty();
    fs::write(room.path("table.csv"), "file,text\na.wav,hum\n").unwrap();
    refused(&room.run(&["import", "table.csv", "--out", "words"]), "expected columns path, word, speaker");
    fs::write(room.path("table.csv"), "path,word,speaker\na.wav,hum,ann\nb.wav,rise,bob\n").unwrap();
    refused(
        &room.run(&["import", "table.csv", "--out", "words"]),
        "expected training clips of at least two words",
    );
    fs::write(room.path("broken.tar.gz"), "no archive").unwrap();
    refused(&room.run(&["import", "broken.tar.gz", "--out", "words"]), "broken.tar.gz");
    let mut left: Vec<_> = fs::read_dir(room.path("")).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["broken.tar.gz", "table.csv"]);
    fs::create_dir(room.path("words")).unwrap();
    refused(&room.run(&["import", "table.csv", "--out", "words"]), "exists already");
}

/// What an import of `mine` says before it writes.
fn dry(room: &Room, more: &[&str]) -> String {
    let output = room.run(&[&["import", "mine", "--out", "words", "--dry-run"], more].concat());
    succeeded(&output);
    assert!(!room.path("words").exists(), "nothing is written");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_taken_for_what_is_said_before_it_is_written() {
    let room = Room::empty();
    for speaker in ["ann", "bob", "cem", "dia", "eve", "fay"] {
        for (word, glide) in [("hum", 0.0), ("Hum", 0.0), ("rise", 1.0), ("unknown", -1.0)] {
            if (word == "Hum") == (speaker == "ann") || word != "hum" && word != "Hum" {
                write_tone(&room.path(&format!("mine/{speaker}/{word}.wav")), 300.0, glide);
            }
        }
    }
    fs::write(room.path("mine/ann/notes.txt"), "").unwrap();
    let talk = dry(&room, &[]);
    for said in [
        "layout: speaker/word_take (by the names",
        "2 words: hum, rise",
        "6 speakers: ann, bob",
        "joined as one word, written \"hum\": \"Hum\", \"hum\"",
        "6 recordings of \"unknown\" are left out",
    ] {
        assert!(talk.contains(said), "{said:?} in {talk}");
    }
    let talk = dry(&room, &["--layout", "word/speaker_take"]);
    assert!(
        talk.contains("layout: word/speaker_take (as you say)") && talk.contains("6 words: ann"),
        "{talk}"
    );

    let output = room.run(&["import", "mine", "--out", "words"]);
    succeeded(&output);
    let clips = clips(&room, "words");
    assert_eq!(clips.len(), 12, "{clips:?}");
    assert!(clips.iter().all(|clip| clip.contains("/hum/") || clip.contains("/rise/")), "{clips:?}");
    let refusals = String::from_utf8(room.bytes("words/refused.csv")).unwrap();
    assert!(refusals.contains("notes.txt") && refusals.contains("is no word"), "{refusals}");
}

#[test]
fn numbered_recordings_are_those_of_one_person() {
    let room = Room::empty();
    for word in ["hum", "rise"] {
        for take in 1..=8 {
            write_tone(&room.path(&format!("mine/{word}/{take}.wav")), 300.0 + take as f32, 0.0);
        }
    }
    let talk = dry(&room, &[]);
    assert!(talk.contains("layout: word/take") && talk.contains("speakers: not told"), "{talk}");
    succeeded(&room.run(&["import", "mine", "--out", "words"]));
    assert_eq!(about(&room, "words")["split_by"], "recording");
}

#[cfg(unix)]
#[test]
fn a_recording_whose_name_is_no_text_is_brought_in_but_a_word_is_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let room = Room::empty();
    for speaker in ["ann", "bob", "cem", "dia"] {
        for word in ["hum", "rise"] {
            write_tone(&room.path(&format!("mine/{word}/{speaker}_1.wav")), 300.0, 0.0);
        }
    }
    let named = |name: &[u8]| room.path("mine").join(OsStr::from_bytes(name));
    fs::rename(named(b"hum/ann_1.wav"), named(b"hum/jos\xe9_1.wav")).unwrap();
    let talk = dry(&room, &[]);
    assert!(talk.contains("5 speakers: ann, bob, cem, dia, jos"), "{talk}");
    fs::rename(named(b"hum"), named(b"caf\xe9")).unwrap();
    refused(&room.run(&["import", "mine", "--out", "words"]), r"mine/caf\xE9: expected a name in UTF-8");
}
