"""The SavedModel has the same network as the hub module, and TensorFlow 2 trains it."""

from __future__ import annotations

import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf1
import tensorflow.compat.v2 as tf
import tensorflow_hub as hub

from efficientnet_hub.efficientnet import endpoints as endpoints_lib
from efficientnet_hub.export import exporter
from efficientnet_hub.export.saved_model import module_files
from efficientnet_hub.export.storage import archive_reader
from efficientnet_hub.tests import cases

_NAMES = [f"class {number}" for number in range(10)]
_SIZE = 32


@pytest.fixture(scope="module", name="both")
def _both(tiny, tmp_path_factory) -> exporter.ExportedModule:
    """`tiny` in both formats; not to be changed."""
    folder = tmp_path_factory.mktemp("both")
    labels = folder / "labels.txt"
    labels.write_text("\n".join(_NAMES) + "\n", encoding="utf-8")
    return exporter.export_module(
        tiny, "random", str(folder / "tiny"), labels=str(labels), format="both"
    )


@pytest.fixture(scope="module", name="saved_model")
def _saved_model(both) -> str:
    return both.saved_model.directory


@pytest.fixture(scope="module", name="images")
def _images() -> np.ndarray:
    """Alternating dark and bright images."""
    noise = np.random.RandomState(0).uniform(size=[8, _SIZE, _SIZE, 3])
    return (noise * np.array([0.2, 1.0] * 4)[:, None, None, None]).astype(np.float32)


@pytest.fixture(scope="module", name="labels")
def _labels() -> np.ndarray:
    return np.array([3, 7] * 4)


def _moving(layer) -> list[np.ndarray]:
    return [v.numpy() for v in layer.variables if "moving_" in v.name]


def _model(layer) -> tf.keras.Model:
    model = tf.keras.Sequential([tf.keras.Input([_SIZE, _SIZE, 3]), layer])
    model.compile(
        tf.keras.optimizers.SGD(0.1),
        tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


# What it is.


def test_logits_are_those_of_the_hub_module(both, saved_model, images):
    with tf1.Graph().as_default(), tf1.Session() as session:
        logits = hub.Module(both.directory)(images)
        session.run(tf1.global_variables_initializer())
        expected = session.run(logits)

    for found in (
        hub.load(saved_model)(images),
        hub.KerasLayer(saved_model)(images),
        tf.saved_model.load(saved_model).signatures["serving_default"](
            tf.constant(images)
        )["logits"],
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_variables_are_those_of_the_hub_module(both, saved_model):
    with tf1.Graph().as_default():
        hub.Module(both.directory, trainable=True, tags={"train"}, name="module")
        names = [v.op.name[len("module/") :] for v in tf1.global_variables()]
        trainable = [v.op.name[len("module/") :] for v in tf1.trainable_variables()]

    loaded = hub.load(saved_model)

    assert sorted(v.name[: -len(":0")] for v in loaded.variables) == sorted(names)
    assert sorted(v.name[: -len(":0")] for v in loaded.trainable_variables) == sorted(
        trainable
    )


def test_class_names_are_an_asset(saved_model):
    loaded = hub.load(saved_model)

    with open(loaded.class_names.asset_path.numpy(), encoding="utf-8") as file:
        assert file.read().splitlines() == _NAMES


@pytest.mark.slow
def test_without_class_names_there_is_no_asset(export):
    exported = export(format="savedmodel")

    assert not hasattr(hub.load(exported.directory), "class_names")
    assert "--labels attaches them" in exported.notes[-1]


@pytest.mark.slow
def test_a_feature_vector_module_returns_features(export, images, tiny):
    loaded = hub.load(export(task="feature-vector", format="savedmodel").directory)

    served = loaded.signatures["serving_default"](tf.constant(images))
    assert list(served) == ["feature_vector"]
    assert loaded(images).shape == [8, 16]
    np.testing.assert_allclose(served["feature_vector"], loaded(images), rtol=1e-5)


# Endpoints.


def _endpoints(tiny) -> set[str]:
    reductions = len(endpoints_lib.reductions(tiny.blocks()))
    indices = [block.index for block in tiny.blocks()]
    names = endpoints_lib.names(indices, reductions, has_classifier=True)
    return {"default", *(f"{tiny.name}/{name}" for name in names)}


@pytest.mark.parametrize("trainable", cases.slow_after(1, [False, True]))
def test_a_keras_layer_returns_the_endpoints(trainable, saved_model, images, tiny):
    layer = hub.KerasLayer(
        saved_model, trainable=trainable, arguments={"return_endpoints": True}
    )

    found = layer(images)

    assert set(found) == _endpoints(tiny)
    assert found[f"{tiny.name}/reduction_1"].shape == [8, 16, 16, 8]
    expected = hub.KerasLayer(saved_model)(images)
    np.testing.assert_allclose(found["default"], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("training", [False, True])
def test_a_loaded_object_returns_the_endpoints(training, saved_model, images, tiny):
    loaded = tf.saved_model.load(saved_model)
    before = [v.numpy() for v in loaded.variables if "moving_" in v.name]

    found = loaded(images, training=training, return_endpoints=True)

    assert set(found) == _endpoints(tiny)
    after = [v.numpy() for v in loaded.variables if "moving_" in v.name]
    assert all(map(np.array_equal, before, after)) == (not training)


@pytest.mark.slow
def test_a_model_trains_on_endpoints(saved_model, images, labels, tiny):
    """As a feature pyramid does."""
    layer = hub.KerasLayer(
        saved_model, trainable=True, arguments={"return_endpoints": True}
    )
    inputs = tf.keras.Input([_SIZE, _SIZE, 3])
    endpoints = layer(inputs)
    levels = [endpoints[f"{tiny.name}/reduction_{level}"] for level in (1, 2)]
    pooled = [tf.keras.layers.GlobalAveragePooling2D()(level) for level in levels]
    outputs = tf.keras.layers.Dense(10)(tf.keras.layers.Concatenate()(pooled))
    model = tf.keras.Model(inputs, outputs)
    model.compile("sgd", tf.keras.losses.SparseCategoricalCrossentropy(True))
    before = {v.name: v.numpy() for v in layer.variables}

    model.fit(images, labels, verbose=0)

    changed = [v.name for v in layer.variables if np.any(v.numpy() != before[v.name])]
    assert f"{tiny.name}/stem/conv2d/kernel:0" in changed
    assert any("moving_mean" in name for name in changed)


def test_the_class_has_a_gradient_for_the_last_feature_maps(saved_model, images, tiny):
    """Grad-CAM, as docs/usage.md shows it."""
    loaded = hub.load(saved_model)
    variables = {v.name: v for v in loaded.variables}
    kernel = variables[f"{tiny.name}/head/dense/kernel:0"]
    outputs = loaded(images, return_endpoints=True)
    maps = outputs[f"{tiny.name}/head_1x1"]

    with tf.GradientTape() as tape:
        tape.watch(maps)
        bias = variables[f"{tiny.name}/head/dense/bias:0"]
        logits = tf.reduce_mean(maps, [1, 2]) @ kernel + bias
        score = logits[:, 3]
    gradients = tape.gradient(score, maps)

    np.testing.assert_allclose(logits, outputs["default"], rtol=1e-4, atol=1e-5)
    height, width = maps.shape[1:3]
    np.testing.assert_allclose(
        gradients[0, 0, 0], kernel[:, 3] / (height * width), rtol=1e-5
    )


# Training.


@pytest.mark.slow
def test_a_keras_layer_trains(saved_model, images, labels):
    layer = hub.KerasLayer(saved_model, trainable=True)
    model = _model(layer)
    moving, logits = _moving(layer), model.predict(images, verbose=0)

    losses = model.fit(images, labels, batch_size=8, epochs=12, verbose=0).history[
        "loss"
    ]

    assert losses[-1] < 0.8 * losses[0]
    assert not any(map(np.array_equal, moving, _moving(layer)))
    # Evaluation uses the moving averages and does not change them.
    moving = _moving(layer)
    assert not np.allclose(model.predict(images, verbose=0), logits, atol=1e-3)
    whole, parts = (model.predict(images, batch_size=n, verbose=0) for n in (8, 1))
    np.testing.assert_allclose(whole, parts, rtol=1e-4, atol=1e-5)
    assert all(map(np.array_equal, moving, _moving(layer)))


@pytest.mark.slow
def test_a_layer_that_is_not_trainable_does_not_change(saved_model, images, labels):
    layer = hub.KerasLayer(saved_model)
    model = tf.keras.Sequential(
        [tf.keras.Input([_SIZE, _SIZE, 3]), layer, tf.keras.layers.Dense(10)]
    )
    model.compile("sgd", tf.keras.losses.SparseCategoricalCrossentropy(True))
    before = [v.numpy() for v in layer.variables]

    model.fit(images, labels, verbose=0)

    assert not layer.trainable_variables
    for value, variable in zip(before, layer.variables):
        np.testing.assert_array_equal(value, variable)


@pytest.mark.slow
def test_a_float32_layer_trains_in_a_model_of_mixed_precision(
    saved_model, images, labels
):
    tf.keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        layer = hub.KerasLayer(saved_model, trainable=True, dtype=tf.float32)
        dense = tf.keras.layers.Dense(10)
        model = tf.keras.Sequential([tf.keras.Input([_SIZE, _SIZE, 3]), layer, dense])
        optimizer = tf.keras.optimizers.SGD(0.1)
        model.compile(optimizer, tf.keras.losses.SparseCategoricalCrossentropy(True))
        moving = _moving(layer)

        model.fit(images, labels, verbose=0)

        assert dense.compute_dtype == "float16"
        assert not any(map(np.array_equal, moving, _moving(layer)))
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")


@pytest.mark.slow
def test_the_momentum_is_an_argument(saved_model, images):
    def moved(**options):
        layer = hub.KerasLayer(saved_model, trainable=True, **options)
        before = _moving(layer)
        layer(images, training=True)
        return [new - old for new, old in zip(_moving(layer), before)]

    by_default = moved()
    by_argument = moved(arguments={"batch_norm_momentum": 0.9})

    # The first moving averages. Those after stochastic depth are random.
    for a_hundredth, a_tenth in zip(by_default[:2], by_argument[:2]):
        assert np.any(a_hundredth)
        np.testing.assert_allclose(a_tenth, 10 * a_hundredth, rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_regularization_losses_are_those_of_the_hub_module(both, saved_model):
    with tf1.Graph().as_default(), tf1.Session() as session:
        hub.Module(both.directory, trainable=True, tags={"train"})
        loss = tf1.losses.get_regularization_loss()
        session.run(tf1.global_variables_initializer())
        expected = session.run(loss)

    (loss,) = hub.KerasLayer(saved_model, trainable=True).losses

    assert loss.numpy() == pytest.approx(expected, rel=1e-5)


# The same inputs give the same bytes.


@pytest.mark.slow
def test_another_process_gives_the_same_bytes(
    both, tiny, tmp_path, start_python, contents
):
    (tmp_path / "elsewhere").mkdir()
    process = start_python(
        """if True:
        import os, sys
        os.umask(0o077)
        import tensorflow as tf
        from efficientnet_hub.efficientnet.config import NetworkConfig, StageConfig
        from efficientnet_hub.export import exporter

        # A program that has built other graphs, and is building one.
        tf.function(lambda x: x + tf.Variable(1.0, trainable=False) if 0 else x)(1)
        variables = [tf.Variable(1.0) for _ in range(1234)]
        with tf.Graph().as_default():
            exporter.export_module(
                eval(sys.argv[1]),
                "random",
                "tiny",
                labels=sys.argv[2],
                format="savedmodel",
                archive="tiny.tar.gz",
            )
        """,
        repr(tiny),
        os.path.join(os.path.dirname(os.path.dirname(both.directory)), "labels.txt"),
        cwd=str(tmp_path / "elsewhere"),
        environment={"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
    )
    output = process.communicate()

    assert process.returncode == 0, output
    here = contents(both.saved_model.directory)
    there = contents(tmp_path / "elsewhere" / "tiny")
    assert (
        sorted(here)
        == sorted(there)
        == [
            "assets/class_names.txt",
            "assets/module_facts.json",
            "saved_model.pb",
            "variables/variables.data-00000-of-00001",
            "variables/variables.index",
        ]
    )
    assert [name for name in here if here[name] != there[name]] == []
    with archive_reader.unpack(str(tmp_path / "elsewhere" / "tiny.tar.gz")) as unpacked:
        assert contents(unpacked) == here


def test_it_is_distinguished_from_a_module_in_the_hub_format(both, saved_model):
    assert module_files.is_saved_model_2(saved_model)
    assert not module_files.is_saved_model_2(both.directory)
