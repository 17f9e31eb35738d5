"""Bases and adapters, as `polyspot-tools` writes them. Needs Python's numpy and safetensors."""

import json

from safetensors import safe_open
from safetensors.numpy import load_file, save_file


def read(path):
    """The kind of a file, what it says of itself, and its tensors."""
    with safe_open(path, "numpy") as file:
        [(kind, about)] = file.metadata().items()
    return kind, json.loads(about), load_file(path)


def write(path, kind, about, tensors):
    """Writes what was made of others; how that does is for `evaluate` to say."""
    if "history" in about:
        about["history"]["epochs"] = []
    save_file(tensors, path, {kind: json.dumps(about, ensure_ascii=False)})
