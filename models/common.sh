# What the scripts that make models have in common; they set `data`, the recordings, `games`, what games.py makes, and
# `work`, what is made on the way.
keywords=yes,no,up,down,left,right,on,off,stop,go
# Memory that is given back to the system is asked for again at the next step: a sixth of the time.
export MIMALLOC_PURGE_DELAY=-1
# What thresholds are chosen on.
negatives=(--negatives "$data/speech" --negatives "$data/noise" --negatives "$games/game-speech" --negatives "$games/game-sounds")
mkdir -p "$work"
cargo build --release --locked -p polyspot-tools
tools=${CARGO_TARGET_DIR:-target}/release/polyspot-tools

# once FILE COMMAND…: runs a command that writes FILE unless it has done so; goes on where an earlier call was cut off.
once() {
  local out=$1
  shift
  [ -e "$out.done" ] && return
  if [ -e "$out" ] || [ -e "${out%.safetensors}.progress" ]; then set -- "$@" --resume; fi
  "$@"
  touch "$out.done"
}

# voices KIND…: what synthetic voices say, of the kinds that tools/scripts/speak.py names.
voices() {
  local kind
  for kind in "$@"; do
    [ -e "$work/$kind.done" ] || { tools/scripts/speak.py "$kind" "$work/$kind" && touch "$work/$kind.done"; }
  done
}

# base FILE RECIPE LANGUAGE… -- FLAG…: a base that hears these languages' words in streams.
base() {
  local out=$1 recipe=$2 data_flags=()
  shift 2
  while [ "$1" != -- ]; do data_flags+=("--data=$data/$1"); shift; done
  shift
  once "$out" "$tools" train --out "$out" --recipe "$recipe" "${data_flags[@]}" \
    --keywords "en=$keywords" --extra "$work/words/en" --noise "$data/noise" --speech "$data/speech" "$@"
}
