#!/usr/bin/env python3
"""Changes recordings of every kind at random and gives them to `score`, `doctor`, `explain` and the tools' `import`.

Usage, from anywhere: tests/scripts/mutated_recordings.py [--count 2000] [--seed 1] [--programs target/release]
[--commands score,doctor,explain,import]. Prints what came of them, the most memory and processor time that a program took, and exits
with 1 if one panicked, was killed, took more than 256 MB or 5 s of processor time, or refused a file without a reason.
"""

import argparse
import collections
import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST_MB = 256
MOST_SECONDS = 5.0
# Files that `score` and `import` are given at once; the limits count for all of them together.
BATCH = 100


def seeds():
    """Sound recordings, by the kind that their endings name."""
    kinds = collections.defaultdict(list)
    for folder in ["tests/data/formats", "runtime/polyspot-audio/tests/data"]:
        for path in sorted((ROOT / folder).iterdir()):
            kinds[path.suffix[1:]].append(path.read_bytes())
    return kinds


def mutated(sound, rng):
    """The bytes after one to four changes; half of them in the first 200 bytes, where headers are."""
    data = bytearray(sound)
    for _ in range(rng.randint(1, 4)):
        reach = min(len(data), 200) if rng.random() < 0.5 else len(data)
        if reach < 2:
            break
        at = rng.randrange(reach)
        length = rng.choice([1, 2, 4, 8, 64, 500])
        change = rng.randrange(7)
        if change == 0:
            del data[at:]
        elif change == 1:
            data[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF])
        elif change == 2:
            data[at] ^= 1 << rng.randrange(8)
        elif change == 3:
            del data[at : at + length]
        elif change == 4:
            data[at:at] = rng.randbytes(length)
        elif change == 5:
            data[at : at + length] = rng.randbytes(length)
        else:
            data[at:at] = data[rng.randrange(len(data)) :][:length]
    return bytes(data)


class Watch:
    """Runs programs, and keeps the most that one of each kind took."""

    def __init__(self):
        self.most = collections.defaultdict(lambda: [0.0, 0.0])
        self.faults = []

    def run(self, name, arguments, codes):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0), err.seek(0)
            stdout, stderr = out.read().decode(), err.read().decode()
        took = [usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime]
        self.most[name] = [max(a, b) for a, b in zip(self.most[name], took)]
        if process.returncode not in codes or "panicked" in stderr or took[0] > MOST_MB or took[1] > MOST_SECONDS:
            self.faults.append(f"{arguments}: code {process.returncode}, {took[0]:.0f} MB, {took[1]:.1f} s: {stderr[-300:]}")
        return process.returncode, stdout, stderr


def score(watch, program, files, outcomes):
    """One folder at once; each refused file has an event with the reason."""
    _, stdout, _ = watch.run("score", [program, "score", "--format", "jsonl", files[0].parent], (0, 3))
    told = set()
    for event in map(json.loads, stdout.splitlines()):
        if event["event"] == "error" and len(event["reason"]) < 10:
            watch.faults.append(f"{event['file']}: no reason")
        if event["event"] == "file":
            outcomes["score", "heard in part" if event["truncated"] or event["damaged"] else "heard"] += 1
        told |= {pathlib.Path(event["file"]).name} if "file" in event else set()
    heard = sum(outcomes["score", kind] for kind in ["heard", "heard in part"])
    outcomes["score", "refused"] = outcomes["files", ""] - heard
    watch.faults += [f"score says nothing of {path}" for path in files if path.name not in told]


def single(watch, program, command, path, outcomes):
    """`doctor` and `explain` take a file each."""
    code, stdout, stderr = watch.run(command[0], [program, *command, path], (0, 3))
    heard = bool(stdout)
    outcomes[command[0], "heard" if heard else "refused"] += 1
    if not heard and (path.name not in stderr or len(stderr) < len(str(path)) + 20):
        watch.faults.append(f"{command[0]} {path}: code {code}, no reason: {stderr}")


def import_all(watch, program, folder, out, outcomes):
    """A folder at once, as clips of a word; those of two other words are sound, without which nothing is written."""
    sound = (ROOT / "tests/data/keywords/stop/en-us.wav").read_bytes()
    for word in ["sound", "other"]:
        for number in range(4):
            path = folder / word / f"s{number}_1.wav"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(sound)
    code, _, stderr = watch.run("import", [program, "import", folder, "--language", "en", "--out", out], (0,))
    if code != 0:
        return watch.faults.append(f"import: {stderr}")
    refused = list(csv.DictReader((out / "refused.csv").open()))
    watch.faults += [f"import: {row['path']}: no reason" for row in refused if len(row["reason"]) < 10]
    outcomes["import", "refused"] += len(refused)
    outcomes["import", "taken"] += sum(1 for path in out.rglob("*.wav") if path.parent.name == "mutated")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "target/release")
    parser.add_argument("--commands", default="score,doctor,explain,import")
    return parser.parse_args()


def main():
    args = arguments()
    count, seed, commands = args.count, args.seed, args.commands.split(",")
    polyspot, tools = args.programs / "polyspot", args.programs / "polyspot-tools"
    rng, watch, outcomes = random.Random(seed), Watch(), collections.Counter()
    kinds = seeds()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        names = sorted(kinds)
        for start in range(0, count, BATCH):
            clips = work / f"batch{start}" / "mutated"
            clips.mkdir(parents=True)
            files = []
            for number in range(start, min(start + BATCH, count)):
                kind = names[number % len(names)]
                # Its own speaker each, so that nothing is said of speakers that are not.
                path = clips / f"m{number:05}_1.{kind}"
                path.write_bytes(mutated(rng.choice(kinds[kind]), rng))
                files.append(path)
            outcomes["files", ""] += len(files)
            if "score" in commands:
                score(watch, polyspot, files, outcomes)
            for path in files:
                if "doctor" in commands:
                    single(watch, polyspot, ["doctor", "--json", "--file"], path, outcomes)
                if "explain" in commands:
                    single(watch, polyspot, ["explain"], path, outcomes)
            if "import" in commands:
                import_all(watch, tools, clips.parent, work / f"out{start}", outcomes)
            print(f"{start + len(files)} files, {len(watch.faults)} faults", file=sys.stderr)
    kinds_text = ", ".join(f"{len(sounds)} .{kind}" for kind, sounds in sorted(kinds.items()))
    print(f"{count} files, seed {seed}, made of {kinds_text}")
    for (program, outcome), number in sorted(outcomes.items()):
        if outcome:
            print(f"{program:8} {outcome:14} {number}")
    for program, (memory, seconds) in sorted(watch.most.items()):
        at_once = f" for {BATCH} files" if program in ["score", "import"] else ""
        print(f"{program:8} at most {memory:.0f} MB and {seconds:.2f} s of processor time{at_once}")
    print(f"{len(watch.faults)} faults", *watch.faults[:20], sep="\n")
    sys.exit(bool(watch.faults))


main()
