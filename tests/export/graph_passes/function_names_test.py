"""The names of functions depend only on their content."""

from __future__ import annotations

import re

import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from tensorflow.core.protobuf import saved_model_pb2

from efficientnet_hub.export.graph_passes import function_names


def _program(factor: float) -> tf.Module:
    module = tf.Module()
    module.weight = tf.Variable([1.0, 2.0])
    inner = tf.function(lambda x: factor * x * module.weight)
    module.outer = tf.function(
        lambda x: inner(x) + 1.0, [tf.TensorSpec([2], tf.float32)]
    )
    module.inner = inner
    return module


@pytest.fixture(name="save")
def _save(tmp_path):
    """Returns a function that saves such a program, renamed, and returns its file."""

    def _saved(name: str, factor: float = 2.0):
        folder = tmp_path / name
        tf.saved_model.save(_program(factor), str(folder))
        path = folder / "saved_model.pb"
        saved_model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
        before = _functions(saved_model)
        function_names.name_by_content(saved_model.meta_graphs[0])
        path.write_bytes(saved_model.SerializeToString(deterministic=True))
        return path, before

    return _saved


def _functions(saved_model) -> list[str]:
    library = saved_model.meta_graphs[0].graph_def.library
    return [function.signature.name for function in library.function]


def _names(path) -> list[str]:
    return _functions(saved_model_pb2.SavedModel.FromString(path.read_bytes()))


def test_a_function_created_later_has_the_same_bytes(save):
    first, names = save("first")
    second, later_names = save("second")

    assert set(names) != set(later_names)
    assert first.read_bytes() == second.read_bytes()
    assert not [n for n in names if re.search(rb"\b%s\b" % n.encode(), _bytes(first))]


def _bytes(path) -> bytes:
    return path.read_bytes()


def test_a_different_function_has_a_different_name(save):
    doubled, tripled = (_names(save(str(n), factor=n)[0]) for n in (2.0, 3.0))

    # The functions that save and restore are the same.
    differing = set(doubled) - set(tripled)
    assert len(differing) == len(doubled) - 2
    assert all("traced" not in name for name in differing)


def test_the_functions_are_found_by_their_new_names(save):
    path, _ = save("renamed")

    loaded = tf.saved_model.load(str(path.parent))

    np.testing.assert_array_equal(loaded.outer(tf.constant([1.0, 1.0])), [3.0, 5.0])
    with tf.GradientTape() as tape:
        value = loaded.outer(tf.constant([1.0, 1.0]))
    np.testing.assert_array_equal(tape.gradient(value, loaded.weight), [2.0, 2.0])


def test_no_attribute_depends_on_the_devices(save):
    path, _ = save("anywhere")

    assert b"GPU" not in path.read_bytes()
