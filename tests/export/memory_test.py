"""What an export takes in memory: TensorFlow, the weights once, and little else."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter
from efficientnet_hub.export.weights import library_files
from efficientnet_hub.export.weights.naming import pytorch_layout, timm
from efficientnet_hub.tests import fresh_process
from efficientnet_hub.tests.export.weights import golden_keys

pytestmark = pytest.mark.slow

# Half of what it is allowed is for its weights, so that nothing may hold them twice.
_MODEL = "efficientnet-b4"
_ALLOWED_BYTES = 100 * 2**20
_ALLOWED_WEIGHTS = 1.3
_SOURCE_MODEL = "timm/tf_efficientnet_b4"

# Not ru_maxrss, which counts the process that started this one too.
_PEAK = """
import re
with open("/proc/self/status") as file:
    print(re.search(r"VmHWM:\\s*(\\d+) kB", file.read()).group(1))
"""


def _peak(program: str) -> int:
    """Returns the most bytes that a program in a process of its own has resident."""
    return 1024 * int(fresh_process.run(program + _PEAK).split()[-1])


def _exporting(weights: str, output: pathlib.Path) -> str:
    return f"""
from efficientnet_hub.export import exporter

exporter.export_module({_MODEL!r}, {weights!r}, {str(output)!r})
"""


@pytest.fixture(scope="module", name="written")
def _written(tmp_path_factory) -> exporter.ExportedModule:
    output = tmp_path_factory.mktemp("memory") / "module"
    return exporter.export_module(_MODEL, "random", str(output))


@pytest.fixture(scope="module", name="bound")
def _bound(written) -> float:
    prefix = written.directory + "/variables/variables"
    shapes = tf.train.load_checkpoint(prefix).get_variable_to_shape_map()
    weights = sum(4 * int(np.prod(shape)) for shape in shapes.values())
    imported = _peak("import tensorflow.compat.v1")
    return imported + _ALLOWED_BYTES + _ALLOWED_WEIGHTS * weights


def test_random_weights_are_held_once(bound, tmp_path):
    assert _peak(_exporting("random", tmp_path / "module")) <= bound


def test_a_checkpoints_weights_are_held_once(bound, written, tmp_path):
    prefix = written.directory + "/variables/variables"

    assert _peak(_exporting(prefix, tmp_path / "module")) <= bound


# What a process that reads a file has besides TensorFlow, which it does not import, and
# what is larger than the weights of b4: the largest array, and a little.
_ALLOWED_TO_READ = 40 * 2**20


@pytest.fixture(scope="module", name="values")
def _values() -> dict[str, np.ndarray]:
    """An array of each variable, without the graphs that take seconds."""
    network = config_lib.get_config(_MODEL)
    names = timm.LIBRARY.name_variables(network)
    values = {}
    for key, shape in golden_keys.read_shapes("timm", _MODEL).items():
        if key in names:
            axes = pytorch_layout.find_axes(names[key], len(shape))
            sizes = shape if axes is None else [shape[axis] for axis in axes]
            values[names[key]] = np.random.rand(*sizes).astype(np.float32)
    return values


def _reading(path: pathlib.Path, shapes: pathlib.Path) -> str:
    if path.suffix == ".h5":
        opening = "keras_source.open_source(path, network)"
    else:
        opening = (
            f"pytorch_source.open_source(path, network, {_SOURCE_MODEL!r}, 'auto')"
        )
    return f"""
import json
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import keras_source, pytorch_source

path, network = {str(path)!r}, config_lib.get_config({_MODEL!r})
with open({str(shapes)!r}) as file:
    shapes = json.load(file)
opened = {opening}
weights = opened.read(network, shapes, False)
assert len(weights.values) == len(shapes)
"""


@pytest.mark.parametrize(
    ("to", "name"),
    [("pth", "w.pth"), ("safetensors", "w.safetensors"), ("keras", "w.weights.h5")],
)
def test_a_librarys_weights_are_held_once(to, name, values, tmp_path):
    network = config_lib.get_config(_MODEL)
    library = None if to == "keras" else "timm"
    path, shapes = tmp_path / name, tmp_path / "shapes.json"
    library_files.write(str(path), values, network, to, library)
    shapes.write_text(json.dumps({n: value.shape for n, value in values.items()}))

    peak = _peak(_reading(path, shapes))

    imported = _peak(
        "from efficientnet_hub.export.weights import keras_source, pytorch_source"
    )
    weights = sum(value.nbytes for value in values.values())
    assert peak <= imported + _ALLOWED_TO_READ + _ALLOWED_WEIGHTS * weights


# A classifier that is most of the weights, and few ops.
_WIDE = ("efficientnet-lite0", 100_000)
_ALLOWED_COPIES = 2.0
# Its graphs, which tf.saved_model.save copies.
_ALLOWED_GRAPHS = 250 * 2**20


def test_a_saved_models_weights_are_held_twice(tmp_path):
    # TensorFlow keeps the memory of its reader of checkpoints, the first copy.
    model, num_classes = _WIDE
    module = exporter.export_module(
        model, "random", str(tmp_path / "hub"), num_classes=num_classes
    )
    prefix = module.directory + "/variables/variables"
    shapes = tf.train.load_checkpoint(prefix).get_variable_to_shape_map()
    weights = sum(4 * int(np.prod(shape)) for shape in shapes.values())

    peak = _peak(f"""
from efficientnet_hub.export import exporter

exporter.export_module(
    {model!r}, {prefix!r}, {str(tmp_path / "module")!r}, num_classes={num_classes},
    format="savedmodel",
)
""")

    imported = _peak("import tensorflow.compat.v1")
    assert peak <= imported + _ALLOWED_GRAPHS + _ALLOWED_COPIES * weights
