#!/usr/bin/env python3
"""What a second of audio costs: polyspot beside what Python users run today, on the same WAV file and ONNX model.

usage: compare.py [--model models/en.onnx] [--polyspot target/release/polyspot] [--seconds 120] [--rounds 5]

Run from the repository's root, after `pip install -r benches/compare/requirements.txt` and
`cargo build --release --workspace --examples`. Every way is a process of its own, which hears the whole file, then one that hears its
first second: the difference of their processor times is what the audio costs, without start-up. The ways take turns (A B C A B C …);
the tables give medians over the rounds, and the largest memory of a process. One thread each. The load is that of the machine before
each round.

Ways:
  polyspot              `polyspot score`, a posterior every 40 ms
  polyspot, tract       `polyspot score --engine tract`: tract's best streaming of the same file
  tract, whole window   the last second through the general engine every 100 ms (`examples/whole_window.rs`)
  torchaudio + ORT      MFCCs of the last second anew every 100 ms, then ONNX Runtime: as most scripts do it
  librosa + ORT         likewise
  torchaudio + ORT, incremental / librosa + ORT, incremental
                        MFCCs of the new 100 ms only, the window's other frames kept; ONNX Runtime over the window
  pymicro-wakeword      its "okay_nabu" model, streaming
  pvporcupine           its "porcupine" keyword, streaming

MFCCs alone, no network:
  polyspot, MFCC        `examples/mfcc.rs`, in slices of 20 ms
  torchaudio, MFCC      in pieces of 10 s: the overhead of a call is spread over a thousand frames
  librosa, MFCC         likewise
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

RATE = 16_000
HOP = RATE // 10
WINDOW = 15_680 + 160  # 96 frames: 95 * 160 + 480 samples, and what fills the last hop
FRAMES = 96


def frames(path):
    with wave.open(str(path), "rb") as file:
        return file.readframes(file.getnframes())


def read(path):
    import numpy as np

    return np.frombuffer(frames(path), dtype="<i2")


def torchaudio_mfcc():
    import torch

    torch.set_num_threads(1)
    torch.version.cuda = None
    import torchaudio

    transform = torchaudio.transforms.MFCC(
        sample_rate=RATE,
        n_mfcc=40,
        melkwargs=dict(n_fft=512, win_length=480, hop_length=160, center=False, n_mels=40, mel_scale="htk"),
        log_mels=True,
    )
    return lambda samples: transform(torch.from_numpy(samples)).numpy()


def librosa_mfcc():
    import librosa
    import numpy as np
    import scipy.fft

    def mfcc(samples):
        mel = librosa.feature.melspectrogram(
            y=samples, sr=RATE, n_fft=512, win_length=480, hop_length=160, center=False, n_mels=40, htk=True, norm=None
        )
        return scipy.fft.dct(np.log(mel + 1e-6), type=2, norm="ortho", axis=0).astype("float32")

    return mfcc


def runtime(model):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda features: session.run(None, {"features": features[None]})[0]


def anew(mfcc, model, samples):
    """The whole window's features at every hop."""
    run = runtime(model)
    samples = (samples / 32_768).astype("float32")
    for end in range(WINDOW, len(samples) + 1, HOP):
        run(mfcc(samples[end - WINDOW : end])[:, -FRAMES:])


def incremental(mfcc, model, samples):
    """Ten new frames at every hop; 512 - 160 samples before them belong to the first one's transform."""
    import numpy as np

    run = runtime(model)
    samples = (samples / 32_768).astype("float32")
    frames = np.zeros((40, FRAMES), dtype="float32")
    for end in range(WINDOW, len(samples) + 1, HOP):
        new = mfcc(samples[end - HOP - 352 : end])
        frames = np.concatenate([frames[:, new.shape[1] :], new], axis=1)
        run(frames)


def alone(mfcc, samples):
    """The features of one piece after the other."""
    samples = (samples / 32_768).astype("float32")
    for start in range(0, len(samples) - 512, 10 * RATE):
        mfcc(samples[start : start + 10 * RATE + 352])


def micro_wake_word(samples):
    from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model

    word, features = MicroWakeWord.from_builtin(Model.OKAY_NABU), MicroWakeWordFeatures()
    audio = samples.tobytes()
    for start in range(0, len(audio), 2 * 160):
        for feature in features.process_streaming(audio[start : start + 2 * 160]):
            word.process_streaming(feature)


def porcupine(samples):
    import pvporcupine

    engine = pvporcupine.create(keywords=["porcupine"])
    size = engine.frame_length
    for start in range(0, len(samples) - size + 1, size):
        engine.process(samples[start : start + size])
    engine.delete()


PYTHON = {
    "torchaudio + ORT": lambda model, samples: anew(torchaudio_mfcc(), model, samples),
    "torchaudio + ORT, incremental": lambda model, samples: incremental(torchaudio_mfcc(), model, samples),
    "librosa + ORT": lambda model, samples: anew(librosa_mfcc(), model, samples),
    "librosa + ORT, incremental": lambda model, samples: incremental(librosa_mfcc(), model, samples),
    "pymicro-wakeword": lambda _, samples: micro_wake_word(samples),
    "pvporcupine": lambda _, samples: porcupine(samples),
    "torchaudio, MFCC": lambda _, samples: alone(torchaudio_mfcc(), samples),
    "librosa, MFCC": lambda _, samples: alone(librosa_mfcc(), samples),
}
# Each table's first way is what the others are compared with.
TABLES = [
    [
        "polyspot",
        "polyspot, tract",
        "tract, whole window",
        "torchaudio + ORT",
        "torchaudio + ORT, incremental",
        "librosa + ORT",
        "librosa + ORT, incremental",
        "pymicro-wakeword",
        "pvporcupine",
    ],
    ["polyspot, MFCC", "torchaudio, MFCC", "librosa, MFCC"],
]


def spent(command):
    """Processor seconds and peak memory in MB of one process."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", RAYON_NUM_THREADS="1")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(command)}: {said.decode(errors='replace')[-400:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1_024


def write(path, words, seconds):
    """The words over and over. No more than they are held in memory: a process's peak counts what its parent held."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        left = 2 * RATE * seconds
        while left > 0:
            file.writeframes(words[:left])
            left -= len(words[:left])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="models/en.onnx")
    parser.add_argument("--polyspot", default="target/release/polyspot")
    parser.add_argument("--examples", default="target/release/examples")
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "WAV"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        way, wav = arguments.one
        PYTHON[way](arguments.model, read(wav))
        return

    words = b"".join(frames(path) for path in sorted(Path("tests/data/keywords").glob("*/*.wav")))
    with tempfile.TemporaryDirectory() as folder:
        whole, first = Path(folder) / "whole.wav", Path(folder) / "first.wav"
        write(whole, words, arguments.seconds)
        write(first, words, 1)
        score = [arguments.polyspot, "score", "--model", arguments.model]
        ways = {
            "polyspot": lambda wav: [*score, wav],
            "polyspot, tract": lambda wav: [*score, "--engine", "tract", wav],
            "tract, whole window": lambda wav: [f"{arguments.examples}/whole_window", arguments.model, wav],
            "polyspot, MFCC": lambda wav: [f"{arguments.examples}/mfcc", wav],
        }
        for way in PYTHON:
            ways[way] = lambda wav, way=way: [sys.executable, __file__, "--model", arguments.model, "--one", way, wav]
        costs, memory = {way: [] for way in ways}, dict.fromkeys(ways, 0.0)
        for round_ in range(arguments.rounds):
            print(f"round {round_ + 1} of {arguments.rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
            for way, command in ways.items():
                if costs[way] is None:
                    continue
                try:
                    (long, peak), (short, _) = spent(command(str(whole))), spent(command(str(first)))
                except (RuntimeError, OSError) as error:
                    print(f"{way}: left out: {error}", file=sys.stderr)
                    costs[way] = None
                    continue
                costs[way].append((long - short) / (arguments.seconds - 1))
                memory[way] = max(memory[way], peak)
    for table in TABLES:
        show({way: costs[way] for way in table}, memory)


def show(costs, memory):
    """A table of all ways beside the first."""
    first, ours = next(iter(costs.items()))
    print(f"| way | processor time per second of audio | {first} takes less by | peak memory |\n|---|---|---|---|")
    for way, cost in costs.items():
        if cost is not None:
            ratio = statistics.median(theirs / mine for theirs, mine in zip(cost, ours))
            low, median, high = min(cost) * 1e3, statistics.median(cost) * 1e3, max(cost) * 1e3
            print(f"| {way} | {median:.3f} ms ({low:.3f} to {high:.3f}) | {ratio:.1f} times | {memory[way]:.0f} MB |")
    print()


if __name__ == "__main__":
    main()
