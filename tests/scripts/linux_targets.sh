#!/usr/bin/env bash
# Compiles for Linux on other processors, and without a C library, and runs what was compiled:
#
#   aarch64, armv7    the C library hears the test vectors on an emulated processor, whose instructions must give the posteriors of the
#                     file, which another processor wrote
#   aarch64           the small program finds in the fixtures what this machine's finds, and hears words in a microphone
#   musl              the small program without microphones, linked with nothing, in a folder that holds only itself and the fixtures
#   android           the C library for 64-bit ARM is compiled, but neither linked nor run: that takes Android's own tools
#
# usage: tests/scripts/linux_targets.sh [TARGET…]     all of them if none is given
#
# Needs Rust (rustup fetches the targets) and root for apt-get (Debian) and chroot.
set -euo pipefail
cd "$(dirname "$0")/../.."
sudo=$(command -v sudo || true)
made=${CARGO_TARGET_DIR:-target}
step() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }

work=$(mktemp -d)
# What was started in the background, a sound server, ends too.
trap 'kill $(jobs -p) 2> /dev/null || true; rm -r "$work"' EXIT

install_packages() {
  $sudo apt-get install -y -qq --no-install-recommends "$@" > /dev/null
}

# The program as it is for small devices, with what reads files of every kind. Without a target for this machine.
compile_program() { # FEATURES [TARGET]
  cargo build --profile lean --locked --quiet -p polyspot-cli --bin polyspot --no-default-features \
    --features "built-in-models,coded,flac$1" ${2:+--target "$2"}
}

# Its models, and what it finds in the fixtures in every language. It must say (3) that some are broken.
hear_fixtures() { # PROGRAM…
  "$@" models
  local status=0
  "$@" score --format csv --language en,ar,zh tests/data 2> "$work/said" || status=$?
  [ $status = 3 ] || { cat "$work/said" >&2; echo "expected exit status 3, found $status" >&2; exit 1; }
}

same_as_here() { # PROGRAM…
  if [ ! -e "$work/expected" ]; then
    compile_program ""
    hear_fixtures "$made/lean/polyspot" > "$work/expected"
  fi
  hear_fixtures "$@" > "$work/found"
  diff "$work/expected" "$work/found" || { echo "$1 hears something else than this machine's program" >&2; exit 1; }
  echo "the same as here: $(grep -c '^tests/data.*\.[a-z0-9]*,' "$work/found") detections"
}

# Debian's packages for another processor, unpacked: their lists are kept apart from this machine's.
unpack_packages() { # ARCHITECTURE FOLDER PACKAGE…
  local architecture=$1 folder=$2 package
  shift 2
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  local apt=(-o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o "Dir::State::lists=$folder/lists"
    -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root)
  # A mirror that is being changed may lack a list; the download says whether anything is missing.
  apt-get "${apt[@]}" -qq update || true
  (cd "$folder" && apt-get "${apt[@]}" -qq download "${@/%/:$architecture}")
  for package in "$folder"/*.deb; do
    dpkg -x "$package" "$folder/debian"
  done
}

# Sets what the two functions after it use: `target`, `triplet`, `debian` and `run`.
prepare_arm() { # TARGET ARCHITECTURE TRIPLET EMULATOR
  target=$1 triplet=$3 debian=$work/$1/debian
  local linker=CARGO_TARGET_${target^^}_LINKER
  export "${linker//-/_}=$triplet-gcc"
  install_packages "gcc-$triplet" "libc6-dev-$2-cross" qemu-user-static pkg-config pulseaudio pulseaudio-utils
  timeout 300 rustup target add "$target"
  unpack_packages "$2" "$work/$target" libcjson-dev libcjson1 libasound2-dev libasound2
  # The cross compiler's C library with its own loader, whatever this machine has installed for the other processor.
  run=("$4" -L "/usr/$triplet"
    -E "LD_LIBRARY_PATH=/usr/$triplet/lib:$work/$target/installed/lib:$debian/usr/lib/$triplet")
}

arm_library() { # [TOLERANCE], the file's if not given
  step "$target: the library hears the vectors"
  bindings/c/install "$work/$target/installed" "$target"
  "$triplet-gcc" -std=c11 -O1 -Wall -Werror bindings/c/tests/vectors.c -o "$work/$target/vectors" \
    -I"$work/$target/installed/include" -I"$debian/usr/include" -L"$work/$target/installed/lib" -L"$debian/usr/lib/$triplet" \
    -lpolyspot -lcjson -lm
  "${run[@]}" "$work/$target/vectors" "$@"
  size "$work/$target/installed/lib/libpolyspot.so"
}

arm_program() {
  step "$target: the program hears the fixtures"
  PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_SYSROOT_DIR=$debian PKG_CONFIG_LIBDIR=$debian/usr/lib/$triplet/pkgconfig \
    compile_program ,devices "$target"
  same_as_here "${run[@]}" "$made/$target/lean/polyspot"
  size "$made/$target/lean/polyspot"
  step "$target: the program hears a microphone"
  hear_microphone "${run[@]}" "$made/$target/lean/polyspot"
}

# The program listens to a microphone that plays words: a sound server of this test's own.
hear_microphone() { # PROGRAM…
  local folder=$work/microphone server heard
  mkdir -p "$folder/runtime"
  local -x PULSE_SERVER=unix:$folder/socket PULSE_RUNTIME_PATH=$folder/runtime
  HOME=$folder pulseaudio -n --daemonize=no --exit-idle-time=-1 --disallow-exit --log-level=error \
    --load="module-native-protocol-unix auth-anonymous=1 socket=$folder/socket" \
    --load="module-null-sink sink_name=speaker rate=16000 channels=1" &
  server=$!
  until pactl info > /dev/null 2>&1; do
    kill -0 $server
    sleep 0.1
  done
  timeout 120 "$@" listen --device pulseaudio:speaker.monitor --level-interval 0 --duration 12 --json > "$folder/events" &
  local listener=$!
  until grep -q '"event":"ready"' "$folder/events"; do
    kill -0 $listener
    sleep 0.1
  done
  for word in yes no stop; do
    paplay --device=speaker "tests/data/keywords/$word/en-us.wav"
  done
  wait $listener
  kill $server
  wait $server || true
  heard=$(sed -n 's/.*"event":"detection","keyword":"\([a-z]*\)".*/\1/p' "$folder/events" | tr '\n' ' ')
  [ "$heard" = "yes no stop " ] || { echo "expected yes no stop, found $heard" >&2; exit 1; }
  echo "heard yes, no, stop"
}

size() { # FILE
  echo "$(stat -Lc %s "$1") bytes: ${1##*/}"
}

musl() {
  local target=x86_64-unknown-linux-musl root=$work/musl
  timeout 300 rustup target add $target
  step "$target: the program hears the fixtures in an empty folder"
  compile_program "" $target
  mkdir -p "$root/tests"
  cp -r tests/data "$root/tests/"
  cp "$made/$target/lean/polyspot" "$root/"
  # shellcheck disable=SC2086 # nothing at all, if there is no sudo
  same_as_here $sudo chroot "$root" /polyspot
  size "$root/polyspot"
}

android() {
  local target=aarch64-linux-android
  timeout 300 rustup target add $target
  step "$target: the library is compiled"
  (cd bindings/c && cargo rustc --release --locked --quiet --lib --crate-type staticlib --target $target)
}

[ $# -gt 0 ] || set -- aarch64 armv7 musl android
for name in "$@"; do
  case $name in
    aarch64)
      prepare_arm aarch64-unknown-linux-gnu arm64 aarch64-linux-gnu qemu-aarch64-static
      arm_library
      arm_program
      ;;
    armv7)
      prepare_arm armv7-unknown-linux-gnueabihf armhf arm-linux-gnueabihf qemu-arm-static
      # It has no fused multiply-add, as WebAssembly has none, and so the tolerance of WebAssembly.
      arm_library 4e-6
      ;;
    musl) musl ;;
    android) android ;;
    *) echo "expected aarch64, armv7, musl or android, found $name" >&2; exit 2 ;;
  esac
done
step "done"
