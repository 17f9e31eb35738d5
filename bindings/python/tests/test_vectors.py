"""Python hears what the library hears: the test vectors that all bindings share (tests/vectors/README.md)."""

from __future__ import annotations

import json

import numpy as np
import pytest

import polyspot
from conftest import REPOSITORY, read

VECTORS = json.loads((REPOSITORY / "tests/vectors/vectors.json").read_text())
CASES = VECTORS["cases"]


def audio(case: dict) -> np.ndarray:
    samples = np.concatenate([read(path[len("tests/data/") :]) for path in case["audio"]])
    assert len(samples) == case["samples"]
    return samples


def test_the_models_are_those_that_the_vectors_were_made_with():
    assert VECTORS["format"] == 1 and len(CASES) >= 8
    for language, expected in VECTORS["models"].items():
        model = polyspot.Model.load(language)
        assert model.sha256 == expected["sha256"]
        assert model.labels == expected["labels"]
        assert len(model.keywords) == expected["keywords"]


@pytest.mark.parametrize("piece", [160, 777, None], ids=lambda piece: f"pieces of {piece}")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_detections(case: dict, piece: int | None):
    spotter = polyspot.Spotter([polyspot.Model.load(language) for language in case["models"]])
    samples = audio(case)
    step = piece or len(samples)
    heard = [d for start in range(0, len(samples), step) for d in spotter.push(samples[start : start + step])]
    heard += spotter.flush()
    found = [(d.keyword, d.language, d.start_sample, d.end_sample) for d in heard]
    assert found == [(d["keyword"], d["language"], d["start"], d["end"]) for d in case["detections"]]
    for ours, expected in zip(heard, case["detections"]):
        assert abs(ours.score - expected["score"]) <= VECTORS["tolerance"]
        assert (ours.start, ours.end) == (expected["start"] / 16_000, expected["end"] / 16_000)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_posteriors(case: dict):
    samples = audio(case)
    for language, expected in zip(case["models"], case["posteriors"]):
        model = polyspot.Model.load(language)
        stream = polyspot.PosteriorStream(model)
        pieces = [stream.push(piece) for piece in np.array_split(samples, 7)]
        streamed = np.concatenate([*pieces, stream.flush()])
        assert streamed.dtype == np.float32
        whole = model.posteriors(samples)
        assert np.array_equal(streamed, whole)
        wanted = np.array(expected["probabilities"])
        assert whole.shape == wanted.shape
        assert np.abs(whole - wanted).max() <= VECTORS["tolerance"]
        front_end = model.manifest["front_end"]
        overhang = front_end["frame_samples"] - front_end["hop_samples"]
        assert [(step + 1) * model.step_samples + overhang for step in range(len(whole))] == expected["ends"]
