"""Compares the network with the publisher's values."""

from __future__ import annotations

import collections

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network
from efficientnet_hub.tests import cases, golden

_Inference = collections.namedtuple("_Inference", "golden variables endpoints outputs")
_Training = collections.namedtuple("_Training", "golden variables logits moving")


def _images_input():
    return tf.placeholder(tf.float32, [None, None, None, 3])


def _described_variables() -> list[dict]:
    trainable = {variable.op.name for variable in tf.trainable_variables()}
    return [
        {
            "name": variable.op.name,
            "shape": variable.shape.as_list(),
            "trainable": variable.op.name in trainable,
        }
        for variable in tf.global_variables()
    ]


def _updates():
    return tf.get_collection(tf.GraphKeys.UPDATE_OPS)


def _op_types(graph: tf.Graph) -> list[str]:
    return [op.type for op in graph.get_operations()]


@pytest.fixture(
    name="inference",
    scope="module",
    params=cases.slow_after(
        2, ["efficientnet-b0", "efficientnet-lite0", "efficientnet-b2"]
    ),
)
def _inference(request):
    figures = golden.figures(request.param)
    size = figures["size"]
    with tf.Graph().as_default(), tf.Session() as session:
        images = _images_input()
        _, endpoints = network.build_model(images, request.param, training=False)
        golden.fill(session)
        outputs = session.run(
            dict(endpoints), {images: golden.images(7, 2, size, size)}
        )
        return _Inference(figures, _described_variables(), list(endpoints), outputs)


@pytest.fixture(
    name="training",
    scope="module",
    params=cases.slow_after(
        1, ["efficientnet-lite0.train128", "efficientnet-b0.train96"]
    ),
)
def _training(request):
    figures = golden.figures(request.param)
    config = config_lib.get_config(
        figures["model"], dropout_rate=0.0, survival_probability=1.0
    )
    batch = golden.images(
        figures["image_seed"], figures["batch"], figures["size"], figures["size"]
    )
    with tf.Graph().as_default(), tf.Session() as session:
        images = _images_input()
        logits, _ = network.build_model(images, config, training=True)
        golden.fill(session)
        logits = session.run(logits, {images: batch})
        assert len(_updates()) == figures["num_update_ops"]
        session.run(_updates(), {images: batch})
        averages = [v for v in tf.global_variables() if "/moving_" in v.op.name]
        moving = session.run({average.op.name: average for average in averages})
        return _Training(figures, _described_variables(), logits, moving)


def test_variables_are_those_of_the_publisher(inference):
    assert inference.variables == inference.golden["variables"]


@pytest.mark.parametrize("output", ["logits", "pooled_features"])
def test_inference_matches_the_publisher(inference, output):
    published = np.array(inference.golden[output])
    published = published.reshape(inference.outputs[output].shape)  # Lite's: [b,1,1,f]

    difference = np.abs(inference.outputs[output] - published).max()

    assert difference < 1e-4 * published.std()


def test_endpoints_match_the_publisher(inference):
    for name, published in inference.golden["endpoints"].items():
        values = inference.outputs[name].astype(np.float64)
        bound = 1e-4 * published["std"]

        assert values.size == np.prod(published["shape"]), name
        assert values.mean() == pytest.approx(published["mean"], abs=bound), name
        assert values.std() == pytest.approx(published["std"], abs=bound), name
        norm = np.linalg.norm(values.ravel())
        assert norm == pytest.approx(published["l2"], rel=1e-4), name


def test_endpoints_are_the_documented_ones_in_order(inference):
    blocks = {"efficientnet-b2": 23}.get(inference.golden["model"], 16)
    single = [name for name in inference.endpoints if "reduction_" not in name]
    reductions = [name for name in inference.endpoints if "reduction_" in name]

    assert single == (
        ["stem"]
        + [f"block_{index}" for index in range(blocks)]
        + ["features", "head_1x1", "pooled_features", "logits"]
    )
    assert reductions == [f"reduction_{number}" for number in range(1, 6)]


def test_training_has_the_variables_of_inference(training):
    assert training.variables == golden.figures(training.golden["model"])["variables"]


def test_training_matches_the_publisher(training):
    # By root mean square: the figures are TensorFlow 1.15's, whose float32 mean of
    # a batch, 16,384 pixels for lite0's stem, is off by 1e-5. That alone moves one
    # logit or the other by slightly more than 1e-4.
    published = np.array(training.golden["logits"])

    difference = np.sqrt(np.mean((training.logits - published) ** 2))

    assert difference < 1e-4 * published.std()


def test_one_update_changes_the_averages_as_in_the_publishers_program(training):
    assert sorted(training.moving) == sorted(training.golden["moving"])
    for name, published in training.golden["moving"].items():
        values = training.moving[name].astype(np.float64)
        bound = 1e-5 * published["l2"]

        assert np.linalg.norm(values) == pytest.approx(published["l2"], abs=bound), name
        # A difference of this norm moves the mean by 1 / sqrt(n) of it.
        mean_bound = bound / np.sqrt(values.size)
        assert values.mean() == pytest.approx(published["mean"], abs=mean_bound), name


@pytest.fixture(name="any_size", scope="module")
def _any_size():
    """A session, its images of unknown shape, and the endpoints of the network."""
    with tf.Graph().as_default(), tf.Session() as session:
        images = _images_input()
        with tf.variable_scope("", reuse=tf.AUTO_REUSE):
            _, endpoints = network.build_model(images, "efficientnet-lite0", False)
        golden.fill(session)
        yield session, images, endpoints


@pytest.mark.parametrize(("height", "width"), [(33, 97), (64, 65), (5, 2), (1, 1)])
def test_images_may_have_any_size(any_size, height, width):
    session, images, endpoints = any_size
    batch = golden.images(0, 2, height, width)

    outputs = session.run(dict(endpoints), {images: batch})

    for number in range(1, 6):
        # Each reduction halves the size, rounded up: -(-n // d) is n / d rounded up.
        assert outputs[f"reduction_{number}"].shape[:3] == (
            2,
            -(-height // 2**number),
            -(-width // 2**number),
        )
    assert outputs["pooled_features"].shape == (2, 1280)
    assert outputs["logits"].shape == (2, 1000)


@pytest.mark.slow
@pytest.mark.parametrize(("height", "width"), [(33, 97), (1, 1)])
def test_a_static_size_changes_nothing(any_size, height, width):
    session, images, endpoints = any_size
    batch = golden.images(0, 2, height, width)
    with session.graph.as_default(), tf.variable_scope("", reuse=True):
        logits, _ = network.build_model(tf.constant(batch), "efficientnet-lite0", False)

    expected = session.run(endpoints["logits"], {images: batch})

    assert logits.shape.as_list() == [2, 1000]
    np.testing.assert_allclose(
        session.run(logits), expected, rtol=0, atol=1e-5 * expected.std()
    )


@pytest.mark.parametrize(
    "model", cases.slow_after(1, ["efficientnet-lite0", "efficientnet-b0"])
)
@pytest.mark.parametrize("training", [False, True])
def test_the_graph_has_nothing_that_a_module_must_not_have(model, training):
    with tf.Graph().as_default() as graph:
        network.build_model(_images_input(), model, training)

    assert not graph.as_graph_def().library.function
    assert "SelectV2" not in _op_types(graph)
    for op in graph.get_operations():
        assert "_gradient_op_type" not in op.node_def.attr, op.name


@pytest.mark.slow
def test_only_training_is_random_and_updates_averages():
    with tf.Graph().as_default() as graph:
        network.build_model(_images_input(), "efficientnet-b0", training=False)

        assert _updates() == []
        assert not [kind for kind in _op_types(graph) if "Random" in kind]

    with tf.Graph().as_default() as graph:
        network.build_model(_images_input(), "efficientnet-b0", training=True)

        # A mean and a variance for each of the 49 batch normalizations; dropout,
        # and stochastic depth in each of the 9 blocks with a residual.
        assert len(_updates()) == 98
        assert _op_types(graph).count("RandomUniform") == 10


@pytest.mark.slow
def test_squeeze_and_excite_has_no_slice_with_new_axes():
    # TensorFlow 1 cannot convert such a slice to TensorFlow Lite.
    with tf.Graph().as_default() as graph:
        network.build_model(_images_input(), "efficientnet-b0", training=False)

    slices = [op.name for op in graph.get_operations() if op.type == "StridedSlice"]
    assert not [name for name in slices if "/se/" in name]


@pytest.mark.slow
def test_momentum_may_be_a_tensor():
    config = config_lib.get_config(
        "efficientnet-lite0", dropout_rate=0.0, survival_probability=1.0
    )
    batch = golden.images(0, 4, 32, 32)
    with tf.Graph().as_default(), tf.Session() as session:
        images, momentum = _images_input(), tf.placeholder(tf.float32, [])
        network.build_model(images, config, True, batch_norm_momentum=momentum)
        averages = {
            v.op.name: v for v in tf.global_variables() if "/moving_" in v.op.name
        }

        def averages_after_an_update(value):
            golden.fill(session)
            session.run(_updates(), {images: batch, momentum: value})
            return session.run(averages)

        old = averages_after_an_update(1.0)
        batch_statistics = averages_after_an_update(0.0)
        mixed = averages_after_an_update(0.25)

    for name in averages:
        np.testing.assert_array_equal(old[name], golden.weight(name, old[name].shape))
        assert (batch_statistics[name] != old[name]).any(), name
        np.testing.assert_allclose(
            mixed[name],
            0.25 * old[name] + 0.75 * batch_statistics[name],
            rtol=1e-4,
            atol=1e-5,
            err_msg=name,
        )


@pytest.mark.slow
def test_dropout_comes_after_the_pooled_features():
    config = config_lib.get_config("efficientnet-lite0", survival_probability=1.0)
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.constant(golden.images(0, 4, 32, 32))
        logits, endpoints = network.build_model(images, config, training=True)
        golden.fill(session)
        outputs = [endpoints["pooled_features"], logits]
        features, logits = session.run(outputs)
        features_again, logits_again = session.run(outputs)

    np.testing.assert_allclose(features_again, features, rtol=1e-5)
    assert np.abs(logits_again - logits).max() > 0.1 * logits.std()


@pytest.mark.slow
def test_stochastic_depth_scales_the_remaining_branches():
    off = config_lib.get_config("efficientnet-lite0", survival_probability=1.0)
    on = config_lib.get_config("efficientnet-lite0", survival_probability=0.2)
    kept = 1 - 0.8 * 2 / 16  # of block 2, the first with a residual
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(0)
        images = tf.constant(golden.images(0, 100, 8, 8))
        branches = []
        with tf.variable_scope("", reuse=tf.AUTO_REUSE):
            for config in (off, on):
                _, endpoints = network.build_model(images, config, training=True)
                branches.append(endpoints["block_2"] - endpoints["block_1"])
        golden.fill(session)
        whole, thinned = session.run(branches)

    dropped = np.array([not branch.any() for branch in thinned])
    assert 0 < dropped.mean() < 0.3
    np.testing.assert_allclose(
        thinned[~dropped], whole[~dropped] / kept, rtol=1e-3, atol=1e-4
    )


@pytest.mark.slow
def test_a_network_without_classifier_ends_with_the_features():
    config = config_lib.get_config("efficientnet-lite0", num_classes=None)
    with tf.Graph().as_default():
        logits, endpoints = network.build_model(_images_input(), config, training=True)
        names = [variable.op.name for variable in tf.global_variables()]

    assert logits is None
    assert list(endpoints)[-1] == "pooled_features"
    assert endpoints["pooled_features"].shape.as_list() == [None, 1280]
    assert names == [
        variable["name"]
        for variable in golden.figures("efficientnet-lite0")["variables"]
        if "/dense/" not in variable["name"]
    ]


@pytest.mark.slow
def test_a_second_network_in_a_reused_scope_shares_the_variables():
    with tf.Graph().as_default():
        for training in (True, False):
            with tf.variable_scope("", reuse=tf.AUTO_REUSE):
                network.build_model(_images_input(), "efficientnet-lite0", training)

        assert (
            _described_variables() == golden.figures("efficientnet-lite0")["variables"]
        )


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            np.zeros([2, 32, 32, 3], np.uint8),
            "images must be float32 with RGB values in [0, 1], found uint8",
        ),
        (
            np.zeros([2, 32, 32, 3], np.float64),
            "images must be float32 with RGB values in [0, 1], found float64",
        ),
        (
            np.zeros([32, 32, 3], np.float32),
            "images must have shape [batch, height, width, 3], found (32, 32, 3)",
        ),
        (
            np.zeros([2, 3, 32, 32], np.float32),
            "images must have shape [batch, height, width, 3], found (2, 3, 32, 32)",
        ),
    ],
    ids=["uint8", "float64", "no batch", "channels first"],
)
def test_images_of_a_wrong_type_or_shape_are_refused(images, message):
    with tf.Graph().as_default(), pytest.raises(errors.InputError) as caught:
        network.build_model(images, "efficientnet-lite0", training=False)

    assert str(caught.value) == message


def test_an_unknown_variant_is_refused_before_the_graph_changes():
    with tf.Graph().as_default() as graph:
        with pytest.raises(errors.InputError, match="found 'efficientnet-b9'"):
            network.build_model(np.zeros([1, 8, 8, 3], "f"), "efficientnet-b9", False)

        assert graph.get_operations() == []
