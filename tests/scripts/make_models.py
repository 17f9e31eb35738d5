#!/usr/bin/env python3
"""Writes tests/data/models/*.onnx: tiny networks with random weights, sound ones of different strides and pulses
and broken ones, each named by its property.

Needs onnx and numpy. Usage, from the repository's root: python3 tests/scripts/make_models.py
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MODELS = Path(__file__).parent.parent / "data" / "models"
CHANNELS = 6


def manifest(stride, pulse, window):
    return {
        "version": 1,
        "language": "tok",
        "labels": [
            {"name": "ala", "kind": "keyword", "threshold": 0.3, "gloss": "no"},
            {"name": "ⱄⱁ", "kind": "keyword", "threshold": 0.3, "romanisation": "so"},
            {"name": "unknown", "kind": "unknown"},
        ],
        "front_end": {
            "sample_rate_hz": 16000,
            "frame_samples": 480,
            "hop_samples": 160,
            "fft_samples": 512,
            "window": "hann-periodic",
            "mel_scale": "htk",
            "mel_bins": 40,
            "low_hz": 0.0,
            "high_hz": 8000.0,
            "log_floor": 1e-6,
            "dct": "orthonormal-ii",
            "coefficients": 40,
        },
        "network": {"stride_frames": stride, "window_frames": window, "pulse_frames": pulse},
        "detector": {"smoothing_steps": 2, "refractory_ms": 300},
        "evidence": {
            "false_reject_rate": 0.5,
            "keyword_clips": 2,
            "false_alarms_per_hour": 3600.0,
            "hours": 0.1,
            "data": "random weights",
        },
        "base_sha256": "0" * 64,
        "adapter_sha256": "1" * 64,
        "training_data": [{"name": "nothing", "licence": "CC0-1.0", "attribution": "nobody"}],
        "tool": "make_models.py",
    }


def network(strides, pool):
    """Causal convolutions of the given strides, each padded on the left by kernel - stride, then a mean."""
    rng = np.random.default_rng(len(strides) + sum(strides))
    weights, nodes = [], []

    def constant(name, array):
        weights.append(numpy_helper.from_array(array.astype(np.float32), name))
        return name

    def convolution(x, y, channels_in, channels_out, kernel, stride, gain):
        scale = gain / np.sqrt(channels_in * kernel)
        w = constant(f"{y}.weight", rng.normal(size=(channels_out, channels_in, kernel)) * scale)
        b = constant(f"{y}.bias", rng.normal(size=channels_out) * 0.1)
        attributes = dict(kernel_shape=[kernel], strides=[stride], pads=[kernel - stride, 0])
        nodes.append(helper.make_node("Conv", [x, w, b], [y], **attributes))
        nodes.append(helper.make_node("Relu", [y], [f"{y}.relu"]))
        return f"{y}.relu"

    x, channels = "features", 40
    for i, stride in enumerate(strides):
        x = convolution(x, f"conv{i}", channels, CHANNELS, 5, stride, 0.3 if i == 0 else 1.5)
        channels = CHANNELS
    mean = dict(kernel_shape=[pool], strides=[1], pads=[pool - 1, 0], count_include_pad=1)
    nodes.append(helper.make_node("AveragePool", [x], ["mean"], **mean))
    w = constant("head.weight", rng.normal(size=(3, CHANNELS, 1)) * 4)
    b = constant("head.bias", np.zeros(3))
    nodes.append(helper.make_node("Conv", ["mean", w, b], ["logits"], kernel_shape=[1]))
    nodes.append(helper.make_node("Softmax", ["logits"], ["posteriors"], axis=1))
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 40, "frames"])],
        [helper.make_tensor_value_info("posteriors", TensorProto.FLOAT, [1, 3, "steps"])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def write(name, model, description):
    del model.metadata_props[:]
    if description is not None:
        entry = model.metadata_props.add()
        entry.key, entry.value = "polyspot.manifest", json.dumps(description)
    onnx.checker.check_model(model)
    (MODELS / f"{name}.onnx").write_bytes(model.SerializeToString())


MODELS.mkdir(exist_ok=True)
write("stride_1_pulse_5", network([1, 1], 40), manifest(1, 5, 40))
write("stride_4_pulse_4", network([2, 1, 2], 24), manifest(4, 4, 98))
write("stride_6_pulse_12", network([2, 3], 16), manifest(6, 12, 98))

sound = network([2, 1, 2], 24)
write("no_manifest", sound, None)
write("manifest_version_99", sound, manifest(4, 4, 98) | {"version": 99})
write("manifest_with_unknown_field", sound, manifest(4, 4, 98) | {"surprise": True})
write("stride_not_as_in_manifest", sound, manifest(2, 4, 98))
labels = manifest(4, 4, 98)["labels"] + [{"name": "silence", "kind": "silence"}]
write("labels_more_than_outputs", sound, manifest(4, 4, 98) | {"labels": labels})

# An operation outside the form of network that polyspot runs.
odd = network([1, 1], 40)
odd.graph.node.insert(0, helper.make_node("LSTM", ["features", "w", "r"], ["lstm"], hidden_size=4))
odd.graph.initializer.append(numpy_helper.from_array(np.zeros((1, 16, 40), np.float32), "w"))
odd.graph.initializer.append(numpy_helper.from_array(np.zeros((1, 16, 4), np.float32), "r"))
write("operation_not_allowed", odd, manifest(1, 5, 40))

# Finite weights whose sums are not.
loud = network([2, 1, 2], 24)
for tensor in loud.graph.initializer:
    if tensor.name.startswith("conv") and tensor.name.endswith("weight"):
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * np.float32(1e20), tensor.name))
write("posteriors_that_are_no_numbers", loud, manifest(4, 4, 98))
