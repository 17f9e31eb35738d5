#!/usr/bin/env bash
# Measures what benches/README.md says, one thing after the other, on a machine that does nothing else (about half an hour, after
# `--build`). Needs hyperfine, bc, sox, time, pulseaudio and pulseaudio-utils, and Python with benches/compare/requirements.txt.
#
# usage: benches/measure.sh --build               compiles everything
#        benches/measure.sh FOLDER [PYTHON]       measures; FOLDER is for recordings
set -euo pipefail
cd "$(dirname "$0")/.."
lean="target/lean/polyspot"
features=(--no-default-features --features devices)

if [ "${1:?usage: benches/measure.sh --build | FOLDER [PYTHON]}" = --build ]; then
  cargo build --release --workspace --examples --bins --locked
  cargo bench --workspace --no-run --locked
  cargo build --profile lean -p polyspot-cli "${features[@]}" --features built-in-models --locked
  cp "$lean" "$lean-with-models"
  cargo build --profile lean -p polyspot-cli "${features[@]}" --locked
  exit
fi
folder=$(realpath "$1")
python=${2:-python3}

step() { printf '\n== %s (load %s)\n' "$1" "$(cut -d' ' -f1 /proc/loadavg)"; }

step "machine"
date -u
uname -m
grep -m1 'model name' /proc/cpuinfo
rustc --version
step "front end and networks, per frame"
for _ in 1 2 3 4 5; do target/release/polyspot models --cost en,ar,zh | head -6; done
step "sets of vector instructions; engines; swaps and start"
for bench in instructions network swap; do cargo bench --workspace --locked --bench "$bench" 2>/dev/null | grep -E 'time:|median|times'; done
step "score: an hour on one core, four on one and on two"
mkdir -p "$folder/many"
[ -e "$folder/60_minutes.wav" ] || benches/make_recordings.sh "$folder"
for part in 0 1 2 3 4 5; do
  sox "$folder/60_minutes.wav" "$folder/many/1_$part.wav" trim $((600 * part)) 600
  for copy in 2 3 4; do cp "$folder/many/1_$part.wav" "$folder/many/${copy}_$part.wav"; done
done
score="target/release/polyspot score --format csv"
hyperfine --warmup 1 --runs 7 --output null "taskset -c 0 $score $folder/60_minutes.wav" | grep -E 'Benchmark|mean|Range'
seconds() { local begin=$EPOCHREALTIME; "$@" >/dev/null 2>&1; bc <<<"$EPOCHREALTIME - $begin"; }
for pair in $(seq 20); do
  echo "$(seconds taskset -c $((pair % 2)) $score "$folder/many") $(seconds $score "$folder/many")"
done | awk '{ print $1 / $2 }' | sort -n | awk '{ ratio[NR] = $1 } END { printf "two cores beside one: %.2f times, the median of %d pairs; half of them %.2f to %.2f\n",
  (ratio[int((NR + 1) / 2)] + ratio[int(NR / 2) + 1]) / 2, NR, ratio[int(NR / 4) + 1], ratio[NR - int(NR / 4)] }'
sox "$folder/60_minutes.wav" "$folder/1_minute.wav" trim 0 60
for file in 1_minute 60_minutes; do
  command time -f "$file: %M KiB at most" $score "$folder/$file.wav" >/dev/null
done
step "lean program: size, memory while it listens"
wc -c "$lean" "$lean-with-models" | head -2
for language in en ar zh; do benches/listening.sh "$lean" --model "models/$language.onnx"; done
benches/listening.sh "$lean-with-models"
step "beside what Python users run"
"$python" benches/compare/compare.py --seconds 600 --rounds 5
for language in ar zh; do
  step "the same with $language"
  "$python" benches/compare/compare.py --model "models/$language.onnx" --seconds 300 --rounds 5
done
