"""Imports the packages that only some users need, or raises an error that names them.

The package requires only absl-py and protobuf. TensorFlow is installed as `tensorflow`,
`tensorflow-cpu` or `tensorflow-gpu` 1.x, and most other packages serve a single
command. A missing package is reported when it is used.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import re
import sys
from typing import Any

from . import errors

_TENSORFLOW_PURPOSE = "building and running modules"
_TENSORFLOW_HUB_PURPOSE = "loading modules"
# The packages that install TensorFlow, and a file of each.
_TENSORFLOW_PACKAGES = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu")
_TENSORFLOW_FILE = "tensorflow/__init__.py"
_RELEASE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_OLDEST_BUILDER = (1, 15)
# The oldest TensorFlow 2 that is tested.
_OLDEST_SAVED_MODEL_WRITER = (2, 15)


def tensorflow() -> Any:
    """Returns TensorFlow.

    Raises:
      errors.DependencyError: if it is missing, or older than 1.15.
    """
    module = optional("tensorflow", "tf", _TENSORFLOW_PURPOSE)
    _check_builds_modules(module.__version__)
    return module


def tensorflow_version() -> str:
    """Returns TensorFlow's version, without an import if its package says it.

    Raises:
      errors.DependencyError: if it is missing, or older than 1.15.
    """
    version = find_tensorflow_version()
    if version is None:
        return tensorflow().__version__
    _check_builds_modules(version)
    return version


def find_tensorflow_version() -> str | None:
    """Returns the version that TensorFlow's package says, or None.

    An import takes seconds. It is necessary with Python 3.7, which cannot read
    packages, and for a TensorFlow that is not a release or of another package.
    """
    if sys.version_info < (3, 8) or "tensorflow" in sys.modules:
        return None
    import importlib.metadata

    spec = importlib.util.find_spec("tensorflow")
    origin = None if spec is None else spec.origin
    for package in _TENSORFLOW_PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found = importlib.metadata.distribution(package)
            is_release = _RELEASE.fullmatch(found.version) is not None
            if is_release and origin == str(found.locate_file(_TENSORFLOW_FILE)):
                return found.version
    return None


def _check_builds_modules(tensorflow_version: str) -> None:
    if _parse_version(tensorflow_version) < _OLDEST_BUILDER:
        raise errors.DependencyError(
            "building modules needs TensorFlow 1.15 or newer, found "
            f"{tensorflow_version}: it can load modules that another TensorFlow built"
        )


def check_tensorflow_is_installed() -> None:
    """Checks that there is a TensorFlow, without importing it, which takes seconds.

    Raises:
      errors.DependencyError: if it is missing.
    """
    _check_is_installed("tensorflow", "tf", _TENSORFLOW_PURPOSE)


def check_tensorflow_hub_is_installed() -> None:
    """Checks that there is a tensorflow_hub, without importing it and TensorFlow.

    Raises:
      errors.DependencyError: if it is missing.
    """
    _check_is_installed("tensorflow_hub", "hub", _TENSORFLOW_HUB_PURPOSE)


def _check_is_installed(package: str, extra: str, purpose: str) -> None:
    if package in sys.modules:
        return
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise _describe_missing(package, extra, purpose)


def _parse_version(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def saved_model_writer() -> Any:
    """Returns TensorFlow, for writing a SavedModel that TensorFlow 2 can fine-tune.

    Raises:
      errors.DependencyError: if it is missing or too old.
    """
    module = tensorflow()
    if _parse_version(module.__version__) < _OLDEST_SAVED_MODEL_WRITER:
        raise errors.DependencyError(
            "the format 'savedmodel' needs TensorFlow 2.15 or newer, found "
            f"{module.__version__}, which can only write the format 'hub'"
        )
    return module


def saved_model_loader() -> Any:
    """Returns TensorFlow, for loading a SavedModel of TensorFlow 2.

    Raises:
      errors.DependencyError: if it is missing or too old.
    """
    module = tensorflow()
    if _parse_version(module.__version__) < (2,):
        raise errors.DependencyError(
            "loading a SavedModel of TensorFlow 2 needs TensorFlow 2, found "
            f"{module.__version__}"
        )
    return module


def protobuf() -> Any:
    """Returns protobuf, which every TensorFlow installs.

    Raises:
      errors.DependencyError: if it is missing or cannot be imported.
    """
    try:
        return importlib.import_module("google.protobuf")
    except ImportError as error:
        raise errors.DependencyError(
            "reading modules needs the package 'protobuf', which cannot be imported "
            f"({errors.first_line(error)}): pip install protobuf"
        ) from error


def estimator() -> Any:
    """Returns the `tf.estimator` of TensorFlow 1.

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


# Why a check is left out if `has_hub_module` is False.
NEEDS_HUB_MODULE = "needs hub.Module, of tensorflow_hub < 0.16"


def has_hub_module() -> bool:
    """Whether tensorflow_hub is installed and has `hub.Module`."""
    try:
        tensorflow_hub_with_module()
    except errors.DependencyError:
        return False
    return True


def tensorflow_hub_with_module() -> Any:
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


def tensorflow_hub() -> Any:
    """Returns tensorflow_hub.

    Raises:
      errors.DependencyError: if it is missing.
    """
    return optional("tensorflow_hub", "hub", _TENSORFLOW_HUB_PURPOSE)


def optional(module: str, extra: str, purpose: str) -> Any:
    """Imports a package that only some users need.

    Args:
      module: its import name.
      extra: the extra of this package that installs it.
      purpose: what it is needed for, e.g. 'reading photographs'.

    Raises:
      errors.DependencyError: if it is missing or cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise _describe_missing(error.name, extra, purpose) from error
    except ImportError as error:
        raise errors.DependencyError(
            f"{purpose} needs the package '{module}', which cannot be imported "
            f"({errors.first_line(error)}): is it too old or too new for the "
            "installed TensorFlow?"
        ) from error


def _describe_missing(
    package: str | None, extra: str, purpose: str
) -> errors.DependencyError:
    return errors.DependencyError(
        f"{purpose} needs the package '{package}', which is missing: "
        f"pip install 'efficientnet-hub[{extra}]'"
    )
