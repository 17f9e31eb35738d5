#!/bin/sh
# Makes the folder of the add-on, with the sources of this clone's last commit: contrib/home-assistant/pack.sh FOLDER
set -eu
[ $# -eq 1 ] || { echo "expected a folder to make, as in: $0 /tmp/polyspot" >&2; exit 2; }
mkdir "$1"
target=$(cd "$1" && pwd)
cd "$(dirname "$0")"
cp -r polyspot/. "$target"
# The image has its compiler; rust-toolchain.toml would have rustup fetch another.
git -C ../.. archive --format=tar.gz --output="$target/polyspot.tar.gz" HEAD -- . ':(exclude)rust-toolchain.toml'
echo "$target"
