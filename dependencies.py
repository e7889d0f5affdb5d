"""Packages that not everybody needs, and the sentence that says who does.

The package requires absl-py and protobuf alone: TensorFlow comes as `tensorflow`,
`tensorflow-cpu` or, frozen, `tensorflow-gpu` 1.x, and most of the rest serves a
single command. What is missing is told where it is used.
"""

from __future__ import annotations

import importlib

from . import errors

_OLDEST_BUILDER = (1, 15)
# The oldest of those of TensorFlow 2 that are tried.
_OLDEST_SAVED_MODEL_WRITER = (2, 15)


def tensorflow():
    """Returns TensorFlow.

    Raises:
      errors.DependencyError: if it is missing, or older than 1.15.
    """
    module = optional("tensorflow", "tf", "building and running modules")
    if _version(module) < _OLDEST_BUILDER:
        raise errors.DependencyError(
            "building modules needs TensorFlow 1.15 or newer, found "
            f"{module.__version__}: modules built elsewhere load in it all the "
            "same"
        )
    return module


def _version(module) -> tuple[int, ...]:
    return tuple(int(part) for part in module.__version__.split(".")[:2])


def saved_model_writer():
    """Returns a TensorFlow that writes a SavedModel of TensorFlow 2.

    Raises:
      errors.DependencyError: if it is missing or too old.
    """
    module = tensorflow()
    if _version(module) < _OLDEST_SAVED_MODEL_WRITER:
        raise errors.DependencyError(
            "the format 'savedmodel' needs TensorFlow 2.15 or newer, found "
            f"{module.__version__}, which writes the format 'hub' only"
        )
    return module


def protobuf():
    """Returns protobuf, which reads a module's graphs and comes with any TensorFlow.

    Raises:
      errors.DependencyError: if it is missing, or broken.
    """
    try:
        return importlib.import_module("google.protobuf")
    except ImportError as error:
        raise errors.DependencyError(
            "reading modules needs the package 'protobuf', which cannot be imported "
            f"({errors.first_line(error)}): pip install protobuf"
        ) from error


def estimator():
    """Returns `tf.estimator`, as TensorFlow 1 has it.

    Raises:
      errors.DependencyError: if TensorFlow is missing, or has no `tf.estimator`.
    """
    module = tensorflow()
    if not hasattr(module.compat.v1, "estimator"):
        raise errors.DependencyError(
            "tf.estimator needs TensorFlow older than 2.16, found "
            f"{module.__version__}: pip install 'efficientnet-hub[hub]'"
        )
    return module.compat.v1.estimator


def has_hub_module() -> bool:
    """Whether tensorflow_hub is there and still has `hub.Module`."""
    try:
        tensorflow_hub_with_module()
    except errors.DependencyError:
        return False
    return True


def tensorflow_hub_with_module():
    """Returns tensorflow_hub.

    Raises:
      errors.DependencyError: if it is missing, or has no `hub.Module`.
    """
    hub = tensorflow_hub()
    if not hasattr(hub, "Module"):
        raise errors.DependencyError(
            "hub.Module needs tensorflow_hub older than 0.16 and TensorFlow "
            f"older than 2.16, found tensorflow_hub {hub.__version__}: pip "
            "install 'efficientnet-hub[hub]'"
        )
    return hub


def tensorflow_hub():
    """Returns tensorflow_hub.

    Raises:
      errors.DependencyError: if it is missing.
    """
    return optional("tensorflow_hub", "hub", "loading modules")


def optional(module: str, extra: str, purpose: str):
    """Imports a package that only some users need.

    Args:
      module: its import name.
      extra: the extra of this package that brings it.
      purpose: what it is needed for, e.g. 'reading photographs'.

    Raises:
      errors.DependencyError: if it is missing.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise errors.DependencyError(
            f"{purpose} needs the package '{error.name}', which is missing: "
            f"pip install 'efficientnet-hub[{extra}]'"
        ) from error
    except ImportError as error:
        raise errors.DependencyError(
            f"{purpose} needs the package '{module}', which cannot be imported "
            f"({errors.first_line(error)}): is it too old or too new for the "
            "TensorFlow here?"
        ) from error
