#!/usr/bin/env python3
"""Music, sounds and spoken words of games, from Debian's packages, as audio without keywords: `OUT/game-speech/{train,dev}`,
`OUT/game-sounds/{train,dev}`.

usage: models/games.py OUT [--work DIR]

games.tsv tells which package's files (those whose path a pattern finds) make how many minutes of what part and kind. No package gives
the same kind to train and dev, and no recording is in both. English and Arabic words are left out: they may be keywords; so are copies
of a recording. A file holds about a minute; between two recordings are 0.2 to 1 s of silence.

Needs apt-get and dpkg-deb with Debian's archive (Debian 12 was used), sox with its formats (libsox-fmt-all), and about 5 GB. What it makes
holds recordings under the GPL, CC BY-SA and other free licences, each package's `copyright` names them: train on it, do not ship it.
"""

import argparse
import csv
import hashlib
import random
import re
import shutil
import subprocess
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RATE = 16_000
PIECE = 60 * RATE
SHORTEST = RATE // 10
SUFFIXES = {".ogg", ".oga", ".mp3", ".wav", ".flac"}


def unpacked(package, work):
    """The folder of a package's files."""
    folder = work / package
    if not folder.exists():
        subprocess.run(["apt-get", "download", "-q", package], cwd=work, check=True, stdout=subprocess.DEVNULL)
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        for archive in work.glob(f"{package}_*.deb"):
            subprocess.run(["dpkg-deb", "-x", archive, part], check=True)
            archive.unlink()
        part.rename(folder)
    return folder


def samples(path):
    """A recording at 16 kHz, one channel; empty where sox cannot read it."""
    sox = ["sox", "-V1", "-D", path, "-t", "raw", "-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed", "-"]
    raw = subprocess.run(sox, capture_output=True).stdout
    return array("h", raw[: len(raw) // 2 * 2])


def write(path, piece):
    flac = ["sox", "-D", "-t", "raw", "-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed", "-", path]
    subprocess.run(flac, input=piece.tobytes(), check=True)


def make(out, kind, folder, pattern, most):
    """Writes at most so many samples of a folder's recordings, and says how many there were."""
    recordings = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and not path.is_symlink())
    recordings = [path for path in recordings if re.search(pattern, str(path.relative_to(folder)))]
    draw = random.Random(kind)
    draw.shuffle(recordings)
    piece, number, total, seen = array("h"), 0, 0, set()
    with ThreadPoolExecutor() as threads:
        for recording in threads.map(samples, recordings):
            # Some stand under several names, and are not the same file.
            digest = hashlib.sha256(recording.tobytes()).digest()
            if digest in seen:
                continue
            seen.add(digest)
            for start in range(0, len(recording), PIECE):
                part = recording[start : start + min(PIECE, most - total)]
                if len(part) < SHORTEST:
                    continue
                total += len(part)
                piece += part + array("h", bytes(2 * int(draw.uniform(0.2, 1.0) * RATE)))
                if len(piece) > PIECE * 5 // 6:
                    write(out / f"{kind}_{number:03}.flac", piece)
                    piece, number = array("h"), number + 1
    if piece:
        write(out / f"{kind}_{number:03}.flac", piece)
    return total


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--work", type=Path, help="folder for packages (default: OUT/packages)")
    arguments = arguments.parse_args()
    work = (arguments.work or arguments.out / "packages").resolve()
    work.mkdir(parents=True, exist_ok=True)
    with open(Path(__file__).with_name("games.tsv"), newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        side, sort = row["part"].split("/")
        out = arguments.out / sort / side
        out.mkdir(parents=True, exist_ok=True)
        total = make(out, row["kind"], unpacked(row["package"], work), row["pattern"], int(row["minutes"]) * 60 * RATE)
        print(f"{row['part']:13} {row['kind']:14} {row['package']:24} {total / RATE / 60:5.1f} min", file=sys.stderr)


if __name__ == "__main__":
    main()
