"""What goes between Python and the program that opens microphones; a script stands for it."""

from __future__ import annotations

from pathlib import Path

import pytest

import polyspot
from polyspot import _program

EVENTS = '{"event":"ready"}\n{"event":"detection","keyword":"yes","score":0.5}\n'


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> Path:
    """A program of these lines, which tells its arguments to a file."""
    path = tmp_path / "program"
    path.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/arguments"\n{lines}\n')
    path.chmod(0o755)
    monkeypatch.setattr(_program, "FILE", str(path))
    return tmp_path / "arguments"


def test_events_come_until_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    arguments = program(tmp_path, monkeypatch, f"cat <<'.'\n{EVENTS}.")
    events = list(polyspot.listen("en,ar", device="USB", arguments=["--duration", "1"]))
    assert [event["event"] for event in events] == ["ready", "detection"]
    assert events[1]["score"] == 0.5
    assert arguments.read_text().split() == (
        "listen --json --language en,ar --device USB --duration 1".split()
    )


def test_it_is_stopped_where_nobody_listens_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program(tmp_path, monkeypatch, f"trap 'kill $!; echo over > {tmp_path}/over; exit' TERM\n"
            f"cat <<'.'\n{EVENTS}.\nsleep 600 &\nwait")
    with polyspot.listen() as events:
        assert next(events)["event"] == "ready"
    assert (tmp_path / "over").read_text() == "over\n"
    assert list(events) == []
    events.close()


@pytest.mark.parametrize(("code", "kind"), [(2, ValueError), (4, ValueError), (5, OSError)])
def test_a_failure_is_told(code: int, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program(tmp_path, monkeypatch, f"echo 'polyspot: no microphone' >&2; exit {code}")
    with pytest.raises(kind, match="polyspot: no microphone"):
        list(polyspot.listen())


def test_where_there_is_no_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.setattr(_program, "FILE", "/none")
    with pytest.raises(FileNotFoundError, match="no program: expected /none, found none"):
        polyspot.listen()
    assert _program.main() == 6
    assert "expected /none" in capsys.readouterr().err
