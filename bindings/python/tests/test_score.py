"""Recordings of many kinds; one that cannot be read stops no other."""

from __future__ import annotations

from pathlib import Path

import pytest

import polyspot
from conftest import DATA

FILES = sorted((DATA / "keywords").glob("*/en-us.wav"))


@pytest.mark.parametrize("file", ["stop.mp3", "stop.ogg", "stop.opus", "stop.m4a", "stop.aac", "stop_mulaw.wav"])
def test_a_coded_recording_is_read(file: str, english: polyspot.Model):
    (heard,) = polyspot.score_file(DATA / "coded" / file, english)
    assert heard.keyword == "stop" and 0 < heard.score <= 1


def test_a_channel_may_be_chosen(english: polyspot.Model):
    stereo = DATA / "formats/44.1_khz_stereo_word_on_channel_2.wav"
    assert polyspot.score_file(stereo, english, channel=1) == []
    assert len(polyspot.score_file(stereo, english, channel=2)) == 1
    with pytest.raises(polyspot.AudioError, match="expected channel 3 to exist, found 2"):
        polyspot.score_file(stereo, english, channel=3)
    with pytest.raises(ValueError, match="channel must be 1 or more, found 0"):
        polyspot.score_file(stereo, english, channel=0)


@pytest.mark.parametrize("threads", [1, 3, None])
def test_many_are_scored_in_their_order(threads: int | None, english: polyspot.Model):
    scored = polyspot.score_files(FILES, english, threads=threads)
    assert [recording.path for recording in scored] == [str(path) for path in FILES]
    for path, recording in zip(FILES, scored):
        assert recording.detections == polyspot.score_file(path, english)
        assert (recording.seconds, recording.trouble) == (1.0, None)
    assert sum(len(recording.detections) for recording in scored) >= len(FILES) - 3


def test_one_that_cannot_be_read_stops_no_other(tmp_path: Path, english: polyspot.Model):
    text, good = DATA / "broken/text.wav", FILES[0]
    missing, *others = polyspot.score_files([tmp_path / "none.wav", text, good], english)
    assert missing.trouble == "the file cannot be read: No such file or directory (os error 2)"
    assert others[0].trouble.startswith("expected WAV") and others[0].detections == []
    assert others[1].trouble is None and others[1].detections


def test_one_alone_is_refused_or_warned_of(tmp_path: Path, english: polyspot.Model):
    with pytest.raises(FileNotFoundError):
        polyspot.score_file(tmp_path / "none.wav", english)
    with pytest.raises(polyspot.AudioError, match="text.wav: expected WAV"):
        polyspot.score_file(DATA / "broken/text.wav", english)
    with pytest.raises(polyspot.AudioError, match="empty"):
        polyspot.score_file(DATA / "broken/empty.wav", english)
    short = tmp_path / "short.wav"
    short.write_bytes((DATA / "keywords/yes/en-us.wav").read_bytes()[:30_000])
    with pytest.warns(UserWarning, match="short.wav: shorter than it announces; the rest was scored"):
        assert len(polyspot.score_file(short, english)) == 1


def test_wrong_arguments_are_refused(english: polyspot.Model):
    with pytest.raises(TypeError):
        polyspot.score_file(5, english)
    with pytest.raises(ValueError):
        polyspot.score_files(FILES, english, threads=0)
    with pytest.raises(ValueError, match="threshold must be in 0 to 1, found 2"):
        polyspot.score_files(FILES, english, threshold=2)
    assert polyspot.score_files([], english) == []
