#!/usr/bin/env python3
"""Makes synthetic speech, 16 kHz mono. Words are of one second, in the layout of a data folder:
FOLDER/<language>/train/<word>/<voice>_<n>.wav

    speak.py words FOLDER [WORD…]   English words, so that a model also recognises synthetic voices (for `train --extra`)
    speak.py sentences FOLDER       running English without those words, as filler (for `--speech`)
    speak.py languages FOLDER       numbers and dictionary words of some fifty languages, so that a base hears the sounds of
                                    many; their language is called "mul", BCP 47's tag for several

Needs espeak-ng and sox; `languages` also needs spelling dictionaries, and names those that are missing (Debian: hunspell-*).
The same clips are made each time, given the same versions of these.

No Arabic and no Chinese is among the languages: what a base learns here it does not know of the languages that the methods of
adaptation are compared on (experiments/).
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

SECOND = 16_000

# Voices that no fixture of the tests uses: see tests/scripts.
VOICES = "m2 m4 m5 m6 m8 f1 f3 f4 f5 klatt2 klatt3 Andrea Annie Denis Gene Lee Mario Michael anika boris linda".split()

ENGLISH_WORDS = """yes no up down left right on off stop go bed bird cat dog eight five follow forward four happy house learn
    marvin nine one seven sheila six three tree two visual wow zero backward""".split()
ACCENTS = "en-us en-gb en-gb-scotland en-gb-x-rp en-029".split()

# Text that every Debian system has.
TEXTS = "Apache-2.0 Artistic GFDL-1.3 GPL-1 GPL-2 GPL-3 LGPL-2.1 LGPL-3 MPL-1.1 MPL-2.0".split()
LICENCES = Path("/usr/share/common-licenses")

# espeak-ng says a number in its language's own words.
NUMBERS = [*range(13), 15, 20, 30, 40, 50, 100, 1000]
TAKES_OF_NUMBERS = 12
LANGUAGES_WITH_NUMBERS = """am az bn cy de el es et eu fa fi fr-fr ga gu hi hu hy id ja ka kl ko ku lt mi om pl qu ro ru si sq sv
    sw ta te tn tr vi""".split()

WORDS_OF_A_LANGUAGE = 30
TAKES_OF_WORDS = 8
DICTIONARIES = Path("/usr/share/hunspell")
# Dictionaries of the languages that have one; `nb` is the voice for `nb_NO`, and so on.
DICTIONARY_OF = {language.split("_")[0]: language for language in """af_ZA be_BY bg_BG bn_BD ca_ES cs_CZ da_DK de_DE el_GR es_ES
    et_EE eu_ES gu_IN hi_IN hr_HR hu_HU id_ID is_IS it_IT ko_KR lt_LT lv_LV ml_IN ne_NP nb_NO pl_PL ro_RO ru_RU si_LK sk_SK sl_SI
    sr_RS sv_SE sw_KE te_IN tr_TR uk_UA uz_UZ vi_VN""".split()} | {"fr-fr": "fr_FR", "pt-br": "pt_BR"}


@dataclass
class Clip:
    """One recording to be made."""

    folder: Path
    name: str
    text: str
    voice: str
    pitch: int
    words_per_minute: int

    def make(self):
        """Speaks it, with the silence at both ends gone, the level set, and the word in the middle of one second."""
        with tempfile.TemporaryDirectory() as temporary:
            raw, word = f"{temporary}/raw.wav", f"{temporary}/word.wav"
            how = ["-v", self.voice, "-p", str(self.pitch), "-s", str(self.words_per_minute)]
            subprocess.run(["espeak-ng", *how, "-w", raw, self.text], check=True, capture_output=True)
            ends = "silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse norm -6 trim 0 1".split()
            subprocess.run(["sox", "-V1", "-D", raw, "-r", str(SECOND), "-c", "1", "-b", "16", word, *ends], check=True)
            with wave.open(word) as spoken:
                samples = spoken.readframes(SECOND)
        # A voice that knows no letter of a word says next to nothing.
        if len(samples) < SECOND // 4:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        lead = (SECOND - len(samples) // 2) // 2
        with wave.open(str(self.folder / f"{self.name}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(SECOND)
            out.writeframes((bytes(2 * lead) + samples).ljust(2 * SECOND, b"\0"))


def english(folder, words):
    """Every word by every voice. Accent, pitch and speed go round at different lengths, so that all mixtures come up."""
    pairs = [(word, voice) for word in words for voice in VOICES]
    for n, (word, voice) in enumerate(pairs, 1):
        accent = ACCENTS[n % len(ACCENTS)]
        name = f"{voice}-{accent}_{n}"
        yield Clip(folder / "en/train" / word, name, word, f"{accent}+{voice}", 25 + n * 7 % 50, 115 + n * 11 % 80)


@dataclass
class Sentence:
    """Running speech to be made."""

    path: Path
    text: str
    voice: str
    pitch: int
    words_per_minute: int

    def make(self):
        how = ["-v", self.voice, "-p", str(self.pitch), "-s", str(self.words_per_minute)]
        say = subprocess.Popen(["espeak-ng", *how, "--stdout", self.text], stdout=subprocess.PIPE)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        sox = ["sox", "-V1", "-D", "-t", "wav", "--ignore-length", "-", "-r", str(SECOND), "-c", "1", "-b", "16"]
        subprocess.run([*sox, str(self.path), "norm", "-6"], stdin=say.stdout, check=True)


def sentences(folder):
    """Sentences of licences that hold none of the English words, by every voice in turn."""
    words = set(ENGLISH_WORDS)
    seen = set()
    for name in TEXTS:
        for sentence in re.split(r"[.;:]\s", " ".join((LICENCES / name).read_text(errors="ignore").split())):
            said = re.findall(r"[a-z]+", sentence.lower())
            if len(said) < 8 or words & set(said) or sentence in seen:
                continue
            seen.add(sentence)
            n = len(seen)
            voice, accent = VOICES[n % len(VOICES)], ACCENTS[n % len(ACCENTS)]
            path = folder / f"{n}_{voice}-{accent}.wav"
            yield Sentence(path, sentence, f"{accent}+{voice}", 25 + n * 7 % 50, 120 + n * 11 % 90)


def foreign(folder, language, text, n):
    """A word by one of the voices; voice, pitch and speed go round at different lengths."""
    voice = VOICES[n % len(VOICES)]
    where = folder / "mul/train" / f"{language}-{text}"
    return Clip(where, f"{voice}_{n}", text, f"{language}+{voice}", 20 + n * 7 % 60, 110 + n * 11 % 90)


def languages(folder):
    """Numbers and dictionary words."""
    numbers = [(language, str(number)) for language in LANGUAGES_WITH_NUMBERS for number in NUMBERS]
    takes = [pair for pair in numbers for _ in range(TAKES_OF_NUMBERS)]
    for n, (language, number) in enumerate(takes, 1):
        yield foreign(folder, language, number, n)
    words = [(language, word) for language in sorted(DICTIONARY_OF) for word in dictionary_words(DICTIONARY_OF[language])]
    for i, (language, word) in enumerate(words):
        for take in range(TAKES_OF_WORDS):
            yield foreign(folder, language, word, take * len(words) + i)


def dictionary_words(dictionary):
    """Some words of ordinary length without capitals: always the same ones."""
    affixes = (DICTIONARIES / f"{dictionary}.aff").read_bytes()
    encoding = re.search(rb"^\s*(?:\xef\xbb\xbf)?SET\s+(\S+)", affixes, re.MULTILINE)
    encoding = encoding.group(1).decode() if encoding else "ISO8859-1"
    lines = (DICTIONARIES / f"{dictionary}.dic").read_bytes().decode(encoding, "ignore").splitlines()[1:]
    stems = sorted({line.split("/")[0].split("\t")[0].strip() for line in lines})
    usable = [word for word in stems if 4 <= len(word) <= 9 and word == word.lower() and not re.search(r"[\W\d_]", word)]
    return random.Random(dictionary).sample(usable, min(WORDS_OF_A_LANGUAGE, len(usable)))


def main(arguments):
    match arguments:
        case ["words", folder, *words]:
            clips = english(Path(folder), words or ENGLISH_WORDS)
        case ["sentences", folder]:
            clips = sentences(Path(folder))
        case ["languages", folder]:
            missing = [name for name in DICTIONARY_OF.values() if not (DICTIONARIES / f"{name}.dic").exists()]
            if missing:
                sys.exit(f"spelling dictionaries that are not installed: {' '.join(missing)}")
            clips = languages(Path(folder))
        case _:
            sys.exit(__doc__)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        print(f"{sum(1 for _ in pool.map(lambda clip: clip.make(), clips))} recordings")


if __name__ == "__main__":
    main(sys.argv[1:])
