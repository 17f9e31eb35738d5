"""What the compiled half gives and raises."""

from __future__ import annotations

import os
from typing import NamedTuple

# Where the program and the models of the package are: the program looks for its models from there too.
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "program")
MODELS = os.path.join(PROGRAM, "share", "polyspot", "models")


class Detection(NamedTuple):
    """A keyword heard in a stream, with the window of audio that holds it."""

    keyword: str
    """The keyword, as the model writes it."""
    language: str
    """The model's language, a BCP 47 tag."""
    score: float
    """Smoothed posterior at its peak, in 0 to 1."""
    start: float
    """Where the window begins, in seconds from the start of the stream."""
    end: float
    """Where the window ends, in seconds."""
    start_sample: int
    """The same in samples, of the rate that the stream was pushed at; of a file, of the model's rate."""
    end_sample: int
    """First sample after the window."""


class Recording(NamedTuple):
    """What score_files heard in a recording."""

    path: str
    """The file."""
    seconds: float
    """Length of what could be read."""
    detections: list[Detection]
    """What was heard, in the order of time."""
    trouble: str | None
    """What could not be read, or None."""


class Enrolled(NamedTuple):
    """A model with a word more, from enrol."""

    model: bytes
    """The model file, for Model.from_bytes or to be kept."""
    deviations: list[float]
    """How far each take is from other speech, seen from the other takes, in standard deviations."""
    least_deviations: float
    """How far the word must be to be detected: a take below that is to be recorded again."""
    posteriors: dict[str, float]
    """What each label of the model has of the takes: a word that is much like a keyword may be heard as it."""


class ModelError(ValueError):
    """A model, a base or an adapter was refused, or models cannot listen together."""


class ProfileError(ValueError):
    """A profile was refused: it is for another model, or no profile."""


class AudioError(ValueError):
    """A recording, or a sample rate, was refused."""


class EnrolmentError(ValueError):
    """A word was not learnt: a take holds no word, the name is taken, or the model cannot learn."""


class SamplesError(TypeError):
    """What was given for samples is no one-dimensional float32 or int16."""
