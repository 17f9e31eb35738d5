#!/usr/bin/env python3
"""Checks model files with tools that are not ours: the ONNX checker, and ONNX Runtime with any number of frames.

Needs onnx, onnxruntime and numpy. Usage: python3 tests/scripts/check_onnx.py models/*.onnx
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    manifest = json.loads(next(p.value for p in model.metadata_props if p.key == "polyspot.manifest"))
    stride, labels = manifest["network"]["stride_frames"], len(manifest["labels"])
    session = onnxruntime.InferenceSession(path)
    frames = np.random.default_rng(0).normal(0, 5, (1, 40, 1000)).astype(np.float32)
    whole = session.run(None, {"features": frames})[0]
    for length in (stride, 98, 333, 1000):
        found = session.run(None, {"features": frames[:, :, :length]})[0]
        assert found.shape == (1, labels, length // stride), found.shape
        assert np.allclose(found.sum(1), 1, atol=1e-5), "posteriors do not sum to 1"
        # Causal: what comes later changes nothing.
        difference = np.abs(found - whole[:, :, : length // stride]).max()
        assert difference < 1e-5, f"{length} frames alone differ by {difference}"
    print(f"{path}: valid, runs with any number of frames, causal")
