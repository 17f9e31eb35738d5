#!/usr/bin/env python3
"""Makes a narrower base of a base: of its channels those stay that count most for what comes after them. It is to be
trained on (`polyspot-tools train --init`).

    models/narrow.py OUT BASE STEM BLOCKS

    STEM      channels of the first convolution that stay
    BLOCKS    channels of each block that stay; the same in all blocks, for each adds its input to its output

A channel counts as much as its mean output (of ReLU behind a normal distribution with the normalisation's shift and scale) times the
norm of the weights that read it. Needs Python's numpy and safetensors.
"""

import math
import sys

import checkpoint
import numpy

NORM_EPSILON = 1e-5


def mean_output(tensors, layer):
    """Mean of what each channel of a layer's normalisation gives behind ReLU, were its input normally distributed."""
    shift = tensors[f"{layer}.norm.shift"][:, 0]
    deviation = numpy.abs(tensors[f"{layer}.norm.scale"][:, 0]) + NORM_EPSILON
    ratio = shift / deviation
    below = numpy.array([0.5 * (1 + math.erf(r / math.sqrt(2))) for r in ratio])
    return shift * below + deviation * numpy.exp(-(ratio**2) / 2) / math.sqrt(2 * math.pi)


def weight_of_inputs(tensors, block):
    """The norm of a block's weights that read each channel."""
    variance = tensors[f"{block}.norm.variance"] + NORM_EPSILON
    pointwise = tensors[f"{block}.pointwise"] * tensors[f"{block}.norm.scale"] / numpy.sqrt(variance)
    return numpy.linalg.norm(tensors[f"{block}.depthwise"], axis=1) * numpy.linalg.norm(pointwise, axis=0)


def largest(values, count):
    """Where the largest values are, in order of place."""
    return numpy.sort(numpy.argsort(-values, kind="stable")[:count])


def narrow(path, stem, width):
    """The narrower base's kind, what it says of itself, and its tensors."""
    kind, about, tensors = checkpoint.read(path)
    network = about["recipe"]["network"]
    blocks = [f"blocks.{block}" for block in range(len(network["blocks"]))]
    if {block["channels"] for block in network["blocks"][:-1]} != {network["blocks"][-1]["channels"]}:
        sys.exit(f"{path}: expected blocks of one width")
    of_stem = largest(mean_output(tensors, "stem") * weight_of_inputs(tensors, blocks[0]), stem)
    # A residual block adds to what comes in.
    output = numpy.cumsum([mean_output(tensors, block) for block in blocks], axis=0)
    readers = [weight_of_inputs(tensors, block) for block in blocks[1:]]
    heads = [f"heads.{vocabulary['language']}" for vocabulary in about["vocabularies"]]
    readers.append(numpy.linalg.norm(numpy.concatenate([tensors[f"{head}.weight"] for head in heads]), axis=0))
    worth = [given * read / (given * read).sum() for given, read in zip(output, readers)]
    of_blocks = largest(numpy.sum(worth, axis=0), width)

    narrower = {}
    for name, values in tensors.items():
        layer, _, part = name.rpartition(".")
        if layer in heads:
            values = values[:, of_blocks] if part == "weight" else values
        elif name.startswith("stem.") or name == "blocks.0.depthwise":
            values = values[of_stem]
        elif name.startswith("blocks."):
            values = values[of_blocks]
            if part == "pointwise":
                values = values[:, of_stem if layer == blocks[0] else of_blocks]
        narrower[name] = numpy.ascontiguousarray(values)
    network["stem"]["channels"] = stem
    for block in network["blocks"]:
        block["channels"] = width
    return kind, about, narrower


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    checkpoint.write(sys.argv[1], *narrow(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
