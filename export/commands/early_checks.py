"""Checks arguments of a command before TensorFlow is imported, which takes seconds."""

from __future__ import annotations

import functools
import sys
from typing import Any, Callable, ContextManager, TypeVar, cast

from ... import dependencies
from ..saved_model import module_files
from ..storage import archive_reader

_CheckT = TypeVar("_CheckT", bound=Callable[..., None])


def before_tensorflow(check: _CheckT) -> _CheckT:
    """Returns a check that first requires an installed TensorFlow.

    The check raises `errors.DependencyError` if there is none. It does nothing if
    TensorFlow is imported.
    """

    @functools.wraps(check)
    def checked(*arguments: Any) -> None:
        if "tensorflow" not in sys.modules:
            dependencies.check_tensorflow_is_installed()
            check(*arguments)

    return cast(_CheckT, checked)


def open_graphs(path: str) -> ContextManager[str]:
    """Gives the directory of a module, or one with the graphs of its archive."""
    return archive_reader.unpack(path, only=module_files.GRAPH_FILES)
