"""Selects TensorFlow's operations of oneDNN for inference."""

from __future__ import annotations

import os
import platform

# TensorFlow reads it when it is imported.
VARIABLE = "TF_ENABLE_ONEDNN_OPTS"
_MACHINES = ("x86_64", "AMD64")


def select() -> None:
    """Selects oneDNN's operations before TensorFlow is imported.

    If the user has chosen, it changes nothing.

    TensorFlow selects them by default on processors with instructions for neural
    networks only. The inference of EfficientNet is up to twice as fast with them on
    other processors too, see docs/scale.md. Training is not faster.
    """
    if platform.machine() in _MACHINES:
        os.environ.setdefault(VARIABLE, "1")
