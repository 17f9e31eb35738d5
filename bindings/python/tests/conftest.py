"""Recordings and models of the repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import polyspot

REPOSITORY = Path(__file__).resolve().parents[3]
DATA = REPOSITORY / "tests" / "data"
# Bytes before the samples of the repository's own recordings.
HEADER = 44


def read(name: str) -> np.ndarray:
    """The int16 samples of a recording in tests/data."""
    return np.frombuffer((DATA / name).read_bytes()[HEADER:], dtype="<i2")


@pytest.fixture(scope="session")
def yes() -> np.ndarray:
    return read("keywords/yes/en-us.wav")


@pytest.fixture(scope="session")
def english() -> polyspot.Model:
    return polyspot.Model.load("en")


@pytest.fixture(scope="session")
def arabic() -> polyspot.Model:
    return polyspot.Model.load("ar")
