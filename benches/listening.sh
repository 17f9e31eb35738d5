#!/usr/bin/env bash
# What a listening program takes: resident memory, processor time and wakeups, beside a sound server of its own with a virtual microphone
# that hears a minute of silence and a minute of words. Needs pulseaudio and pulseaudio-utils.
#
# usage: benches/listening.sh PROGRAM [ARGUMENT…]     (as: benches/listening.sh target/lean/polyspot --language en)
set -euo pipefail
program=$(realpath "${1:?usage: benches/listening.sh PROGRAM [ARGUMENT…]}")
shift
words=$(realpath "$(dirname "$0")/../tests/data/keywords")
# A socket's path must be short, and nobody else may read its folder.
folder=$(mktemp -d /tmp/polyspot.XXXXXX)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
export HOME=$folder XDG_RUNTIME_DIR=$folder XDG_CONFIG_HOME=$folder PULSE_SERVER=unix:$folder/socket PULSE_COOKIE=$folder/cookie
head -c 256 /dev/zero >"$folder/cookie"
pulseaudio -n --daemonize=no --use-pid-file=no --disable-shm=yes --exit-idle-time=60 \
  --load="module-native-protocol-unix auth-anonymous=1 socket=$folder/socket" \
  --load="module-null-sink sink_name=speaker rate=48000 channels=2" \
  --load="module-remap-source master=speaker.monitor source_name=microphone" 2>/dev/null &
server=$!
until pactl info >/dev/null 2>&1; do sleep 0.1; done
pactl set-default-source microphone

"$program" listen --json "$@" >"$folder/heard" 2>"$folder/said" &
listener=$!
until grep -q '"ready"' "$folder/heard"; do
  kill -0 "$listener" || { cat "$folder/said"; exit 1; }
  sleep 0.1
done
# Processor time of all threads in ticks, and how often they have waited for something.
taken() {
  cat /proc/"$listener"/task/*/status 2>/dev/null | awk '/^voluntary_ctxt_switches/ { switches += $2 } END { printf "%d ", switches }'
  awk '{ print $14 + $15 }' "/proc/$listener/stat"
}
# measure WHAT COMMAND…: what the program takes for so many seconds while something goes on.
measure() {
  local what=$1 begin=$EPOCHREALTIME before
  before=$(taken)
  shift
  "$@"
  echo "$before $(taken) $(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')" | awk -v hertz="$(getconf CLK_TCK)" -v what="$what" \
    '{ printf "%s: %.1f s of processor time per hour, %.1f wakeups per second (over %.0f s)\n", what, ($4 - $2) / hertz / $5 * 3600, ($3 - $1) / $5, $5 }'
}
speak() {
  local end=$((SECONDS + 60))
  while [ "$SECONDS" -lt "$end" ]; do
    for clip in "$words"/*/en-us.wav; do paplay "$clip"; done
  done
}
sleep 5
measure "in silence" sleep 60
measure "in speech" speak
grep -E 'VmHWM|VmRSS|RssAnon|RssFile|Threads' "/proc/$listener/status"
kill -INT "$listener"
wait "$listener" || true
echo "keywords heard: $(grep -c '"detection"' "$folder/heard" || true)"
