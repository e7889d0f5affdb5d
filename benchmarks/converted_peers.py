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


def openvino(path: str, shape: tuple[int, ...]) -> Logits:
    """Loads an ONNX model in OpenVINO, for images of one shape.

    Synchronous, one request at a time, with two threads and the hint LATENCY.
    OpenVINO calculates float32 as float32 only where it is told to.

    Args:
      path: the ONNX model.
      shape: `(batch, height, width, 3)`; a fixed shape is faster than an open one.
    """
    import openvino as ov

    core = ov.Core()
    model = core.read_model(path)
    model.reshape(list(shape))
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": THREADS,
        "INFERENCE_PRECISION_HINT": "f32",
    }
    compiled = core.compile_model(model, "CPU", settings)
    return lambda images: compiled([images])["logits"]
