"""Samples of many forms are the same samples; what is none is refused in words."""

from __future__ import annotations

import array

import numpy as np
import pytest

import polyspot

FORMS = {
    "int16": lambda s: s,
    "float32": lambda s: (s / 32_768).astype(np.float32),
    "float64": lambda s: s / 32_768,
    "big-endian": lambda s: s.astype(">i2"),
    "a column": lambda s: s.reshape(-1, 1),
    "every second": lambda s: np.repeat(s, 2)[::2],
    "backwards twice": lambda s: s[::-1].copy()[::-1],
    "array.array": lambda s: array.array("h", s.tolist()),
    "memoryview": lambda s: memoryview(s),
    "a list of floats": lambda s: (s / 32_768).tolist(),
}


@pytest.mark.parametrize("form", FORMS)
def test_any_form_is_the_same(form: str, yes: np.ndarray, english: polyspot.Model):
    expected = english.posteriors(yes)
    assert expected.max(axis=0)[english.labels.index("yes")] > 0.9
    assert np.array_equal(english.posteriors(FORMS[form](yes)), expected)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (np.zeros(10, np.uint8), "uint8"),
        (np.zeros(10, np.int32), "int32"),
        (np.zeros((10, 2), np.float32), r"float32 of shape \(10, 2\)"),
        (np.zeros((1, 10, 1), np.float32), r"shape \(1, 10, 1\)"),
        (0.5, r"shape \(\)"),
        ("yes", "<U3"),
        (b"\0\0", r"\|S"),
        (None, "object"),
        (np.zeros(4, complex), "complex128"),
    ],
)
def test_what_is_no_samples_is_refused(given: object, found: str, english: polyspot.Model):
    spotter = polyspot.Spotter(english)
    for take in (spotter.push, english.posteriors, polyspot.MFCC()):
        with pytest.raises(polyspot.SamplesError, match=f"must be float32 or int16 in one dimension, found .*{found}"):
            take(given)
    assert issubclass(polyspot.SamplesError, TypeError)


def test_samples_that_are_no_numbers_count_as_none(yes: np.ndarray, english: polyspot.Model):
    loud = (yes / 32_768).astype(np.float32)
    holes = loud.copy()
    loud[4_000], holes[4_000] = 0, np.nan
    assert np.array_equal(english.posteriors(holes), english.posteriors(loud))


def test_nothing_is_nothing(english: polyspot.Model):
    spotter = polyspot.Spotter(english)
    assert spotter.push(np.zeros(0, np.float32)) == [] and spotter.flush() == []
    assert english.posteriors([]).shape == (0, len(english.labels))
    assert polyspot.MFCC()(np.zeros(0, np.int16)).shape == (0, 40)
