#!/usr/bin/env bash
# Listens by the clock while everything happens at once: words are spoken, languages change, lines that mean nothing come in floods,
# the microphone is unplugged, the sound server killed, clips are saved. A line a minute says what the program takes; in the end,
# whether memory and threads were flat after the first tenth. Needs pulseaudio and pulseaudio-utils.
#
# usage: benches/soak.sh PROGRAM MINUTES     (as: benches/soak.sh target/release/polyspot 120)
set -euo pipefail
program=$(realpath "${1:?usage: benches/soak.sh PROGRAM MINUTES}")
minutes=${2:?usage: benches/soak.sh PROGRAM MINUTES}
words=$(realpath "$(dirname "$0")/../tests/data/keywords")
# A socket's path must be short, and nobody else may read its folder.
folder=$(mktemp -d /tmp/polyspot.XXXXXX)
trap 'kill "${listener:-}" "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
export HOME=$folder XDG_RUNTIME_DIR=$folder XDG_CONFIG_HOME=$folder PULSE_SERVER=unix:$folder/socket PULSE_COOKIE=$folder/cookie
head -c 256 /dev/zero >"$folder/cookie"

start_server() {
  rm -f "$folder/socket"
  pulseaudio -n --daemonize=no --use-pid-file=no --disable-shm=yes --exit-idle-time=600 \
    --load="module-native-protocol-unix auth-anonymous=1 socket=$folder/socket" \
    --load="module-null-sink sink_name=elsewhere rate=48000 channels=2" 2>/dev/null &
  server=$!
  until pactl info >/dev/null 2>&1; do sleep 0.1; done
}
plug_in() { microphone=$(pactl load-module module-null-sink sink_name=microphone rate="$1" channels="$2"); }
say() { timeout 10 paplay --device=microphone "$words/$1/en-us.wav" 2>/dev/null || true; }
status() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$listener/status"; }
count() { grep -c "\"event\":\"$1\"" "$folder/heard" || true; }

start_server
plug_in 48000 2
mkfifo "$folder/lines"
"$program" listen --json --device pulseaudio:microphone.monitor --level-interval 10 --save-clips "$folder/clips" \
  --log-false-alarms "$folder/wrong" <"$folder/lines" >"$folder/heard" 2>"$folder/said" &
listener=$!
exec 3>"$folder/lines"
until [ "$(count ready)" = 1 ]; do kill -0 "$listener" || { cat "$folder/said"; exit 1; }; sleep 0.1; done

languages=(en ar zh en,ar,zh '{"language":"en"}' tlh '{' wrong)
spoken=(stop yes go left)
echo "minutes  memory KiB  threads  files  swaps  detections  warnings  losses  clips"
report() {
  printf '%7s %11s %8s %6s %6s %11s %9s %7s %6s\n' "$((SECONDS / 60))" "$(status VmRSS)" "$(status Threads)" \
    "$(find "/proc/$listener/fd" | wc -l)" "$(count model-changed)" "$(count detection)" "$(count warning)" "$(count device-lost)" \
    "$(find "$folder/clips" "$folder/wrong" -name '*.wav' | wc -l)"
}
SECONDS=0
last=0
turn=0
: >"$folder/memory"
while [ "$SECONDS" -lt "$((60 * minutes))" ]; do
  turn=$((turn + 1))
  echo "${languages[turn % ${#languages[@]}]}" >&3
  say "${spoken[turn % ${#spoken[@]}]}"
  if [ $((turn % 12)) = 0 ]; then
    # Back after a while, as another now and then; each tenth time the server goes with it.
    rate=$((turn % 24 == 0 ? 44100 : 48000))
    if [ $((turn % 120)) = 0 ]; then
      kill -KILL "$server"; wait "$server" 2>/dev/null || true
      start_server
    else
      pactl unload-module "$microphone"
    fi
    sleep "$((turn / 12 % 4))"
    plug_in "$rate" 2
    sleep 1
  fi
  if [ $((turn % 30)) = 0 ]; then (yes x || true) | head -c 1000000 >&3; fi
  # A clip's file is of no use here, and a disk is not what is tried.
  if [ $((turn % 200)) = 0 ]; then find "$folder/clips" "$folder/wrong" -name '*.wav' -delete; fi
  kill -0 "$listener" || { echo "it has ended"; cat "$folder/said"; exit 1; }
  echo "$SECONDS $(status VmRSS) $(status Threads)" >>"$folder/memory"
  if [ "$SECONDS" -ge "$((last + 60))" ]; then last=$SECONDS; report; fi
done
report
kill -TERM "$listener"
wait "$listener" || echo "exit code $?"
tail -n 1 "$folder/heard"
cat "$folder/said"
# A loss is a moment in which a thread more may be there: the medians of the second tenth and of the last one are compared.
awk -v end="$((60 * minutes))" '
  function median(values, n,  i, j, t) {
    for (i = 2; i <= n; i++) for (j = i; j > 1 && values[j - 1] > values[j]; j--) { t = values[j]; values[j] = values[j - 1]; values[j - 1] = t }
    return values[int((n + 1) / 2)]
  }
  $1 >= end / 10 && $1 < end / 5 { early[++e] = $2; early_threads[e] = $3 }
  $1 >= end * 9 / 10 { late[++l] = $2; late_threads[l] = $3 }
  END {
    a = median(early, e); b = median(late, l); at = median(early_threads, e); bt = median(late_threads, l)
    printf "memory %d KiB in the second tenth, %d in the last (%+.1f %%); threads %d and %d\n", a, b, 100 * (b / a - 1), at, bt
    exit !(b <= 1.03 * a && bt <= at)
  }' "$folder/memory"
