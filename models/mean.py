#!/usr/bin/env python3
"""Makes a base whose weights are the mean of others': it misses less than each of them (model soups: Wortsman et al., ICML 2022).

    models/mean.py OUT BASE OTHER…
    models/mean.py OUT ADAPTER BASE

The others go on from BASE or the base from them, else what they know does not add up. Heads that not all of them have are left out.
Who is named twice has twice the weight.
The mean of an adapter and a base that has a head for its words is an adapter that goes half the way from there; what it changes must be
whole tensors. Needs Python's numpy and safetensors.
"""

import sys

import checkpoint
import numpy


def mean(paths):
    """What the first says of itself, as far as it holds for the mean, and the tensors that all have."""
    (kind, *_), (about, *_), every = zip(*map(checkpoint.read, paths))
    tensors = {}
    for name in set.intersection(*map(set, every)):
        shapes = {of[name].shape for of in every}
        if len(shapes) > 1:
            sys.exit(f"{name}: expected one shape, found {' '.join(map(str, sorted(shapes)))} in {' '.join(paths)}")
        tensors[name] = numpy.mean([of[name] for of in every], axis=0, dtype=numpy.float64).astype(numpy.float32)
    if "vocabularies" in about:
        about["vocabularies"] = [v for v in about["vocabularies"] if f"heads.{v['language']}.weight" in tensors]
    elif missing := every[0].keys() - tensors.keys():
        sys.exit(f"{paths[0]}: expected tensors that {' '.join(paths[1:])} have, found {' '.join(sorted(missing))}")
    return kind, about, tensors


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    checkpoint.write(sys.argv[1], *mean(sys.argv[2:]))
