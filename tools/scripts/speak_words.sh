#!/usr/bin/env bash
# Makes synthetic clips of words in the layout that `polyspot-tools train --extra` reads:
#   <folder>/<language>/train/<word>/<voice>_<n>.wav, 16 kHz mono
# so that a model also recognises synthetic voices. Needs espeak-ng and sox.
#
# usage: speak_words.sh FOLDER [WORD…]
set -euo pipefail
folder=${1:?usage: speak_words.sh FOLDER [WORD…]}
shift
language=en
if [ $# -gt 0 ]; then words=("$@"); else words=(
  yes no up down left right on off stop go
  bed bird cat dog eight five follow forward four happy house learn marvin nine one seven sheila six three
  tree two visual wow zero backward
); fi

# Voices that no fixture of the tests uses: see tests/scripts.
variants=(m2 m4 m5 m6 m8 f1 f3 f4 f5 klatt2 klatt3 Andrea Annie Denis Gene Lee Mario Michael anika boris linda)
accents=(en-us en-gb en-gb-scotland en-gb-x-rp en-029)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
n=0
for word in "${words[@]}"; do
  mkdir -p "$folder/$language/train/$word"
  for variant in "${variants[@]}"; do
    n=$((n + 1))
    # Accent, pitch and speed go round at different lengths, so that all mixtures come up.
    accent=${accents[$((n % ${#accents[@]}))]}
    pitch=$((25 + n * 7 % 50))
    speed=$((115 + n * 11 % 80))
    espeak-ng -v "$accent+$variant" -p "$pitch" -s "$speed" -w "$temporary/raw.wav" "$word"
    # Silence at both ends goes, the level is set, and the word is put into the middle of one second.
    sox "$temporary/raw.wav" -r 16000 -c 1 -b 16 "$temporary/word.wav" \
      silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse norm -6 trim 0 1
    length=$(soxi -s "$temporary/word.wav")
    lead=$(((16000 - length) / 2))
    sox "$temporary/word.wav" "$folder/$language/train/$word/$variant-${accent}_$n.wav" \
      pad "${lead}s" "$((16000 - length - lead))s"
  done
done
