#!/usr/bin/env python3
"""Speaks English with two older synthesisers, Flite and SVOX Pico: a speaker for `polyspot-tools speak` and `word`.

    polyspot-tools word … --speaker 'tools/scripts/old_voices.py {takes}'

    TAKES     a line for each take: wav, number, language, pronunciation (IPA) and text, with tabs between

Each synthesiser has faults of its own; what learns from several of them relies on none (experiments/). A take's number decides its
voice, speed and pitch, so that the same takes are made each time. They read the text: other pronunciations are not theirs.

Needs flite (Debian: flite) and Python's ttspico.
"""

import random
import subprocess
import sys
import wave
from pathlib import Path

import ttspico

# Voices of Flite with the pitch that they speak at, in hertz.
FLITE = {"slt": (140, 230), "rms": (90, 150), "awb": (90, 150), "kal16": (90, 150)}
STRETCHES = (0.85, 1.7)
# Voices of Pico, and percent of its own pitch and speed.
PICO = ("en-US", "en-GB")
PITCHES, SPEEDS = (70, 150), (55, 120)
RATE = 16_000


def by_flite(path, text, voice, chance):
    settings = {
        "duration_stretch": f"{chance.uniform(*STRETCHES):.2f}",
        "int_f0_target_mean": f"{chance.uniform(*FLITE[voice]):.0f}",
    }
    flags = [flag for name, value in settings.items() for flag in ("--setf", f"{name}={value}")]
    subprocess.run(["flite", "-voice", voice, *flags, "-t", text, "-o", path], check=True, stdout=subprocess.DEVNULL)


def by_pico(path, text, voice, chance):
    engine = ttspico.TtsEngine(voice)
    engine.pitch, engine.rate = chance.randint(*PITCHES), chance.randint(*SPEEDS)
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(engine.speak(text))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    voices = [(by_flite, voice) for voice in FLITE] + [(by_pico, voice) for voice in PICO]
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        path, number, language, _, text = line.split("\t")
        if not language.startswith("en"):
            sys.exit(f"old_voices.py: expected English, found {language}")
        speak, voice = voices[int(number) % len(voices)]
        speak(path, text, voice, random.Random(int(number)))


if __name__ == "__main__":
    main()
