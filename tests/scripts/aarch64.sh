#!/usr/bin/env bash
# Compiles the C library for 64-bit ARM, and lets an emulated ARM processor hear the test vectors: its NEON instructions must give the
# posteriors of the file, which another processor wrote.
#
# Needs Rust (rustup fetches the target), root for apt-get (Debian), and a minute or two of a machine with nothing else to do.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=aarch64-unknown-linux-gnu
sudo=$(command -v sudo || true)
$sudo apt-get install -y -qq --no-install-recommends gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static > /dev/null
timeout 300 rustup target add $target

work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
# The test program's own library, of Debian for ARM: lists of packages apart from this machine's.
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
arm=(-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache"
  -o APT::Sandbox::User=root)
apt-get "${arm[@]}" -qq update
(cd "$work" && apt-get "${arm[@]}" -qq download libcjson-dev:arm64 libcjson1:arm64)
for package in "$work"/*.deb; do
  dpkg -x "$package" "$work/debian"
done

export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
bindings/c/install "$work/installed" $target
aarch64-linux-gnu-gcc -std=c11 -O1 -Wall -Werror bindings/c/tests/vectors.c -o "$work/vectors" \
  -I"$work/installed/include" -I"$work/debian/usr/include" -L"$work/installed/lib" -L"$work/debian/usr/lib/aarch64-linux-gnu" \
  -lpolyspot -lcjson -lm
qemu-aarch64-static -L /usr/aarch64-linux-gnu \
  -E "LD_LIBRARY_PATH=$work/installed/lib:$work/debian/usr/lib/aarch64-linux-gnu" "$work/vectors"
