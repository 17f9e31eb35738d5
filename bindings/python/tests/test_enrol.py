"""A word more for a model, from a few takes of it."""

from __future__ import annotations

import numpy as np
import pytest

import polyspot
from conftest import read

VOICES = ["en-gb-f2", "en-gb-scotland-m3", "en-us"]


def take(voice, word="down"):
    return read(f"keywords/{word}/{voice}.wav")


def heard(model, recording):
    pause = np.zeros(32_000, np.int16)
    spotter = polyspot.Spotter(model)
    detections = [*spotter.push(np.concatenate([pause, recording, pause])), *spotter.flush()]
    return [detection.keyword for detection in detections]


def test_a_word_of_two_voices_is_heard_of_a_third():
    before = polyspot.Model.load("zh")
    enrolled = polyspot.enrol(polyspot.Model.file("zh"), "down", [take(voice) for voice in VOICES[:2]])
    model = polyspot.Model.from_bytes(enrolled.model)
    assert model.keywords == [*before.keywords, "down"]
    assert heard(model, take(VOICES[2])) == ["down"]
    assert heard(before, take(VOICES[2])) == []
    assert len(enrolled.deviations) == 2
    assert enrolled.least_deviations >= 10
    assert list(enrolled.posteriors) == [label["name"] for label in before.manifest["labels"]]


def test_takes_of_another_rate_are_resampled():
    twice = np.repeat(take(VOICES[0]), 3)
    enrolled = polyspot.enrol(polyspot.Model.file("zh"), "down", [twice], sample_rate=48_000)
    assert heard(polyspot.Model.from_bytes(enrolled.model), take(VOICES[0])) == ["down"]


def test_bytes_are_a_model_too():
    with open(polyspot.Model.file("zh"), "rb") as file:
        data = file.read()
    one, other = (polyspot.enrol(model, "down", [take(VOICES[0])]) for model in (data, polyspot.Model.file("zh")))
    assert one == other


@pytest.mark.parametrize(
    ("word", "takes", "expected"),
    [
        ("kava", [take(VOICES[0]), np.zeros(16_000, np.int16)], "take 2: .*found 0.00 seconds"),
        ("kava", [], "at least one take"),
    ],
)
def test_what_holds_no_word_is_refused(word, takes, expected):
    with pytest.raises(polyspot.EnrolmentError, match=expected):
        polyspot.enrol(polyspot.Model.file("zh"), word, takes)


def test_a_name_that_is_no_keyword_and_a_file_that_is_no_model_are_refused(tmp_path):
    with pytest.raises(polyspot.ModelError, match="unknown"):
        polyspot.enrol(polyspot.Model.file("zh"), "unknown", [take(VOICES[0])])
    (tmp_path / "none.onnx").write_bytes(b"none")
    with pytest.raises(polyspot.ModelError, match=r"none\.onnx"):
        polyspot.enrol(tmp_path / "none.onnx", "kava", [take(VOICES[0])])
    with pytest.raises(FileNotFoundError, match=r"missing\.onnx"):
        polyspot.enrol(tmp_path / "missing.onnx", "kava", [take(VOICES[0])])
    with pytest.raises(TypeError):
        polyspot.enrol(7, "kava", [take(VOICES[0])])
