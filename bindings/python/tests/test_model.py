"""Models explain themselves and are refused in words."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

import polyspot
from conftest import DATA, REPOSITORY

EN = REPOSITORY / "models" / "en.onnx"


def test_every_way_to_load_gives_the_same_model(english: polyspot.Model):
    for model in (polyspot.Model.load(), polyspot.Model.from_path(EN), polyspot.Model.from_bytes(EN.read_bytes())):
        assert (model.sha256, model.manifest) == (english.sha256, english.manifest)
    assert polyspot.Model.load("en-GB").language == "en"


def test_it_explains_itself(english: polyspot.Model):
    manifest = english.manifest
    assert manifest["language"] == english.language == "en"
    assert [label["name"] for label in manifest["labels"]] == english.labels
    assert "stop" in english.keywords and set(english.keywords) < set(english.labels)
    assert english.sample_rate == manifest["front_end"]["sample_rate_hz"] == 16_000
    assert english.step_samples == manifest["network"]["stride_frames"] * manifest["front_end"]["hop_samples"]
    assert english.window_samples > english.step_samples
    assert english.parameters > 100_000
    manifest["language"] = "changed"
    assert english.manifest["language"] == "en", "a copy"
    assert repr(english) == f"<polyspot.Model en with {len(english.keywords)} keywords, from built in, en>"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match='one of en, ar, zh, or use Model.from_path, found "xx"'):
        polyspot.Model.load("xx")


def test_a_broken_model_is_refused(tmp_path: Path):
    bad = DATA / "models" / "manifest_version_99.onnx"
    with pytest.raises(polyspot.ModelError, match="manifest_version_99.onnx: the manifest has version 99, expected 1"):
        polyspot.Model.from_path(bad)
    with pytest.raises(polyspot.ModelError, match="no ONNX model"):
        polyspot.Model.from_bytes(b"no model")
    with pytest.raises(FileNotFoundError) as missing:
        polyspot.Model.from_path(tmp_path / "none.onnx")
    assert missing.value.filename == str(tmp_path / "none.onnx")
    assert issubclass(polyspot.ModelError, ValueError)


def test_thresholds_replace_its_own(english: polyspot.Model):
    assert all(0 < threshold <= 1 for threshold in english.thresholds.values())
    some = polyspot.Model.load("en", thresholds={"yes": 0.25})
    assert some.thresholds == {**english.thresholds, "yes": 0.25}
    assert set(polyspot.Model.load("en", thresholds=0.5).thresholds.values()) == {0.5}
    with pytest.raises(ValueError, match=r'for keywords of the model \(.*yes.*\), found "maybe"'):
        polyspot.Model.load("en", thresholds={"maybe": 0.5})
    with pytest.raises(ValueError, match="threshold"):
        polyspot.Model.load("en", thresholds=1.5)
    with pytest.raises(TypeError):
        polyspot.Model.load("en", thresholds="high")


def test_a_profile_is_for_one_model(tmp_path: Path, english: polyspot.Model):
    evidence = {
        "ambient_hours": 1.0,
        "false_alarms": 0,
        "wanted_false_alarms_per_day": 1.0,
        "false_alarms_per_day": {"low": 0.0, "high": 88.5},
        "takes": {"stop": {"spoken": 3, "heard": 3}},
        "warnings": [],
    }
    profile = {
        "version": 1,
        "model_sha256": english.sha256,
        "language": "en",
        "thresholds": {"stop": 0.125},
        "evidence": evidence,
        "tool": "test",
    }
    path = tmp_path / "room.json"
    path.write_text(json.dumps(profile))
    assert polyspot.Model.load("en", profile=path).thresholds["stop"] == 0.125
    with pytest.raises(polyspot.ProfileError, match="room.json: the profile is for the model with sha256"):
        polyspot.Model.load("ar", profile=path)
    path.write_text("{}")
    with pytest.raises(polyspot.ProfileError, match="room.json"):
        polyspot.Model.load("en", profile=path)


def test_only_results_are_pickled(english: polyspot.Model):
    with pytest.raises(TypeError):
        pickle.dumps(english)
    heard = polyspot.score_file(DATA / "keywords/yes/en-us.wav", english)
    assert heard and pickle.loads(pickle.dumps(heard)) == heard


def test_a_base_is_asked_for_where_one_is_needed():
    with pytest.raises(polyspot.ModelError, match="en.onnx: .*it is no base"):
        polyspot.Base.from_path(EN)
    with pytest.raises(polyspot.ModelError, match="no base"):
        polyspot.Base.from_bytes(EN.read_bytes())
