#!/usr/bin/env python3
"""How many more keywords do some models miss than others? Mean difference, with a bootstrap over speakers and recordings.

    2026-11-30-swr-and-everything-free.py WORDS NEGATIVES[,…] MODEL,MODEL… MODEL,MODEL…

    WORDS      folder of dev clips, <word>/<speaker>_<n>.<ext>
    NEGATIVES  folders of recordings without keywords
    MODEL      ONNX files, the n-th on the left to be compared with the n-th on the right (of the same seed)

Independent of polyspot: front end in numpy, networks by ONNX Runtime. A word is missed if its own posterior stays below the threshold
from its clip's beginning to a second after its end, a false alarm is a peak of 1 s that reaches it. Thresholds are chosen anew in each of
2,000 resamples, as the lowest that all keywords together may have at so many false alarms per hour. Needs numpy, scipy, soundfile, onnx and
onnxruntime.
"""

import json
import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
import scipy.fft
import scipy.signal
import soundfile

RATE = 16_000
RATES = (1, 2, 4, 8)
STEP_S, REST_STEPS, LOWEST = 0.04, 12, 0.02
WINDOW = numpy.pad(numpy.hanning(481)[:480], 16).astype(numpy.float32)


def mel_bank():
    mel = 2595 * numpy.log10(1 + 8000 / 700)
    edges = 700 * (10 ** (numpy.linspace(0, mel, 42) / 2595) - 1)
    hz = numpy.linspace(0, 8000, 257)
    rows = [
        numpy.minimum((hz - low) / (peak - low), (high - hz) / (high - peak))
        for low, peak, high in zip(edges, edges[1:], edges[2:])
    ]
    return numpy.maximum(0, numpy.array(rows)).T.astype(numpy.float32)


BANK = mel_bank()


def features(path, before, after):
    samples, rate = soundfile.read(path, dtype="float32")
    samples = samples if samples.ndim == 1 else samples.mean(1)
    if rate != RATE:
        samples = scipy.signal.resample_poly(samples, RATE, rate).astype(numpy.float32)
    floor = numpy.random.RandomState(0).randn(before + len(samples) + after).astype(numpy.float32) * 1e-4
    floor[before : before + len(samples)] += samples
    frames = numpy.lib.stride_tricks.sliding_window_view(numpy.pad(floor, 16), 512)[::160]
    power = numpy.abs(numpy.fft.rfft(frames * WINDOW, axis=1)) ** 2
    return scipy.fft.dct(numpy.log(power @ BANK + 1e-6), norm="ortho", axis=1).astype(numpy.float32)


def scores(path, words, negatives):
    """Scores of false alarms with their recordings, and of words."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options)
    manifest = json.loads({entry.key: entry.value for entry in onnx.load(path).metadata_props}["polyspot.manifest"])
    labels = [label["name"] for label in manifest["labels"] if label["kind"] == "keyword"]

    def posteriors(of):
        return session.run(None, {"features": of.T[None]})[0][0][: len(labels)]

    alarms = []
    for recording, of in enumerate(negatives):
        for row in posteriors(of):
            row = row.copy()
            while row[at := row.argmax()] >= LOWEST:
                alarms.append((row[at], recording))
                row[max(0, at - REST_STEPS) : at + REST_STEPS + 1] = 0
    alarms = numpy.array(sorted(alarms, reverse=True))
    heard = [posteriors(of)[labels.index(word), int(1 / STEP_S) :].max() for word, of in words]
    return alarms[:, 0], alarms[:, 1].astype(int), numpy.array(heard)


def missed(model, speakers, hours, times_speaker, times_recording):
    """Percent missed at each rate, were each speaker and recording there so many times."""
    alarms, recordings, heard = model
    events, weights = numpy.cumsum(times_recording[recordings]), times_speaker[speakers]
    total = (times_recording * hours).sum()
    thresholds = [alarms[min(numpy.searchsorted(events, rate * total, side="right"), len(alarms) - 1)] for rate in RATES]
    return [100 * (weights * (heard <= threshold)).sum() / weights.sum() for threshold in thresholds]


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    clips = sorted(path for path in Path(sys.argv[1]).glob("*/*") if path.is_file())
    words = [(clip.parent.name, features(clip, RATE, RATE)) for clip in clips]
    names = [clip.name.split("_")[0] for clip in clips]
    speakers = numpy.unique(names, return_inverse=True)[1]
    files = [path for folder in sys.argv[2].split(",") for path in sorted(Path(folder).iterdir()) if path.is_file()]
    negatives = [features(path, RATE, 0) for path in files]
    hours = numpy.array([len(of) / 100 / 3600 for of in negatives])
    left, right = [[scores(path, words, negatives) for path in side.split(",")] for side in sys.argv[3:]]

    def sides(times_speaker, times_recording):
        every = [[missed(m, speakers, hours, times_speaker, times_recording) for m in side] for side in (left, right)]
        return [numpy.mean(side, axis=0) for side in every]

    def resampled(count, chance):
        return numpy.bincount(chance.randint(0, count, count), minlength=count)

    one, other = sides(numpy.ones(speakers.max() + 1), numpy.ones(len(negatives)))
    chance, differences = numpy.random.RandomState(0), []
    for _ in range(2_000):
        a, b = sides(resampled(speakers.max() + 1, chance), resampled(len(negatives), chance))
        differences.append([*(b - a), (b - a).mean()])
    low, high = numpy.percentile(differences, [2.5, 97.5], axis=0)
    rows = zip([*RATES, "mean"], [*one, one.mean()], [*other, other.mean()], low, high)
    for rate, a, b, least, most in rows:
        print(f"{rate}\t{a:.1f} %\t{b:.1f} %\t{b - a:+.1f} ({least:+.1f} to {most:+.1f})")


if __name__ == "__main__":
    main()
