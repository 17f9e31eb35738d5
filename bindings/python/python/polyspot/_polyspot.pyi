"""The compiled half of the package."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._types import Detection, Enrolled, Recording

@final
class Model:
    """An immutable network with its manifest, to be shared by any number of streams and threads."""

    @staticmethod
    def load(
        language: str = "en",
        *,
        thresholds: float | Mapping[str, float] | None = None,
        profile: str | os.PathLike[str] | None = None,
    ) -> Model:
        """A built-in model, by its language: "en", "ar", "zh", or a tag that one of them serves, such as "en-GB".

        thresholds, one for all keywords or some by name, replace the model's own; profile is a file that
        `polyspot calibrate` wrote for this model. Raises ValueError when there is no such model.
        """
    @staticmethod
    def file(language: str = "en") -> str:
        """The file of a built-in model, found as load finds it."""
    @staticmethod
    def from_path(
        path: str | os.PathLike[str],
        *,
        thresholds: float | Mapping[str, float] | None = None,
        profile: str | os.PathLike[str] | None = None,
    ) -> Model:
        """The model of a file. Raises OSError when it cannot be read and ModelError when it is refused."""
    @staticmethod
    def from_bytes(
        data: bytes,
        *,
        thresholds: float | Mapping[str, float] | None = None,
        profile: str | os.PathLike[str] | None = None,
    ) -> Model:
        """The model of a file's bytes."""
    @property
    def manifest(self) -> dict[str, Any]:
        """What the model says of itself: labels, front end, detector, evidence, training data. A copy."""
    @property
    def language(self) -> str:
        """Language of the keywords, a BCP 47 tag."""
    @property
    def labels(self) -> list[str]:
        """The names of the outputs, in the order of the columns of posteriors."""
    @property
    def keywords(self) -> list[str]:
        """The words that it detects."""
    @property
    def thresholds(self) -> dict[str, float]:
        """Each keyword's threshold on the smoothed posterior."""
    @property
    def sha256(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
    @property
    def parameters(self) -> int:
        """Number of the network's parameters."""
    @property
    def sample_rate(self) -> int:
        """The rate that it hears, in Hz."""
    @property
    def step_samples(self) -> int:
        """Samples from one posterior to the next."""
    @property
    def window_samples(self) -> int:
        """Samples that one posterior is about."""
    def posteriors(self, samples: ArrayLike, *, sample_rate: int | None = None) -> NDArray[np.float32]:
        """The posteriors of a whole recording, [steps, labels], not smoothed.

        sample_rate is that of the samples, in Hz, where it is not the model's.
        """

@final
class Base:
    """A network that languages are changes to: one base in memory makes the models of all its adapters."""

    @staticmethod
    def from_path(path: str | os.PathLike[str]) -> Base:
        """The base of a file."""
    @staticmethod
    def from_bytes(data: bytes) -> Base:
        """The base of a file's bytes."""
    @property
    def sha256(self) -> str:
        """SHA-256 of the file, in hexadecimal; adapters name their base by it."""
    def fuse(
        self,
        adapter: bytes | str | os.PathLike[str],
        *,
        thresholds: float | Mapping[str, float] | None = None,
        profile: str | os.PathLike[str] | None = None,
    ) -> Model:
        """The model of an adapter, given as its bytes or its file; bit for bit that of the fused model file."""

@final
class Spotter:
    """Listens to one stream of audio, in one language or in several at once.

    A stream may be cut into pieces of any lengths: the detections are the same. The interpreter's lock is
    released while it computes, and several threads may each have a Spotter of the same Model.
    """

    def __new__(
        cls,
        models: Model | Sequence[Model],
        *,
        sample_rate: int | None = None,
        threshold: float | None = None,
        wake: Model | None = None,
        wake_keywords: Sequence[str] = (),
        window: float | None = None,
    ) -> Spotter:
        """sample_rate is that of the samples to come, in Hz, where it is not the models'.

        threshold replaces that of every keyword, of models swapped in later too.

        With wake, the keywords of the models count only if they end in the window, in seconds (6 where it is not
        given), after a word of that model: one of wake_keywords, or any where there are none. Wake words are not
        given as detections. A window without wake lets arm() alone wake.
        """
    def push(self, samples: ArrayLike) -> list[Detection]:
        """Takes any number of samples and gives the keywords that they complete.

        float32 with full scale 1 or int16, in one dimension: an array, or anything with the buffer protocol.
        """
    def flush(self) -> list[Detection]:
        """Ends the stream, gives what is left, and starts anew."""
    def reset(self) -> None:
        """Forgets all audio: the next sample is the first of a new stream."""
    def swap(self, models: Model | Sequence[Model]) -> None:
        """Goes on in another language, between two pushes: no sample is lost or heard twice."""
    def set_threshold(self, threshold: float) -> None:
        """Sets every keyword's threshold, of models swapped in later too."""
    def arm(self) -> None:
        """Does what a wake word does: a button was pressed. Without wake and window it does nothing."""
    @property
    def armed(self) -> bool:
        """Whether a keyword may count now; always without wake and window."""
    @property
    def languages(self) -> list[str]:
        """The languages that are listened for."""
    @property
    def sample_rate(self) -> int:
        """The rate of the samples pushed, in Hz."""

@final
class PosteriorStream:
    """One stream's way from samples to the posteriors of one model."""

    def __new__(cls, model: Model, *, sample_rate: int | None = None) -> PosteriorStream: ...
    def push(self, samples: ArrayLike) -> NDArray[np.float32]:
        """The posteriors that these samples complete, [steps, labels], not smoothed."""
    def flush(self) -> NDArray[np.float32]:
        """Ends the stream and gives the posteriors that were waiting."""
    def reset(self) -> None:
        """Forgets all audio."""

@final
class MFCC:
    """The features that the models are trained on: [frames, coefficients].

    spec is a model, or a dict such as `model.manifest["front_end"]`; the front end of the shipped models
    where there is none.
    """

    def __new__(
        cls, spec: Model | dict[str, Any] | None = None, *, sample_rate: int | None = None
    ) -> MFCC: ...
    def __call__(self, samples: ArrayLike) -> NDArray[np.float32]:
        """The frames of a whole recording; a stream that is under way is not disturbed."""
    def push(self, samples: ArrayLike) -> NDArray[np.float32]:
        """The frames that these samples of a stream complete."""
    def flush(self) -> NDArray[np.float32]:
        """Ends the stream and gives the frames that are left."""
    def reset(self) -> None:
        """Forgets all audio."""
    @property
    def spec(self) -> dict[str, Any]:
        """What it computes, as in a manifest."""

def enrol(
    model: bytes | str | os.PathLike[str],
    word: str,
    takes: Sequence[ArrayLike],
    *,
    sample_rate: int | None = None,
) -> Enrolled:
    """Adds a word to a model from a few takes of it: three to five by the person who will say it, one word in each.

    model is a model's file, such as Model.file("en"), or its bytes. sample_rate is that of the takes, in Hz, where it is
    not the model's. Nothing is trained: it takes a moment, and the model's keywords stay as they are. Raises
    EnrolmentError, which names the take, and ModelError.
    """

def score_file(
    path: str | os.PathLike[str],
    models: Model | Sequence[Model],
    *,
    threshold: float | None = None,
    channel: int | None = None,
) -> list[Detection]:
    """The keywords in a recording: WAV, FLAC, MP3, Ogg, Opus, M4A or AAC, of any rate.

    channel counts from 1; all channels are mixed where there is none. Warns where a part of the recording
    cannot be read; raises AudioError or OSError where nothing can.
    """

def score_files(
    paths: Sequence[str | os.PathLike[str]],
    models: Model | Sequence[Model],
    *,
    threads: int | None = None,
    threshold: float | None = None,
    channel: int | None = None,
) -> list[Recording]:
    """The same for many recordings at once, in their order; one that cannot be read stops no other."""
