"""A stream with decisions."""

from __future__ import annotations

import sys
import threading
import time

import numpy as np
import pytest

import polyspot
from conftest import read


def words(heard: list[polyspot.Detection]) -> list[str]:
    return [detection.keyword for detection in heard]


def test_another_rate_is_resampled(yes: np.ndarray, english: polyspot.Model):
    at_16 = polyspot.Spotter(english)
    (expected,) = at_16.push(yes) + at_16.flush()
    at_48 = polyspot.Spotter(english, sample_rate=48_000)
    assert (at_48.sample_rate, at_16.sample_rate) == (48_000, 16_000)
    times = np.arange(3 * len(yes)) / 3
    slow = np.interp(times, np.arange(len(yes)), yes / 32_768.0).astype(np.float32)
    (found,) = [d for piece in np.array_split(slow, 50) for d in at_48.push(piece)] + at_48.flush()
    assert found.keyword == "yes" and abs(found.score - expected.score) < 0.05
    assert abs(found.end - expected.end) <= 0.08
    assert found.end_sample == pytest.approx(found.end * 48_000)


def test_a_rate_out_of_range_is_refused(english: polyspot.Model):
    with pytest.raises(polyspot.AudioError, match="expected a sample rate of 1000 to 384000 Hz, found 10 Hz"):
        polyspot.Spotter(english, sample_rate=10)


def test_several_languages_are_heard_at_once(english: polyspot.Model, arabic: polyspot.Model):
    spotter = polyspot.Spotter([english, arabic])
    assert spotter.languages == ["en", "ar"]
    assert repr(spotter) == "<polyspot.Spotter of en, ar at 16000 Hz>"
    stream = np.concatenate([read("keywords/stop/en-us.wav"), read("other_languages/ar_front.wav")])
    heard = spotter.push(stream) + spotter.flush()
    assert [detection.language for detection in heard] == ["en", "ar"]


def test_a_swap_goes_on_in_another_language(english: polyspot.Model, arabic: polyspot.Model):
    spotter = polyspot.Spotter(arabic)
    heard = spotter.push(read("other_languages/ar_front.wav"))
    spotter.swap(english)
    assert spotter.languages == ["en"]
    heard += spotter.push(read("keywords/stop/en-us.wav")) + spotter.flush()
    assert [detection.language for detection in heard] == ["ar", "en"]
    assert words(heard)[1] == "stop"
    spotter.swap([english, arabic])
    assert spotter.languages == ["en", "ar"]


def test_reset_forgets_and_flush_starts_anew(yes: np.ndarray, english: polyspot.Model):
    new = polyspot.Spotter(english, sample_rate=8_000)
    halved = yes[::2]
    expected = new.push(halved) + new.flush()
    assert words(expected) == ["yes"]
    assert new.push(halved) + new.flush() == expected
    new.push(halved[:5_000])
    new.reset()
    assert new.push(halved) + new.flush() == expected


def test_a_threshold_decides(yes: np.ndarray, english: polyspot.Model):
    deaf = polyspot.Spotter(english, threshold=1.0)
    assert deaf.push(yes) + deaf.flush() == []
    deaf.set_threshold(0.5)
    assert words(deaf.push(yes) + deaf.flush()) == ["yes"]
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match="threshold must be in 0 to 1, found"):
            deaf.set_threshold(wrong)


def woken_by_stop(english: polyspot.Model, **how: float) -> polyspot.Spotter:
    return polyspot.Spotter(english, wake=english, wake_keywords=["stop"], **how)


def test_keywords_wait_for_a_wake_word_or_a_button(english: polyspot.Model, yes: np.ndarray):
    silence = np.zeros(16_000, np.int16)
    word = np.concatenate([yes, silence])
    stop = np.concatenate([read("keywords/stop/en-us.wav"), silence])
    spotter = woken_by_stop(english)
    assert spotter.push(word) == [] and not spotter.armed
    assert spotter.push(stop) == [] and spotter.armed
    assert words(spotter.push(word)) == ["yes"]
    spotter.push(np.zeros(16_000 * 8, np.int16))
    assert not spotter.armed and spotter.push(word) == []
    spotter.arm()
    assert words(spotter.push(word)) == ["yes"]
    assert spotter.flush() == [] and not spotter.armed
    whole = np.concatenate([word, stop, word])
    assert words(woken_by_stop(english).push(whole)) == ["yes"]
    # A short window is over before the word ends.
    assert woken_by_stop(english, window=1.0).push(whole) == []
    # At a higher rate the windows are as long.
    fast = woken_by_stop(english, sample_rate=32_000)
    assert words(fast.push(np.repeat(whole, 2)) + fast.flush()) == ["yes"]


def test_a_button_alone_may_wake_and_without_either_all_counts(english: polyspot.Model, yes: np.ndarray):
    button = polyspot.Spotter(english, window=6)
    assert button.push(yes) + button.flush() == [] and not button.armed
    button.arm()
    assert words(button.push(yes) + button.flush()) == ["yes"]
    always = polyspot.Spotter(english)
    always.arm()
    assert always.armed and words(always.push(yes) + always.flush()) == ["yes"]


@pytest.mark.parametrize("window", [0.5, 4_000, -1, float("nan"), float("inf"), 1e30])
def test_what_cannot_wake_is_refused(english: polyspot.Model, window: float):
    with pytest.raises(ValueError, match="window"):
        polyspot.Spotter(english, wake=english, window=window)
    with pytest.raises(ValueError, match='expected one of the wake model, yes, .*found "stopp"'):
        polyspot.Spotter(english, wake=english, wake_keywords=["stopp"])
    with pytest.raises(ValueError, match='found "stop"'):
        polyspot.Spotter(english, wake_keywords=["stop"])
    with pytest.raises(TypeError):
        polyspot.Spotter(english, wake="en")


@pytest.mark.parametrize(("models", "found"), [("en", "str"), (None, "NoneType"), ([1], "int")])
def test_what_is_no_model_is_refused(models: object, found: str):
    with pytest.raises(TypeError, match=f"models must be a Model or a list of Models, found {found}"):
        polyspot.Spotter(models)
    with pytest.raises(ValueError, match="at least one, found none"):
        polyspot.Spotter([])


def test_others_run_while_it_computes(english: polyspot.Model):
    """No thread is made to give the interpreter up: only one that lets go of it lets the other count."""
    begun, done, counted = threading.Event(), threading.Event(), 0
    samples = np.zeros(16_000 * 60, np.float32)

    def compute() -> None:
        begun.set()
        english.posteriors(samples)
        done.set()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1_000)
    try:
        thread = threading.Thread(target=compute)
        thread.start()
        begun.wait()
        while not done.is_set():
            counted += 1
            time.sleep(0.001)  # lets go of the interpreter in its turn
        thread.join()
    finally:
        sys.setswitchinterval(before)
    assert counted > 0


def test_one_spotter_may_be_pushed_by_several_threads(yes: np.ndarray, english: polyspot.Model):
    spotter, heard = polyspot.Spotter(english), []
    silence = np.zeros(16_000, np.int16)
    threads = [
        threading.Thread(target=lambda: heard.extend(spotter.push(np.concatenate([silence, yes, silence]))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert words(heard) == ["yes"] * 4
