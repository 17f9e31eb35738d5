#!/bin/sh
# Makes the recordings for the whole-program benchmarks: 1000 files of one second and one of 60 minutes, of the
# synthetic words in tests/data, one word a second. Needs sox.
#
# Usage: benches/make_recordings.sh FOLDER
set -eu
folder=$(realpath "${1:?usage: benches/make_recordings.sh FOLDER}")
cd "$(dirname "$0")/../tests/data/keywords"
mkdir -p "$folder/1000"

i=0
while [ "$i" -lt 1000 ]; do
    for clip in */*.wav; do
        [ "$i" -lt 1000 ] || break
        cp "$clip" "$folder/1000/$(printf %04d "$i").wav"
        i=$((i + 1))
    done
done
# Twelve times five minutes: sox takes so many files at once, not 3600.
sox "$folder"/1000/00*.wav "$folder"/1000/01*.wav "$folder"/1000/02*.wav "$folder/5_minutes.wav"
sox "$folder/5_minutes.wav" "$folder/60_minutes.wav" repeat 11
rm "$folder/5_minutes.wav"
