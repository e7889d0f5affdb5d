"""Builds, verifies and publishes EfficientNets as TF1 hub modules.

TensorFlow is imported when the first of the names below is used, not before.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

_HOMES = {
    "build_model": "efficientnet.network",
    "create_module_spec": "builder.module_spec",
    "export_module": "export.exporter",
    "get_class_names": "signatures.attachments",
    "model_fn": "builder.estimator",
    "repackage_module": "export.repackaging",
    "verify_module": "export.verify",
}

# Programs on TensorFlow 1.13 and 1.14, which build nothing, read class names too.
_WITHOUT_TENSORFLOW = ("get_class_names",)

__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
    if name not in _WITHOUT_TENSORFLOW:
        from efficientnet_hub import dependencies

        dependencies.tensorflow()
    home = importlib.import_module("%s.%s" % (__name__, _HOMES[name]))
    return getattr(home, name)


def __dir__():
    return sorted(__all__)
