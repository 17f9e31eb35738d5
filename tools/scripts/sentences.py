#!/usr/bin/env python3
"""Speaks sentences in many languages, for a bank of negatives or as --speech: what holds no keyword.

    tools/scripts/sentences.py OUT --texts FOLDER [--each N] [--speaker 'tools/scripts/kokoro.py KOKORO {takes}']

    OUT       folder for the recordings: <language>_<number>.wav
    --texts   folder with translations, <language>/LC_MESSAGES/*.po somewhere in it, such as what is in Django's wheel (BSD;
              `pip download --no-deps django`, `unzip -q django-*.whl`)
    --each    sentences in each language (default: 40)
    --speaker a command with {takes}, as for `polyspot-tools speak`, which speaks in place of espeak-ng. It is given espeak-ng's
              pronunciations in IPA, as text of the languages of --as in turn: a synthesiser of few languages says others with an accent
    --as      languages whose voices --speaker has (default: six that kokoro.py has)

English, Arabic and Chinese are left out: the models that ship have recordings of people in these. The same sentences are made each time.
Needs espeak-ng.
"""

import argparse
import random
import re
import shlex
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from speak import VOICES

LEFT_OUT = {"en", "ar", "zh", "cmn", "yue"}
# espeak-ng's names of languages that others call otherwise.
NAMES = {"fr": "fr-fr", "no": "nb"}
WORDS = range(4, 16)


def translations(folder):
    """Sentences of each language that espeak-ng speaks."""
    lines = subprocess.run(["espeak-ng", "--voices"], check=True, capture_output=True, text=True).stdout.splitlines()
    spoken = {line.split()[1] for line in lines[1:]}
    sentences = {}
    for path in sorted(folder.rglob("LC_MESSAGES/*.po")):
        tag = path.parent.parent.name
        language = NAMES.get(tag, tag)
        if language in spoken and language not in LEFT_OUT:
            sentences.setdefault(language, set()).update(said(path.read_text(encoding="utf-8")))
    return {language: sorted(of) for language, of in sorted(sentences.items())}


def said(text):
    """What of a file of translations can be read aloud."""
    for entry in re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\n?)+)', text, re.MULTILINE):
        sentence = "".join(re.findall(r'"(.*)"', entry)).replace("\\n", " ")
        if not re.search(r"[%<>{}\\]", sentence) and len(sentence.split()) in WORDS:
            yield sentence


def by_espeak(out, takes):
    def speak(take):
        language, sentence, number = take
        chance = random.Random(number)
        voice = f"{language}+{chance.choice(VOICES)}"
        how = ["-v", voice, "-p", str(chance.randint(20, 80)), "-s", str(chance.randint(110, 200))]
        subprocess.run(["espeak-ng", *how, "-w", out / f"{language}_{number}.wav", sentence], check=True, capture_output=True)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(speak, takes))


def by_speaker(out, takes, command, names):
    def line(take):
        language, sentence, number = take
        how = ["espeak-ng", "-q", "--ipa", "-v", language, sentence]
        ipa = subprocess.run(how, check=True, capture_output=True, text=True).stdout
        # It marks a change of language in brackets.
        ipa = " ".join(re.sub(r"\(.*?\)", "", ipa).split())
        return "\t".join([str(out / f"{language}_{number}.wav"), str(number), names[number % len(names)], ipa, sentence])

    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".tsv") as lines:
        lines.write("\n".join(map(line, takes)) + "\n")
        lines.flush()
        subprocess.run([part.replace("{takes}", lines.name) for part in shlex.split(command)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", type=Path)
    parser.add_argument("--texts", metavar="FOLDER", type=Path, required=True)
    parser.add_argument("--each", metavar="N", type=int, default=40)
    parser.add_argument("--speaker", metavar="COMMAND")
    parser.add_argument("--as", dest="names", metavar="LANGUAGE", nargs="+", default=["en", "es", "fr", "hi", "it", "pt"])
    arguments = parser.parse_args()
    sentences = translations(arguments.texts)
    if not sentences:
        parser.error(f"{arguments.texts}: expected <language>/LC_MESSAGES/*.po with sentences, found none")
    chosen = [
        (language, sentence)
        for language, of in sentences.items()
        for sentence in random.Random(language).sample(of, min(arguments.each, len(of)))
    ]
    takes = [(language, sentence, number) for number, (language, sentence) in enumerate(chosen)]
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.speaker:
        by_speaker(arguments.out, takes, arguments.speaker, arguments.names)
    else:
        by_espeak(arguments.out, takes)
    print(f"{len(takes)} sentences in {len(sentences)} languages")


if __name__ == "__main__":
    main()
