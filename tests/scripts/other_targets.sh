#!/usr/bin/env bash
# Compiles polyspot-core without the standard library for a browser and for a microcontroller, and runs it on an emulated one.
#
# The compilers come from rustup where its targets can be had, else from Debian's packages rustc-web, cargo-web, rust-web-src and
# lld-19; the emulator is Debian's qemu-system-arm. With neither, or without the emulator, the script fails.
set -euo pipefail
cd "$(dirname "$0")/../.."

targets=(wasm32-unknown-unknown thumbv7em-none-eabihf)
# Apart from the workspace's own builds, which another compiler or another set of features would throw away.
build=(build --release --locked -p polyspot-core --no-default-features --target-dir target/other_targets)

# Compiles for every target with this cargo and these arguments; for the browser with and without vector instructions.
compile() {
  local target
  for target in "${targets[@]}"; do
    "$@" "${build[@]}" --target "$target"
  done
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-C target-feature=+simd128" \
    "$@" "${build[@]}" --target wasm32-unknown-unknown
  # The words that it hears must be those that this machine hears.
  (cd runtime/polyspot-core/examples/cortex-m4f && "$@" run --release --locked)
}

command -v qemu-system-arm > /dev/null || { echo "qemu-system-arm is missing: apt-get install qemu-system-arm" >&2; exit 1; }

rustup_has_targets() {
  command -v rustup > /dev/null && timeout 300 rustup target add "${targets[@]}"
}

debian_has_compiler() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ]
}

if rustup_has_targets; then
  compile cargo
elif debian_has_compiler; then
  # Debian has no libraries for these targets: they are compiled from its sources, which a released compiler refuses without being told.
  export RUSTC_BOOTSTRAP=1 CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER=ld.lld-19
  compile env PATH=/usr/bin:/bin RUSTC=/usr/bin/rustc /usr/bin/cargo -Zbuild-std=core,alloc
else
  echo "neither rustup's targets (${targets[*]}) nor Debian's packages (rustc-web cargo-web rust-web-src lld-19) are at hand" >&2
  exit 1
fi
