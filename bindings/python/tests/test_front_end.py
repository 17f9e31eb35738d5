"""The features are those of the models, and of librosa."""

from __future__ import annotations

import numpy as np
import pytest

import polyspot
from conftest import DATA


def test_they_equal_librosas(yes: np.ndarray):
    golden = np.loadtxt(DATA / "golden/speech.librosa.csv", delimiter=",", comments="#")
    frames = polyspot.MFCC()(yes)
    assert frames.dtype == np.float32 and frames.shape == golden.shape == (98, 40)
    assert np.abs(frames - golden).max() <= 1e-4


def test_any_pieces_are_the_same(yes: np.ndarray, english: polyspot.Model):
    stream = polyspot.MFCC(english)
    whole = stream(yes)
    for size in (1, 160, 1_000):
        starts = range(0, len(yes), size)
        pieces = [stream.push(yes[start : start + size]) for start in starts]
        assert np.array_equal(np.concatenate([*pieces, stream.flush()]), whole)
    stream.push(yes[:500])
    stream.reset()
    assert np.array_equal(np.concatenate([stream.push(yes), stream.flush()]), whole)


def test_another_rate_is_resampled(yes: np.ndarray):
    assert polyspot.MFCC(sample_rate=8_000)(yes[::2]).shape == (98, 40)


def test_a_front_end_of_ones_own(yes: np.ndarray, english: polyspot.Model):
    spec = english.manifest["front_end"]
    assert polyspot.MFCC(spec).spec == polyspot.MFCC().spec == spec
    assert polyspot.MFCC({**spec, "coefficients": 13})(yes).shape == (98, 13)
    assert repr(polyspot.MFCC()) == "<polyspot.MFCC of 40 coefficients, 480 samples every 160 at 16000 Hz>"
    with pytest.raises(ValueError, match="as in a manifest: unknown field `hop`"):
        polyspot.MFCC({**spec, "hop": 1})
    with pytest.raises(ValueError, match="coefficients"):
        polyspot.MFCC({**spec, "coefficients": 400})
    with pytest.raises(TypeError):
        polyspot.MFCC(40)
