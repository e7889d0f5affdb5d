"""The file of facts in a SavedModel of TensorFlow 2.

A module in the TF1 Hub format has messages attached to its graphs. TensorFlow 2 keeps
no attached messages, but it keeps assets: a program that loads, trains and saves the
object again also saves the file.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Sequence

from ... import errors, escaping, json_files
from ...signatures import class_names as class_names_lib

# The attribute of the loaded object, and the name of the file.
ATTRIBUTE = "module_facts"
FILE_NAME = ATTRIBUTE + ".json"
# Its path in the directory of a SavedModel. '/' because archives have it.
PATH = f"assets/{FILE_NAME}"

_NETWORK, _IMAGE_SIZE, _CLASS_NAMES = "network", "image_size", "class_names"
_WHAT = "the facts about a module"


@dataclasses.dataclass(frozen=True)
class ModuleFacts:
    """What a SavedModel says of its module.

    Attributes:
      network: text about the network by name, as in the attached message 'network'.
      image_size: the expected height and width of images, in pixels. What is read may
        be any integer.
      class_names: the name of each class in the order of the logits, or None.
    """

    network: dict[str, str]
    image_size: int
    class_names: Sequence[str] | None


def write(path: str, facts: ModuleFacts) -> None:
    """Writes a file of facts.

    Raises:
      OSError: if it cannot be written.
    """
    names = facts.class_names
    json_files.write(
        path,
        {
            _NETWORK: facts.network,
            _IMAGE_SIZE: facts.image_size,
            _CLASS_NAMES: None if names is None else list(names),
        },
    )


def read(directory: str, name: str) -> ModuleFacts:
    """Reads the file of facts in a SavedModel.

    Args:
      directory: the directory of the SavedModel.
      name: what to call it in errors.

    Raises:
      errors.InputError: if the file is missing or damaged, or a value has another type.
    """
    path = os.path.join(directory, *PATH.split("/"))
    if not os.path.lexists(path):
        raise errors.InputError(
            f"SavedModel '{name}' must say which network it is, in its file {PATH}, "
            "found no such file: did another program write it, or an older version?"
        )
    document = json_files.read(path, _WHAT)
    problem = _find_problem(document)
    if problem is not None:
        raise json_files.describe_damage(path, _WHAT, problem)
    return ModuleFacts(
        document[_NETWORK], document[_IMAGE_SIZE], document[_CLASS_NAMES]
    )


def _find_problem(document: Any) -> str | None:
    """Returns what a document has in place of facts, None if nothing is wrong."""
    if not isinstance(document, dict):
        return f"a {type(document).__name__}"
    for field in (_NETWORK, _IMAGE_SIZE, _CLASS_NAMES):
        if field not in document:
            return f"no '{field}'"
    network, names = document[_NETWORK], document[_CLASS_NAMES]
    if not isinstance(network, dict) or not all(map(_is_text, network.values())):
        return f"'{_NETWORK}' with {escaping.show_value(network)}"
    if type(document[_IMAGE_SIZE]) is not int:
        return f"'{_IMAGE_SIZE}' with {escaping.show_value(document[_IMAGE_SIZE])}"
    if names is not None and not (
        isinstance(names, list) and all(map(_is_text, names))
    ):
        return f"'{_CLASS_NAMES}' with {escaping.show_value(names)}"
    return None


def _is_text(value: Any) -> bool:
    longest = class_names_lib.MAX_NAME_CHARACTERS
    return isinstance(value, str) and len(value) <= longest
