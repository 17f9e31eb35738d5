"""What Python adds to the library: python bindings/python/benches/measure.py [polyspot-program]

Import beside NumPy's own, a push of 10 ms, the memory of a process, and 2,000 recordings of a second beside
`polyspot score`. Times are of the processor, all threads and children together, so that other load on the machine counts little;
each is the best of several tries.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import polyspot

DATA = Path(__file__).resolve().parents[3] / "tests" / "data"
RECORDINGS = 2_000
TRIES = 5


def best(what) -> float:
    """Seconds of the processor in the cheapest of several tries."""
    used = []
    for _ in range(TRIES):
        before = sum(os.times()[:4])
        what()
        used.append(sum(os.times()[:4]) - before)
    return min(used)


def start(code: str) -> float:
    return best(lambda: subprocess.run([sys.executable, "-c", code], check=True))


def of_import() -> None:
    alone, both = start("import numpy"), start("import numpy, polyspot")
    only = start("import polyspot") - start("pass")
    print(f"import: {(both - alone) * 1e3:.1f} ms beside NumPy's, {only * 1e3:.1f} ms without NumPy")


def of_push() -> None:
    model = polyspot.Model.load("en")
    random = np.random.default_rng(1)
    audio = (random.standard_normal(300 * 16_000) * 0.1).astype(np.float32)
    frames = audio.reshape(-1, 160)
    pushes = len(frames)
    spotter = polyspot.Spotter(model)

    def each() -> None:
        push = spotter.push
        for frame in frames:
            push(frame)

    def whole() -> None:
        spotter.push(audio)

    # A spotter's way through the samples without a step of the network: what Python adds to each call.
    empty = np.zeros(0, np.float32)

    def nothing() -> None:
        push = spotter.push
        for _ in range(pushes):
            push(empty)

    by_frame, at_once, idle = (best(what) / pushes * 1e6 for what in (each, whole, nothing))
    print(f"push: {by_frame:.2f} µs per 10 ms in pushes of 10 ms, {at_once:.2f} µs in one push, {idle:.2f} µs for no samples")


def of_memory() -> None:
    code = """
import numpy
def now():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
before = now()
import polyspot
spotter = polyspot.Spotter(polyspot.Model.load("en"))
for _ in range(100):
    spotter.push(numpy.zeros(1600, numpy.float32))
print(f"memory: {(now() - before) / 1024:.1f} MB more than NumPy alone, with a model and a stream")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def of_recordings(program: str | None) -> None:
    sources = sorted((DATA / "keywords").glob("*/*.wav"))
    threads = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.wav" for number in range(RECORDINGS)]
        for path, source in zip(paths, sources * (RECORDINGS // len(sources) + 1)):
            shutil.copy(source, path)
        model = polyspot.Model.load("en")
        ours = best(lambda: polyspot.score_files(paths, model, threads=threads))
        print(f"score_files: {RECORDINGS} recordings of a second in {ours:.2f} s of the processor, {threads} threads")
        if program:
            # It takes as many threads as there are processors.
            command = [program, "score", folder]
            theirs = best(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True))
            print(f"polyspot score: the same in {theirs:.2f} s; {ours / theirs:.2f} times")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("program", nargs="?", help="the program polyspot, to compare with")
    chosen = arguments.parse_args()
    of_import()
    of_push()
    of_memory()
    of_recordings(chosen.program)
