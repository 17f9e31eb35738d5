#!/usr/bin/env python3
"""Makes a wider base of a base, which hears as that does: the new channels are drawn at random, and nothing reads them yet but other
new ones (Chen, Goodfellow and Shlens, "Net2Net", ICLR 2016, copy channels instead). It is to be trained on (`polyspot-tools train --init`).

    PYTHONPATH=models experiments/2026-12-01-a-wider-base.py OUT BASE STEM BLOCKS [SEED]

    STEM      channels of the first convolution
    BLOCKS    channels of each block; the same in all blocks, for each adds its input to its output

Weights are drawn as `polyspot-tools train` draws those of a new base (He et al. 2015). Needs Python's numpy and safetensors.
"""

import sys

import checkpoint
import numpy


def drawn(rng, shape, gain):
    """Weights of a new layer: normal, with a variance of gain / inputs."""
    return (rng.standard_normal(shape) * numpy.sqrt(gain / shape[1])).astype(numpy.float32)


def widened(rng, name, values, stem, width):
    """A tensor with the new channels: below the old rows new ones, beside the old columns zeros."""
    layer, _, part = name.rpartition(".")
    rows, columns = values.shape
    if layer == "input":
        return values
    if layer.startswith("heads."):
        new = numpy.zeros((rows, width if part == "weight" else 1))
    elif name == "stem.weight":
        new = drawn(rng, (stem, columns), 2.0)
    elif part == "depthwise":
        new = drawn(rng, (stem if layer == "blocks.0" else width, columns), 1.0)
    elif part == "pointwise":
        new = drawn(rng, (width, stem if layer == "blocks.0" else width), 2.0)
    else:
        # A normalisation: one that changes nothing.
        new = numpy.full((stem if layer == "stem.norm" else width, 1), 1.0 if part in ("scale", "variance") else 0.0)
    new[:rows] = 0.0
    new[:rows, :columns] = values
    return new.astype(numpy.float32)


def widen(path, stem, width, seed):
    """The wider base's kind, what it says of itself, and its tensors."""
    kind, about, tensors = checkpoint.read(path)
    network = about["recipe"]["network"]
    widths = {block["channels"] for block in network["blocks"]}
    if len(widths) > 1 or stem < network["stem"]["channels"] or width < max(widths):
        sys.exit(f"{path}: expected blocks of one width, at most {width}, and a stem of at most {stem} channels")
    rng = numpy.random.default_rng(seed)
    wider = {name: widened(rng, name, values, stem, width) for name, values in sorted(tensors.items())}
    network["stem"]["channels"] = stem
    for block in network["blocks"]:
        block["channels"] = width
    return kind, about, wider


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    checkpoint.write(sys.argv[1], *widen(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int((sys.argv[5:] or [1])[0])))
