"""A part's measurements as a file: what was measured, where, with what, and when."""

from __future__ import annotations

import datetime
import json
import os
import platform

# Whose versions explain a measurement, where they are installed.
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
    """Returns what `write` wrote."""
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
    except ImportError:  # Python 3.7, where TensorFlow brings it.
        import importlib_metadata as metadata
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
