"""Keyword spotting on the device, in any language: audio in, detections out.

    >>> import polyspot
    >>> model = polyspot.Model.load("en")
    >>> for heard in polyspot.score_file("yes.wav", model):
    ...     print(heard.keyword, heard.start)

A Model is one file that explains itself. A Spotter listens to one stream of audio with it. Nothing here reaches the network.
"""

from ._listen import Listener, listen
from ._polyspot import (
    MFCC,
    Base,
    Model,
    PosteriorStream,
    Spotter,
    enrol,
    score_file,
    score_files,
)
from ._types import (
    AudioError,
    Detection,
    Enrolled,
    EnrolmentError,
    ModelError,
    ProfileError,
    Recording,
    SamplesError,
)

__version__ = "0.1.0"

__all__ = [
    "MFCC",
    "AudioError",
    "Base",
    "Detection",
    "Enrolled",
    "EnrolmentError",
    "Listener",
    "Model",
    "ModelError",
    "PosteriorStream",
    "ProfileError",
    "Recording",
    "SamplesError",
    "Spotter",
    "enrol",
    "listen",
    "score_file",
    "score_files",
]
