#!/usr/bin/env python3
"""What polyspot and its peers hear of the same recordings: keywords missed, false alarms per hour, processor time.

usage: peers.py DATA --negatives DIR… [--takes DIR] [--every N] [--polyspot target/release/polyspot]

  DATA         folder with en/dev/<word>/*.flac: the words' clips, one after the other with a second of silence between them
  --negatives  folders of audio without keywords
  --every N    of the negatives, hear every Nth file
  --takes DIR  DIR/<phrase>/speaker*.wav: takes of wake phrases, likewise, as `polyspot-tools speak … --dev-speaker 'tools/scripts/kokoro.py
               FOLDER {takes} --held-out' --out OUT` writes them to OUT/dev

Run from the repository's root after `pip install -r benches/compare/requirements.txt`, `pip install --no-deps openwakeword==0.4.0` and
`cargo build --release -p polyspot-cli`. First table, ten English commands by one threshold for all: polyspot's models and PocketSphinx's keyword
spotting with its own English model. Second table, wake phrases, each program's own models at their own thresholds.

A detection counts once, for its own word, if it is reported from the word's start to a second after its end; a word begins and ends with
the first and last 10 ms within 30 dB of its clip's loudest.
"""

import argparse
import csv
import io
import os
import subprocess
import tempfile
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000
WORDS = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"]
RATES = [1, 4, 16, 64]
AFTER = 1.0
DEAF = 2.0

Word = namedtuple("Word", "name start end")
Detection = namedtuple("Detection", "name time")


def read(path):
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == RATE, f"{path}: expected {RATE} Hz, found {rate} Hz"
    return samples


def extent(samples):
    """First and last second of what is within 30 dB of the loudest 10 ms."""
    frames = samples[: len(samples) // 160 * 160].astype(float).reshape(-1, 160)
    energy = (frames**2).mean(axis=1)
    loud = np.flatnonzero(energy >= energy.max() / 1_000)
    return loud[0] / 100, (loud[-1] + 1) / 100


def stream(folder, names, pattern="*"):
    """All clips of these folders in a fixed random order, a second of near silence between them, and where their words lie."""
    clips = [(name, path) for name in names for path in sorted((folder / name).glob(pattern))]
    draw = np.random.default_rng(1)
    draw.shuffle(clips)
    samples, words, at = [np.zeros(RATE, "int16")], [], 1.0
    for name, path in clips:
        clip = read(path)
        start, end = extent(clip)
        words.append(Word(name, at + start, at + end))
        samples += [clip, np.zeros(RATE, "int16")]
        at += len(clip) / RATE + 1
    joined = np.concatenate(samples).astype(int)
    # 70 dB below full scale: no microphone gives digital silence.
    joined += draw.normal(0, 10, len(joined)).astype(int)
    return joined.clip(-32_768, 32_767).astype("int16"), words


def delays(words, detections):
    """For each word that is detected, how long after its end it is reported, in seconds."""
    times = {}
    for detection in detections:
        times.setdefault(detection.name, []).append(detection.time)
    found = []
    for word in words:
        mine = [time for time in times.get(word.name, []) if word.start <= time <= word.end + AFTER]
        if mine:
            found.append(min(mine) - word.end)
    return found


def spaced(detections):
    """Those that a program keeps which is deaf to a word for two seconds after it."""
    kept, last = [], {}
    for detection in detections:
        if detection.time >= last.get(detection.name, -DEAF) + DEAF:
            kept.append(detection)
            last[detection.name] = detection.time
    return kept


def length_hours(recordings):
    return sum(map(len, recordings)) / RATE / 3_600


class Polyspot:
    # `score` tells where a word ends, not when it was reported; `polyspot-tools evaluate` measures that.
    tells_when = False
    thresholds = [n / 50 for n in range(5, 50)]

    def __init__(self, program, model):
        self.program, self.model = program, model

    def score(self, samples, runs):
        """What it detects in each run with such flags, and processor seconds of the first."""
        found = []
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "stream.wav"
            soundfile.write(wav, samples, RATE, subtype="PCM_16")
            for flags in runs:
                before = os.times()
                command = [self.program, "score", "--model", self.model, "--format", "csv", *flags, wav]
                table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                after = os.times()
                spent = after.children_user + after.children_system - before.children_user - before.children_system
                rows = csv.DictReader(io.StringIO(table))
                found.append(([Detection(row["keyword"], float(row["end_seconds"])) for row in rows], spent))
        return [detections for detections, _ in found], found[0][1]

    def own(self, samples):
        """What it detects at its own thresholds, and processor seconds."""
        [detections], spent = self.score(samples, [[]])
        return detections, spent

    def at_thresholds(self, samples):
        """What it detects at each threshold, and processor seconds of one of them."""
        return self.score(samples, [["--threshold", str(threshold)] for threshold in self.thresholds])


class PocketSphinx:
    """One pass with a low threshold gives each detection its probability; those above a threshold are what it detects there."""

    thresholds = [n / 400 for n in range(320, 400)]
    lowest = 1e-12

    def at_thresholds(self, samples):
        from pocketsphinx import Decoder

        with tempfile.NamedTemporaryFile("w", suffix=".kws") as phrases:
            phrases.writelines(f"{word} /{self.lowest}/\n" for word in WORDS)
            phrases.flush()
            decoder = Decoder(kws=phrases.name, loglevel="FATAL")
        began = time.process_time()
        decoder.start_utt()
        for start in range(0, len(samples), RATE // 10):
            decoder.process_raw(samples[start : start + RATE // 10].tobytes())
        decoder.end_utt()
        pieces = [(Detection(piece.word.strip(), piece.end_frame / 100), piece.prob) for piece in decoder.seg()]
        spent = time.process_time() - began
        return [[each for each, score in pieces if score >= threshold] for threshold in self.thresholds], spent


class OpenWakeWord:
    """Its models as shipped, at the threshold of 0.5 that its documentation names; each deaf for two seconds after a detection."""

    tells_when = True

    def own(self, samples):
        from openwakeword.model import Model

        model, detections = Model(), []
        began = time.process_time()
        for start in range(0, len(samples) - 1279, 1280):
            for name, score in model.predict(samples[start : start + 1280]).items():
                if score >= 0.5:
                    detections.append(Detection(name.replace("_", " "), (start + 1280) / RATE))
        return spaced(detections), time.process_time() - began


class MicroWakeWord:
    """Its models as shipped, at their own thresholds; each deaf for two seconds after a detection."""

    tells_when = True

    def own(self, samples):
        from pymicro_wakeword import MicroWakeWord as Word, MicroWakeWordFeatures, Model

        words, features = [Word.from_builtin(model) for model in Model], MicroWakeWordFeatures()
        detections = []
        began = time.process_time()
        for start in range(0, len(samples) - 159, 160):
            for feature in features.process_streaming(samples[start : start + 160].tobytes()):
                for word in words:
                    if word.process_streaming(feature):
                        detections.append(Detection(word.id.replace("_", " "), (start + 160) / RATE))
        return spaced(detections), time.process_time() - began


def commands(ways, positives, negatives):
    """The table of ten commands, by one threshold for all of them."""
    samples, words = positives
    hours = length_hours(negatives)
    rates = " | ".join(f"missed at {rate}" for rate in RATES)
    print(f"{len(words)} words, {hours:.2f} hours without them\n")
    print(f"| way | {rates} false alarms per hour | processor time per second of audio |")
    print("|---" * (len(RATES) + 2) + "|")
    for name, way in ways.items():
        found, spent = way.at_thresholds(samples)
        missed = [1 - len(delays(words, detections)) / len(words) for detections in found]
        alarms = [0] * len(missed)
        for negative in negatives:
            found, more = way.at_thresholds(negative)
            alarms = [before + len(detections) for before, detections in zip(alarms, found)]
            spent += more
        cells = []
        for rate in RATES:
            least = min((part for part, count in zip(missed, alarms) if count <= rate * hours), default=1.0)
            cells.append(f"{100 * least:.1f} %")
        seconds = 3_600 * hours + len(samples) / RATE
        print(f"| {name} | {' | '.join(cells)} | {1e3 * spent / seconds:.2f} ms |", flush=True)


def phrases(ways, takes, negatives):
    """The table of wake phrases, each way at its own threshold."""
    hours = length_hours(negatives)
    print(f"\n{hours:.2f} hours without the phrases\n")
    columns = ["way", "phrase", "takes missed", "reported after the end, median", "false alarms per hour (events)", "processor time per second of audio, all models of the program"]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for name, (way, names) in ways.items():
        found = [way.own(negative) for negative in negatives]
        spent = 1e3 * sum(seconds for _, seconds in found) / hours / 3_600
        for phrase in names:
            missed = delay = "–"
            if takes:
                samples, words = stream(takes, [phrase], "speaker*")
                found_after = delays(words, way.own(samples)[0])
                missed = f"{len(words) - len(found_after)} of {len(words)}"
                if found_after and way.tells_when:
                    delay = f"{np.median(found_after):.2f} s"
            alarms = sum(each.name == phrase for detections, _ in found for each in detections)
            print(f"| {name} | {phrase} | {missed} | {delay} | {alarms / hours:.1f} ({alarms}) | {spent:.2f} ms |", flush=True)


def recordings(folders, every):
    """Every Nth of the folders' recordings, joined to one of about an hour each: a process hears many at once."""
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in {".flac", ".opus", ".wav", ".ogg"}]
    joined = [[]]
    for path in paths[::every]:
        if sum(map(len, joined[-1])) > 3_600 * RATE:
            joined.append([])
        joined[-1] += [read(path), np.zeros(RATE, "int16")]
    return [np.concatenate(each) for each in joined if each]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--negatives", type=Path, nargs="+", required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--takes", type=Path)
    parser.add_argument("--polyspot", default="target/release/polyspot")
    arguments = parser.parse_args()
    negatives = recordings(arguments.negatives, arguments.every)
    ways = {
        "polyspot, `en`": Polyspot(arguments.polyspot, "models/en.onnx"),
        "polyspot, `tiny/en`": Polyspot(arguments.polyspot, "models/tiny/en.onnx"),
        "PocketSphinx": PocketSphinx(),
    }
    commands(ways, stream(arguments.data / "en" / "dev", WORDS), negatives)
    wakes = {
        "polyspot, `wake`": (
            Polyspot(arguments.polyspot, "models/wake/wake.onnx"),
            ["athena", "amelia", "computer", "hey computer", "jarvis"],
        ),
        "openWakeWord": (OpenWakeWord(), ["alexa", "hey jarvis", "hey mycroft"]),
        "microWakeWord": (MicroWakeWord(), ["alexa", "hey jarvis", "hey mycroft", "okay nabu"]),
    }
    phrases(wakes, arguments.takes, negatives)


if __name__ == "__main__":
    main()
