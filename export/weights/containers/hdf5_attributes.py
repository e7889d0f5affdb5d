"""Reads the attributes of an HDF5 file in which Keras has text."""

from __future__ import annotations

from typing import Any

import numpy as np

from .refusal import RefusedError, quoted

# Of a file and its groups. Keras 3 has the name of a layer in `name`.
_NAMES = (
    "backend",
    "keras_version",
    "layer_names",
    "model_config",
    "name",
    "weight_names",
)
# Keras has the names in several attributes with these names and a number if they have
# more than 64 KB together (HDF5_OBJECT_HEADER_LIMIT in its source).
_IN_PARTS = ("layer_names", "weight_names")
# The configuration of B7 has 400 KB.
_MOST_BYTES = 2**22
_MOST_TEXTS = 20_000


class AttributeReader:
    """Reads the attributes of the objects of a file, within bounds for all of them.

    Args:
      h5py: the library.
    """

    def __init__(self, h5py: Any):
        self._h5py = h5py
        self._bytes_left = _MOST_BYTES
        self._texts_left = _MOST_TEXTS

    def read_all(self, group: Any, path: str) -> dict[str, Any]:
        """Returns a text or a list of texts for each known attribute of a group.

        Args:
          group: the GroupID of the group.
          path: what messages call it.

        Raises:
          RefusedError: if an attribute is no text or list of texts, or too long.
        """
        found = {
            name: self._read(group, name, path)
            for name in _NAMES
            if self._h5py.h5a.exists(group, name.encode())
        }
        for name in _IN_PARTS:
            parts = self._read_parts(group, name, path)
            if parts:
                found.setdefault(name, parts)
        return found

    def _read_parts(self, group: Any, name: str, path: str) -> list[str]:
        texts: list[str] = []
        count = 0
        while self._h5py.h5a.exists(group, f"{name}{count}".encode()):
            part = self._read(group, f"{name}{count}", path)
            texts += part if isinstance(part, list) else [part]
            count += 1
            self._texts_left -= 1  # Of parts without texts, there may be any number.
        return texts

    def read_text(self, thing: Any, name: str, path: str) -> str | None:
        """Returns the text of an attribute, or None if there is none.

        Raises:
          RefusedError: if the attribute is no text, or too long.
        """
        if not self._h5py.h5a.exists(thing, name.encode()):
            return None
        found = self._read(thing, name, path)
        return found if isinstance(found, str) else None

    def _read(self, thing: Any, name: str, path: str) -> str | list[str]:
        h5py = self._h5py
        attribute = h5py.h5a.open(thing, name.encode())
        space, type_ = attribute.get_space(), attribute.get_type()
        shape = space.get_simple_extent_dims()
        count = space.get_simple_extent_npoints()
        if count == 0:  # Of an empty list, numpy does not know that it is one of texts.
            return []
        shown = f"attribute {quoted(name)} of {quoted(path or '/')}"
        if type_.get_class() != h5py.h5t.STRING or len(shape) > 1:
            raise _refuse(f"{shown}, which is no text or list of texts")
        self._texts_left -= count
        if not type_.is_variable_str():
            self._bytes_left -= count * type_.get_size()
        self._check_rest(shown)
        values = np.empty(shape, attribute.dtype)
        attribute.read(values)
        texts = [_decode(value, shown) for value in values.reshape(-1).tolist()]
        if type_.is_variable_str():
            self._bytes_left -= sum(map(len, texts))
        self._check_rest(shown)
        return texts if shape else texts[0]

    def _check_rest(self, shown: str) -> None:
        if self._bytes_left < 0 or self._texts_left < 0:
            raise _refuse(f"{shown}, of more bytes or texts than a model needs")


def _decode(value: Any, shown: str) -> str:
    try:
        return value if isinstance(value, str) else bytes(value).decode("utf-8")
    except (TypeError, UnicodeDecodeError) as error:
        raise _refuse(f"{shown}, which is not UTF-8") from error


def _refuse(found: str) -> RefusedError:
    return RefusedError(
        "attributes as Keras writes them", found, "another program wrote or damaged it"
    )
