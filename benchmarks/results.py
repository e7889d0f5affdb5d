"""Reads and writes the measurements of a part, with date, machine and versions."""

from __future__ import annotations

import datetime
import json
import os
import platform

# The packages whose versions are recorded, if they are installed.
_PACKAGES = (
    "tensorflow",
    "tensorflow_hub",
    "keras",
    "numpy",
    "tf2onnx",
    "onnxruntime",
    "openvino",
)


def write(path: str, part: str, measured: dict) -> None:
    """Writes `{part, date, machine, environment, measured}` as JSON.

    Args:
      path: the file.
      part: what was measured, e.g. 'running'.
      measured: raw samples, by what they are of; numbers, strings, lists and dicts.
    """
    content = {
        "part": part,
        "date": datetime.date.today().isoformat(),
        "machine": _machine(),
        "environment": dict(_versions(), python=platform.python_version()),
        "measured": measured,
    }
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        json.dump(content, file, indent=1, sort_keys=True)


def read(path: str) -> dict:
    """Reads a file that `write` wrote."""
    with open(path) as file:
        return json.load(file)


def _machine():
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.system(),
    }


def _cpu_model():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _versions():
    try:
        from importlib import metadata
    except ImportError:  # Python 3.7; TensorFlow depends on the backport.
        import importlib_metadata as metadata
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
