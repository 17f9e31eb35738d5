"""Microphones, through the program that is in the package."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Any, Optional

from . import _program

# The program's exit codes for what the caller gave it: the command line, a profile, a model.
_CALLER = (2, 3, 4)
_SECONDS_TO_END = 5.0


class Listener(Iterator["dict[str, Any]"]):
    """The events of a microphone, as they come: dicts with an "event" of "ready", "detection", "warning" and others.

    They are those of `polyspot listen --json`. The end of a `with`, close() and the end of the program stop it.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        if not os.path.exists(_program.FILE):
            raise FileNotFoundError(_program.missing())
        # Not with the package: most who import it open no microphone here, and these take longer than all the rest.
        import subprocess
        import tempfile

        # What goes wrong is told when it ends; a pipe would have to be read meanwhile.
        self._talk: IO[bytes] = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [_program.FILE, "listen", "--json", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._talk,
        )
        self._closed = False

    def __next__(self) -> dict[str, Any]:
        import json

        assert self._process.stdout is not None
        line = b"" if self._closed else self._process.stdout.readline()
        if line:
            event: dict[str, Any] = json.loads(line)
            return event
        if not self._closed:
            code = self._process.wait()
            talk = self._said()
            self.close()
            if code != 0:
                raise _refusal(code, talk)
        raise StopIteration

    def close(self) -> None:
        """Stops listening; does nothing the second time."""
        import subprocess

        self._closed = True
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._talk.close()

    def _said(self) -> str:
        self._talk.seek(0)
        return self._talk.read().decode(errors="replace").strip()

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()


def listen(
    language: str = "en",
    *,
    device: Optional[str] = None,
    arguments: Sequence[str] = (),
) -> Listener:
    """Listens to a microphone: an iterator of events.

    language may name several, separated by commas. device is a part of a microphone's name, as `polyspot devices`
    shows it. arguments are any others of `polyspot listen`, such as ["--duration", "10"]. Raises OSError where no
    microphone can be opened and ValueError where the program refuses what it was given.
    """
    chosen = ["--language", language]
    if device is not None:
        chosen += ["--device", device]
    return Listener([*chosen, *arguments])


def _refusal(code: int, talk: str) -> Exception:
    words = talk or f"polyspot listen ended with code {code}"
    return ValueError(words) if code in _CALLER else OSError(words)
