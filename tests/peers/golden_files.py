"""Writes the files of other libraries again, from what golden files store."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Mapping

import numpy as np

from efficientnet_hub.tests.export.weights import pytorch_files_written
from efficientnet_hub.tests.peers import weights_by_name


def write(stored: Mapping[str, Any], form: str, path: pathlib.Path) -> None:
    """Writes a file or a folder.

    Args:
      stored: an entry of `golden_cases.read_arrays`.
      form: 'pth', 'safetensors', 'folder' as on the Hugging Face hub, 'h5' or
        'weights.h5'.
      path: where to write it.
    """
    _WRITERS[form](stored, path)


def _fill(stored: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Returns each array of a file by what the file calls it."""
    arrays = {}
    for each in stored["arrays"]:
        if "value" in each:
            value = np.array(each["value"], each["type"]).reshape(each["shape"])
        else:
            name = each.get("name", each["path"])
            value = weights_by_name.array(name, each["shape"])
            value = value * np.float32(stored["scales"].get(name, 1))
        arrays[each["path"]] = value
    return arrays


def _write_pth(stored: Mapping[str, Any], path: pathlib.Path) -> None:
    pytorch_files_written.write(path, _fill(stored))


def _write_safetensors(stored: Mapping[str, Any], path: pathlib.Path) -> None:
    from safetensors import numpy as safetensors

    safetensors.save_file(_fill(stored), str(path))


def _write_folder(stored: Mapping[str, Any], path: pathlib.Path) -> None:
    path.mkdir()
    _write_safetensors(stored, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps(stored["config"]), "utf-8")


def _write_hdf5(stored: Mapping[str, Any], path: pathlib.Path) -> None:
    import h5py

    with h5py.File(str(path), "w") as file:
        for place, value in _fill(stored).items():
            file[place] = value
        for place, attributes in stored["attributes"].items():
            group = file.require_group(place)
            for name, value in attributes.items():
                is_list = isinstance(value, list)
                group.attrs[name] = np.array(value, "S") if is_list else value


_WRITERS = {
    "pth": _write_pth,
    "safetensors": _write_safetensors,
    "folder": _write_folder,
    "h5": _write_hdf5,
    "weights.h5": _write_hdf5,
}
