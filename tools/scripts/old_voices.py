#!/usr/bin/env python3
"""Speaks nine languages with older synthesisers, Flite, SVOX Pico and Festival: a speaker for `polyspot-tools speak` and `word`.

    polyspot-tools word … --speaker 'tools/scripts/old_voices.py {takes}'

    TAKES     a line for each take: wav, number, language, pronunciation (IPA) and text, with tabs between

Each synthesiser has faults of its own; what learns from several of them relies on none (experiments/). A take's number decides its
voice, speed and pitch, so that the same takes are made each time. They read the text: other pronunciations are not theirs.

Needs, for the languages that are spoken: flite (Debian: flite); Python's ttspico; festival with its voices (Debian: festival,
festvox-us-slt-hts and festvox-kdlpc16k, festival-ca and festvox-ca-ona-hts, festvox-czech-{dita,machac,ph}, festvox-suopuhe-{lj,mv},
festvox-it{alp,apc}16k, festvox-ru) and sox.
"""

import random
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

# Voices of Flite with the pitch that they speak at, in hertz.
FLITE = {"slt": (140, 230), "rms": (90, 150), "awb": (90, 150), "kal16": (90, 150)}
STRETCHES = (0.85, 1.7)
# Voices of Pico, and percent of its own pitch and speed.
PICO = {"de": ["de-DE"], "en": ["en-US", "en-GB"], "es": ["es-ES"], "fr": ["fr-FR"], "it": ["it-IT"]}
PITCHES, SPEEDS = (70, 150), (55, 120)
# Voices of Festival, and how they read letters.
FESTIVAL = {
    "ca": [("upc_ca_ona_hts", "iso8859-1")],
    "cs": [("czech_dita", "iso8859-2"), ("czech_machac", "iso8859-2"), ("czech_ph", "iso8859-2")],
    "en": [("cmu_us_slt_arctic_hts", "iso8859-1"), ("ked_diphone", "iso8859-1")],
    "fi": [("hy_fi_mv_diphone", "iso8859-1"), ("suo_fi_lj_diphone", "iso8859-1")],
    "it": [("lp_diphone", "iso8859-1"), ("pc_diphone", "iso8859-1")],
    "ru": [("msu_ru_nsh_clunits", "utf-8")],
}
# Hundredths of a semitone, and shares of a voice's own speed.
CENTS, TEMPOS = (-300, 300), (0.6, 1.2)
RATE = 16_000


def by_flite(path, text, voice, chance):
    settings = {
        "duration_stretch": f"{chance.uniform(*STRETCHES):.2f}",
        "int_f0_target_mean": f"{chance.uniform(*FLITE[voice]):.0f}",
    }
    flags = [flag for name, value in settings.items() for flag in ("--setf", f"{name}={value}")]
    subprocess.run(["flite", "-voice", voice, *flags, "-t", text, "-o", path], check=True, stdout=subprocess.DEVNULL)


def by_pico(path, text, voice, chance):
    import ttspico

    engine = ttspico.TtsEngine(voice)
    engine.pitch, engine.rate = chance.randint(*PITCHES), chance.randint(*SPEEDS)
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(engine.speak(text))


def by_festival(path, text, voice, chance):
    name, encoding = voice
    with tempfile.TemporaryDirectory() as temporary:
        script, spoken = Path(temporary, "text"), Path(temporary, "spoken.wav")
        script.write_bytes(text.encode(encoding, "replace"))
        festival = ["text2wave", "-F", str(RATE), "-eval", f"(voice_{name})", "-o", spoken, script]
        subprocess.run(festival, check=True, stdout=subprocess.DEVNULL)
        if not spoken.exists() or spoken.stat().st_size == 0:
            sys.exit(f"old_voices.py: Festival says nothing with its voice {name}: is its package installed? The head of this script names all")
        manner = ["pitch", f"{chance.uniform(*CENTS):.0f}", "tempo", "-s", f"{chance.uniform(*TEMPOS):.2f}"]
        subprocess.run(["sox", "-V1", "-D", spoken, "-b", "16", path, *manner, "norm", "-3"], check=True)


def voices_of(language):
    """Synthesisers of a language with their voices."""
    language = language.split("-")[0]
    yield from ((by_flite, voice) for voice in FLITE if language == "en")
    yield from ((by_pico, voice) for voice in PICO.get(language, []))
    yield from ((by_festival, voice) for voice in FESTIVAL.get(language, []))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        path, number, language, _, text = line.split("\t")
        voices = list(voices_of(language))
        if not voices:
            known = " ".join(sorted({"en", *PICO, *FESTIVAL}))
            sys.exit(f"old_voices.py: expected one of the languages {known}, found {language}")
        speak, voice = voices[int(number) % len(voices)]
        speak(path, text, voice, random.Random(int(number)))


if __name__ == "__main__":
    main()
