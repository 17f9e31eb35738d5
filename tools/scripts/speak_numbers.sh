#!/usr/bin/env bash
# Makes synthetic clips of the numbers of some forty languages, in the layout of a data folder:
#   <folder>/mul/train/<language>-<number>/<voice>_<n>.wav, 16 kHz mono, one second
# so that a base hears the sounds of many languages ("mul" is BCP 47's tag for several). espeak-ng says a number in its
# language's own words, so that no word lists are needed. Needs espeak-ng and sox.
#
# There is no Arabic and no Chinese among them: what a base learns here it does not know of the languages that the
# methods of adaptation are compared on (models/README.md).
#
# usage: speak_numbers.sh FOLDER [LANGUAGE…]
set -euo pipefail
folder=${1:?usage: speak_numbers.sh FOLDER [LANGUAGE…]}
shift
if [ $# -gt 0 ]; then languages=("$@"); else languages=(
  am az bn cy de el es et eu fa fi fr-fr ga gu hi hu hy id ja ka kl ko ku lt mi om pl qu ro ru si sq sv sw ta te tn tr vi
); fi
numbers=(0 1 2 3 4 5 6 7 8 9 10 11 12 15 20 30 40 50 100 1000)
takes=12

# speak FOLDER LANGUAGE NUMBER N: one clip; voice, pitch and speed go round at different lengths, so that all mixtures come up.
speak() {
  set -euo pipefail
  local folder=$1/mul/train/$2-$3 n=$4
  local voices=(m2 m4 m5 m6 m8 f1 f3 f4 f5 klatt2 klatt3 Andrea Annie Denis Gene Lee Mario Michael anika boris linda)
  local voice=${voices[$((n % ${#voices[@]}))]}
  local raw
  raw=$(mktemp --suffix .wav)
  espeak-ng -v "$2+$voice" -p "$((20 + n * 7 % 60))" -s "$((110 + n * 11 % 90))" -w "$raw" "$3"
  # Silence at both ends goes, the level is set, and the word is put into the middle of one second.
  sox -V1 "$raw" -r 16000 -c 1 -b 16 "$raw.word.wav" \
    silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse norm -6 trim 0 1
  local length lead
  length=$(soxi -s "$raw.word.wav")
  lead=$(((16000 - length) / 2))
  mkdir -p "$folder"
  sox "$raw.word.wav" "$folder/${voice}_$n.wav" pad "${lead}s" "$((16000 - length - lead))s"
  rm "$raw" "$raw.word.wav"
}
export -f speak

n=0
for language in "${languages[@]}"; do
  for number in "${numbers[@]}"; do
    for ((take = 0; take < takes; take++)); do
      n=$((n + 1))
      printf '%s\0' "$folder" "$language" "$number" "$n"
    done
  done
done | xargs -0 -n 4 -P "$(nproc)" bash -c 'speak "$@"' _
