#!/usr/bin/env python3
"""Makes a base whose weights are the mean of others': it misses less than each of them (model soups: Wortsman et al., ICML 2022).

    models/mean.py OUT BASE OTHER…

The others go on from BASE or the base from them, else what they know does not add up. Heads that not all of them have are left out.
Needs Python's numpy and safetensors.
"""

import json
import sys

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

ABOUT = "polyspot.checkpoint"


def mean(paths):
    """What the first says of itself, as far as it holds for the mean, and the tensors that all have."""
    with safe_open(paths[0], "numpy") as first:
        about = json.loads(first.metadata()[ABOUT])
    every = [load_file(path) for path in paths]
    tensors = {}
    for name in set.intersection(*map(set, every)):
        shapes = {of[name].shape for of in every}
        if len(shapes) > 1:
            sys.exit(f"{name}: expected one shape, found {' '.join(map(str, sorted(shapes)))} in {' '.join(paths)}")
        tensors[name] = numpy.mean([of[name] for of in every], axis=0, dtype=numpy.float64).astype(numpy.float32)
    about["vocabularies"] = [v for v in about["vocabularies"] if f"heads.{v['language']}.weight" in tensors]
    # How the mean does is for `evaluate` to say.
    about["history"]["epochs"] = []
    return about, tensors


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    about, tensors = mean(sys.argv[2:])
    save_file(tensors, sys.argv[1], {ABOUT: json.dumps(about, ensure_ascii=False)})
