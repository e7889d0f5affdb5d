"""ONNX Runtime and OpenVINO on the graph tagged `serve`, converted by tf2onnx."""

from __future__ import annotations

from typing import Callable

import fresh_process
import numpy as np

THREADS = 2

Logits = Callable[[np.ndarray], np.ndarray]


def convert(module: str, path: str) -> None:
    """Writes a module as an ONNX model with the output 'logits'."""
    arguments = ["-m", "tf2onnx.convert", "--saved-model", module, "--tag", "serve"]
    arguments += ["--signature_def", "serving_default"]
    fresh_process.run([*arguments, "--output", path])


def onnx_runtime(path: str) -> Logits:
    """Loads an ONNX model in ONNX Runtime, with two threads within ops."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )
    return lambda images: session.run(["logits"], {"images": images})[0]


def openvino(path: str) -> Logits:
    """Loads an ONNX model in OpenVINO, compiled once for each shape of images.

    A fixed shape is faster than an open one. Synchronous, one request at a time, with
    two threads and the hint LATENCY, in float32.
    """
    import openvino as ov

    core = ov.Core()
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": THREADS,
        "INFERENCE_PRECISION_HINT": "f32",
    }
    compiled = {}

    def infer(images):
        if images.shape not in compiled:
            model = core.read_model(path)
            model.reshape(list(images.shape))
            compiled[images.shape] = core.compile_model(model, "CPU", settings)
        return compiled[images.shape]([images])["logits"]

    return infer
