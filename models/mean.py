#!/usr/bin/env python3
"""Makes a base whose weights are the mean of others': it misses less than each of them (model soups: Wortsman et al., ICML 2022).

    models/mean.py OUT BASE OTHER…

The others go on from BASE or the base from them, else what they know does not add up. Heads that not all of them have are left out.
Files are safetensors with 32-bit numbers, as `polyspot-tools train` writes them.
"""

import json
import struct
import sys
from array import array
from pathlib import Path

ABOUT = "polyspot.checkpoint"


def read(path):
    """What a file says of itself, and its tensors: name to shape and values."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    about = json.loads(header.pop("__metadata__")[ABOUT])
    tensors = {}
    for name, entry in header.items():
        first, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = entry["shape"], array("f", data[first:end])
    return about, tensors


def write(path, about, tensors):
    header, offset = {"__metadata__": {ABOUT: json.dumps(about, ensure_ascii=False)}}, 0
    for name, (shape, values) in sorted(tensors.items()):
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset := offset + 4 * len(values)]}
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    values = b"".join(values.tobytes() for _, (_, values) in sorted(tensors.items()))
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + values)


def mean(paths):
    about, first = read(paths[0])
    others = [read(path)[1] for path in paths[1:]]
    tensors = {}
    for name, (shape, values) in first.items():
        if not all(name in other for other in others):
            continue
        for path, other in zip(paths[1:], others):
            if other[name][0] != shape:
                sys.exit(f"{name}: expected the shape {shape}, found {other[name][0]} in {path}")
        all_values = [values, *(other[name][1] for other in others)]
        tensors[name] = shape, array("f", (sum(of) / len(of) for of in zip(*all_values)))
    about["vocabularies"] = [v for v in about["vocabularies"] if f"heads.{v['language']}.weight" in tensors]
    # How the mean does is for `evaluate` to say.
    about["history"]["epochs"] = []
    return about, tensors


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    write(sys.argv[1], *mean(sys.argv[2:]))
