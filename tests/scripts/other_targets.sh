#!/usr/bin/env bash
# Compiles polyspot-core without the standard library for a browser and for a microcontroller.
#
# The compilers come from rustup where its targets can be had, else from Debian's packages rustc-web, cargo-web, rust-web-src and lld.
# With neither the script fails.
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
}

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
  export RUSTC_BOOTSTRAP=1
  compile env PATH=/usr/bin:/bin RUSTC=/usr/bin/rustc /usr/bin/cargo -Zbuild-std=core,alloc
else
  echo "neither rustup's targets (${targets[*]}) nor Debian's packages (rustc-web cargo-web rust-web-src lld) are at hand" >&2
  exit 1
fi
