"""Builds, verifies and publishes EfficientNets as TF1 hub modules.

The first use of one of the public functions imports TensorFlow, except that of
`get_class_names`. `import efficientnet_hub` does not.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .builder.estimator import model_fn
    from .builder.module_spec import create_module_spec
    from .efficientnet.network import build_model
    from .export.conversion.converter import convert_weights
    from .export.exporter import export_module
    from .export.repackaging import repackage_module
    from .export.verification.verifier import verify_module
    from .signatures.attachments import get_class_names

__version__ = "0.1.0"

_MODULES = {
    "build_model": "efficientnet.network",
    "convert_weights": "export.conversion.converter",
    "create_module_spec": "builder.module_spec",
    "export_module": "export.exporter",
    "get_class_names": "signatures.attachments",
    "model_fn": "builder.estimator",
    "repackage_module": "export.repackaging",
    "verify_module": "export.verification.verifier",
}

# TensorFlow 1.13 and 1.14 cannot build modules, but programs that use them can read
# class names.
_WITHOUT_TENSORFLOW = ("get_class_names",)

__all__ = [
    "build_model",
    "convert_weights",
    "create_module_spec",
    "export_module",
    "get_class_names",
    "model_fn",
    "repackage_module",
    "verify_module",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in _WITHOUT_TENSORFLOW:
        from . import dependencies

        dependencies.tensorflow()
    module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
