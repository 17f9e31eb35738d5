"""Checkpoints of bases, as `polyspot-tools train` writes them. Needs Python's numpy and safetensors."""

import json

from safetensors import safe_open
from safetensors.numpy import load_file, save_file

ABOUT = "polyspot.checkpoint"


def read(path):
    """What a checkpoint says of itself, and its tensors."""
    with safe_open(path, "numpy") as file:
        about = json.loads(file.metadata()[ABOUT])
    return about, load_file(path)


def write(path, about, tensors):
    """Writes what was made of another; how that does is for `evaluate` to say."""
    about["history"]["epochs"] = []
    save_file(tensors, path, {ABOUT: json.dumps(about, ensure_ascii=False)})
