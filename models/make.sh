#!/usr/bin/env bash
# Makes the bases, the adapters, the bank of negatives and the models again, from recordings to calibrated files and their figures.
# Needs espeak-ng, sox and flite for synthetic voices, unzip, what models/games.py names, and Python with what
# tools/scripts/{teacher,kokoro,old_voices}.py and models/checkpoint.py name.
#
# usage: models/make.sh DATA [WORK]
#   DATA  folder with en/ ar/ zh/ noise/ speech/, each with train/ and dev/ (see models/README.md)
#   WORK  folder for what is made on the way; an interrupted run goes on from there (default: runs)
#
# About four hours on two free cores.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(realpath "${1:?usage: models/make.sh DATA [WORK]}")
work=${2:-runs}
games=$work/games
source models/common.sh
voices words

kokoro="python3 tools/scripts/kokoro.py $work/kokoro {takes}"
[ -e "$work/kokoro/vocab.json" ] || tools/scripts/kokoro.py --fetch "$work/kokoro"

# Music, sounds and spoken words of games: what is no keyword, of kinds that DATA has none of, to choose thresholds by.
[ -e "$games.done" ] || { models/games.py "$games" && touch "$games.done"; }

# What synthesisers say in seventy languages, for the bank: sentences of Django's translations.
sentences() {
  [ -e "$work/sentences.done" ] && return
  local texts=$work/django
  python3 -m pip download -q --no-deps --dest "$texts" django==5.2.19
  unzip -q -o "$texts"/*.whl '*.po' -d "$texts"
  tools/scripts/sentences.py "$work/sentences/espeak" --texts "$texts" --each 30
  tools/scripts/sentences.py "$work/sentences/kokoro" --texts "$texts" --each 4 --speaker "$kokoro"
  touch "$work/sentences.done"
}

# spoken LANGUAGE TAG TAKES [WORD…] FLAG…: keywords of a language by synthesisers, which know it by a tag; to train on besides people's.
spoken() {
  local language=$1 tag=$2 takes=$3 words=() of word flag says
  shift 3
  [ -e "$work/spoken/$language" ] && return
  while IFS=$'\t' read -r of word flag says; do
    [ "$of" = "$language" ] || continue
    words+=("$word" "$flag" "$word=$says")
  done < models/spoken.tsv
  "$tools" speak "${words[@]}" --language "$tag" --takes "$takes" "$@" --out "$work/spoken/$language"
  # The folder's name tells the language, not the tag.
  rm "$work/spoken/$language/data.json"
}

# more_levels RECIPE OUT: the same recipe over twice the range of levels.
more_levels() {
  python3 -c 'import json, sys; recipe = json.load(sys.stdin); recipe["waveform"]["gain_db"] = 24.0; json.dump(recipe, sys.stdout)' < "$1" > "$2"
}

base "$work/imitating.safetensors" models/base.recipe.json en ar zh -- --teacher "python3 tools/scripts/teacher.py" --stop-after 11
base "$work/hearing.safetensors" models/hear.recipe.json en ar zh -- --init "$work/imitating.safetensors"
base "$work/alone.safetensors" models/alone.recipe.json en ar zh -- --init "$work/hearing.safetensors"
base "$work/together.safetensors" models/together.recipe.json en ar zh -- --init "$work/alone.safetensors"
# On from there twice, with keywords by more synthesisers, too: the mean of before and after misses less than any of them.
spoken en en-us 60 ${keywords//,/ } --speaker "$kokoro" --speaker 'python3 tools/scripts/old_voices.py {takes}'
spoken ar ar 30
spoken zh cmn-latn-pinyin 60 --speaker "$kokoro"
spoken_words=(--extra "$work/spoken/en" --extra "$work/spoken/ar" --extra "$work/spoken/zh")
for seed in 6 7; do
  base "$work/further$seed.safetensors" models/together.recipe.json en ar zh -- --init "$work/together.safetensors" \
    --seed $seed --epochs 20 "${spoken_words[@]}"
done
models/mean.py "$work/three.safetensors" "$work/together.safetensors" "$work"/further[67].safetensors
# And once more over twice the range of levels, for soft and loud microphones; with a third of the weight, the usual level is heard as before.
more_levels models/together.recipe.json "$work/levels.recipe.json"
base "$work/levels.safetensors" "$work/levels.recipe.json" en ar zh -- --init "$work/three.safetensors" --seed 10 --epochs 16 "${spoken_words[@]}"
models/mean.py models/base.safetensors "$work/three.safetensors" "$work/three.safetensors" "$work/levels.safetensors"
sentences
"$tools" bank --base models/base.safetensors --sources models/negatives.json --data "$data" --data "$work" --minutes 250 \
  --out tools/negatives.bank.gz

# adapter LANGUAGE FLAG…: what a language changes in the base.
adapter() {
  local language=$1
  shift
  once "$work/$language.safetensors" "$tools" adapt --base models/base.safetensors --budget 0.3 --recipe models/adapt.recipe.json \
    --no-bank --data "$data/$language" --noise "$data/noise" --speech "$data/speech" --speech "$data/speech" \
    --out "$work/$language.safetensors" "$@"
  # Half the way from the base's own head for these words: the mean of before and after, as above.
  models/mean.py "models/$language.safetensors" "$work/$language.safetensors" models/base.safetensors
}

# model NAME BASE FLAG…: models/NAME.onnx for the language that the name ends in, made of a base as the flags of `fuse` say, with thresholds
# for at most one false alarm per hour, measured on audio without its words.
model() {
  local name=$1 base=$2 language=${1##*/}
  shift 2
  mkdir -p "$(dirname "$work/$name")"
  "$tools" fuse --base "$base" "$@" \
    --card "models/$language.card.json" --speech "$data/speech" --speech "$data/noise" --out "$work/$name.onnx"
  "$tools" calibrate "$work/$name.onnx" --data "$data/$language" "${negatives[@]}" --no-bank --false-alarms-per-hour 1 \
    --out "models/$name.onnx"
  "$tools" evaluate "models/$name.onnx" --data "$data/$language" --noise "$data/noise" --snr clean,10,0 --apart 0.2,0.5 --gain=-20,20 \
    "${negatives[@]}" --json "$work/$name.json"
}

# What is no keyword: running speech, and the other languages' words.
adapter zh --share-prefix 7 --epochs 5 --speech "$data/en" --speech "$data/ar"
# In English and Arabic the base's own head misses less than an adapter on top of it.
model en models/base.safetensors --language en
model ar models/base.safetensors --language ar
model zh models/base.safetensors --adapter models/zh.safetensors
for language in en ar zh; do
  models/card.py $language "$work/$language.json"
done

# A base with half of the channels, which the large one teaches besides people's labels, and its models.
tiny=models/tiny/base.safetensors
models/narrow.py "$work/narrow.safetensors" models/base.safetensors 48 96
tutored=(--tutor models/base.safetensors "${spoken_words[@]}")
base "$work/tiny.safetensors" models/tiny/recipe.json en ar zh -- --init "$work/narrow.safetensors" "${tutored[@]}"
more_levels models/tiny/recipe.json "$work/tiny-levels.recipe.json"
base "$work/tiny-levels.safetensors" "$work/tiny-levels.recipe.json" en ar zh -- --init "$work/tiny.safetensors" --seed 3 --epochs 10 "${tutored[@]}"
models/mean.py $tiny "$work/tiny.safetensors" "$work/tiny-levels.safetensors"
for language in en ar zh; do
  model tiny/$language $tiny --language $language
done

(cd models && sha256sum ./*.onnx ./*.safetensors ./*/*.onnx ./*/*.safetensors | sed 's|\./||' > SHA256SUMS)
"$tools" cost --base models/base.safetensors models/en.onnx models/ar.onnx models/zh.onnx
