"""The promises of a module, as a program with `hub.Module` sees them."""

from __future__ import annotations

import collections
import gc
import re

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from efficientnet_hub import errors
from efficientnet_hub.builder import module_spec
from efficientnet_hub.efficientnet import initializers
from efficientnet_hub.signatures import attachments
from efficientnet_hub.tests import cases, golden

_CLASSIFICATION_SIGNATURES = {
    "default": [None, 1000],
    "image_classification": [None, 1000],
    "image_classification_with_bn_hparams": [None, 1000],
    "image_feature_vector": [None, 1408],
    "image_feature_vector_with_bn_hparams": [None, 1408],
}
_TAG_SETS = [None, {"train"}]


@pytest.fixture(name="b2", scope="module")
def _b2():
    return module_spec.create_module_spec("efficientnet-b2")


@pytest.fixture(name="b2_module", scope="module", params=_TAG_SETS, ids=str)
def _b2_module(b2, request):
    with tf.Graph().as_default():
        return hub.Module(b2, tags=request.param)


@pytest.fixture(name="b0", scope="module")
def _b0():
    return module_spec.create_module_spec("efficientnet-b0", num_classes=10, seed=4)


@pytest.fixture(name="features", scope="module")
def _features():
    return module_spec.create_module_spec("efficientnet-lite0", task="feature-vector")


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


def _images():
    return tf.constant(golden.images(0, 2, 32, 32))


def _updates():
    return tf.get_collection(tf.GraphKeys.UPDATE_OPS)


def _regularization_losses():
    return tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


def test_the_tag_sets_are_inference_and_train(b2):
    assert sorted(map(sorted, b2.get_tags())) == [[], ["train"]]


@pytest.mark.parametrize("tags", _TAG_SETS)
def test_the_signatures_are_the_documented_ones(b2, tags):
    assert set(b2.get_signature_names(tags)) == set(_CLASSIFICATION_SIGNATURES)


@pytest.mark.parametrize("tags", _TAG_SETS)
@pytest.mark.parametrize("signature", list(_CLASSIFICATION_SIGNATURES))
def test_a_signature_takes_images_of_any_size(b2, signature, tags):
    inputs = b2.get_input_info_dict(signature, tags)

    momentum = {"batch_norm_momentum"} if signature.endswith("hparams") else set()
    assert set(inputs) == {"images"} | momentum
    assert inputs["images"].dtype == tf.float32
    assert inputs["images"].get_shape().as_list() == [None, None, None, 3]
    for name in momentum:
        assert inputs[name].dtype == tf.float32
        assert inputs[name].get_shape().as_list() == []


@pytest.mark.parametrize("tags", _TAG_SETS)
@pytest.mark.parametrize("signature", list(_CLASSIFICATION_SIGNATURES))
def test_a_signature_returns_its_default_and_every_endpoint(b2, signature, tags):
    outputs = b2.get_output_info_dict(signature, tags)

    names = ["stem", "features", "head_1x1", "pooled_features", "logits"]
    names += [f"block_{index}" for index in range(23)]
    names += [f"reduction_{number}" for number in range(1, 6)]
    shapes = {key: info.get_shape().as_list() for key, info in outputs.items()}
    assert set(shapes) == {"default"} | {"efficientnet-b2/" + name for name in names}
    assert {info.dtype for info in outputs.values()} == {tf.float32}
    assert shapes["default"] == _CLASSIFICATION_SIGNATURES[signature]
    assert shapes["efficientnet-b2/stem"] == [None, None, None, 32]
    assert shapes["efficientnet-b2/reduction_3"] == [None, None, None, 48]
    assert shapes["efficientnet-b2/features"] == [None, None, None, 352]
    assert shapes["efficientnet-b2/pooled_features"] == [None, 1408]


def test_the_expected_image_size_is_known(b2_module):
    assert hub.get_expected_image_size(b2_module) == [260, 260]


def test_the_class_names_are_imagenets(b2_module):
    names = attachments.get_class_names(b2_module)

    assert len(names) == 1000
    assert [names[index] for index in (0, 285, 652, 967)] == [
        "tench",
        "Egyptian cat",
        "military uniform",
        "espresso",
    ]


@pytest.mark.parametrize("tags", _TAG_SETS)
def test_a_feature_vector_module_returns_features_by_default(features, tags):
    assert set(features.get_signature_names(tags)) == {
        "default",
        "image_feature_vector",
        "image_feature_vector_with_bn_hparams",
    }
    outputs = features.get_output_info_dict("default", tags)
    assert outputs["default"].get_shape().as_list() == [None, 1280]
    assert "efficientnet-lite0/logits" not in outputs


def test_a_feature_vector_module_has_no_classifier(features):
    variables = hub.Module(features, tags={"train"}).variable_map

    assert "efficientnet-lite0/head/conv2d/kernel" in variables
    assert not [name for name in variables if "dense" in name]


def test_variables_are_the_publishers_in_both_tag_sets(b2_module):
    variables = b2_module.variable_map

    assert {name: v.shape.as_list() for name, v in variables.items()} == {
        variable["name"]: variable["shape"]
        for variable in golden.figures("efficientnet-b2")["variables"]
    }


def test_the_trainable_variables_are_those_of_the_publisher(b2):
    module = hub.Module(b2, trainable=True, tags={"train"}, name="module")
    trainable = {variable.op.name for variable in tf.trainable_variables()}

    published = golden.figures("efficientnet-b2")["variables"]
    assert trainable == {
        "module/" + variable["name"] for variable in published if variable["trainable"]
    }
    assert len(trainable) == 301
    assert len(module.variables) == 439


@pytest.mark.parametrize("tags", _TAG_SETS)
def test_the_momentum_is_a_required_input(b0, tags):
    module = hub.Module(b0, trainable=True, tags=tags)

    with pytest.raises(TypeError, match="batch_norm_momentum"):
        module({"images": _images()}, signature="image_classification_with_bn_hparams")


@pytest.mark.slow
def test_the_momentum_has_no_effect_in_inference(b0):
    module = hub.Module(b0, trainable=True)
    logits = [module(_images())]
    for momentum in (0.0, 1.0):
        inputs = {"images": _images(), "batch_norm_momentum": momentum}
        logits.append(module(inputs, signature="image_classification_with_bn_hparams"))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        plain, at_zero, at_one = session.run(logits)

    assert _updates() == []
    np.testing.assert_allclose(at_zero, plain, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(at_one, plain, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("tags", "trainable", "updates", "losses"),
    cases.slow_after(
        2,
        [
            ({"train"}, True, 98, 82),
            (None, True, 0, 0),
            ({"train"}, False, 0, 0),
            (None, False, 0, 0),
        ],
    ),
)
def test_only_trainable_training_updates_and_regularizes(
    b0, tags, trainable, updates, losses
):
    hub.Module(b0, trainable=trainable, tags=tags)(_images())

    assert len(_updates()) == updates
    assert len(_regularization_losses()) == losses


@pytest.mark.slow
def test_each_use_of_a_module_updates_and_all_regularize_once(b0):
    module = hub.Module(b0, trainable=True, tags={"train"})
    for _ in range(2):
        module(_images())

    assert len(_updates()) == 2 * 98
    assert len(_regularization_losses()) == 82


@pytest.mark.slow
def test_regularization_is_of_every_kernel(b0):
    module = hub.Module(b0, trainable=True, tags={"train"})
    kernels = [v for n, v in module.variable_map.items() if n.endswith("kernel")]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        losses, kernels = session.run([_regularization_losses(), kernels])

    squares = [np.sum(kernel.astype(np.float64) ** 2) for kernel in kernels]
    np.testing.assert_allclose(
        sorted(losses), [1e-5 * square / 2 for square in sorted(squares)], rtol=1e-5
    )


@pytest.mark.slow
def test_the_spec_works_after_its_graph_is_deleted():
    spec = module_spec.create_module_spec("efficientnet-lite0", num_classes=10, seed=6)
    gc.collect()
    variables = hub.Module(spec).variable_map
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = session.run(variables)

    for name, value in values.items():
        np.testing.assert_array_equal(
            value, initializers.initial_value(name, value.shape, seed=6), name
        )


_Fine = collections.namedtuple("_Fine", "before after gradients")


@pytest.fixture(name="fine_tuned", scope="module")
def _fine_tuned(b0):
    """The trainable variables of a module before and after a step, and gradients."""
    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(b0, trainable=True, tags={"train"})
        # Enough examples that stochastic depth leaves every block some of them.
        logits = module(tf.constant(golden.images(0, 16, 32, 32)))
        loss = tf.losses.sparse_softmax_cross_entropy(np.arange(16) % 10, logits)
        variables = {v.op.name: v for v in tf.trainable_variables()}
        gradients = dict(zip(variables, tf.gradients(loss, list(variables.values()))))
        optimizer = tf.train.GradientDescentOptimizer(1.0)
        step = optimizer.apply_gradients(
            [(gradients[name], variables[name]) for name in variables]
        )
        session.run(tf.global_variables_initializer())
        before = session.run(variables)
        session.run(step)
        return _Fine(before, session.run(variables), gradients)


@pytest.mark.slow
def test_every_trainable_variable_has_a_gradient(fine_tuned):
    without = [name for name, value in fine_tuned.gradients.items() if value is None]

    assert without == []


@pytest.mark.slow
def test_a_step_changes_every_trainable_variable(fine_tuned):
    for name, before in fine_tuned.before.items():
        after = fine_tuned.after[name]
        assert np.isfinite(after).all(), name
        assert (after != before).any(), name


_Momentum = collections.namedtuple("_Momentum", "old update_plain update_at")


@pytest.fixture(name="momentum", scope="module")
def _momentum(b0):
    """Moving averages before the first block with a residual, hence not random."""
    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(b0, trainable=True, tags={"train"})
        images = tf.constant(golden.images(0, 4, 32, 32))
        momentum = tf.placeholder(tf.float32, [])
        module(images)
        plain = _updates()
        module(
            {"images": images, "batch_norm_momentum": momentum},
            signature="image_classification_with_bn_hparams",
        )
        with_hparams = _updates()[len(plain) :]
        averages = {
            name: variable
            for name, variable in module.variable_map.items()
            if "/moving_" in name
            and name.split("/")[1] in ("stem", "blocks_0", "blocks_1")
        }
        initialize = tf.global_variables_initializer()

        def update(updates, feed_dict=None):
            session.run(initialize)
            session.run(updates, feed_dict)
            return session.run(averages)

        session.run(initialize)
        yield _Momentum(
            session.run(averages),
            lambda: update(plain),
            lambda value: update(with_hparams, {momentum: value}),
        )


@pytest.mark.slow
@pytest.mark.parametrize("value", [0.99, 0.5, 1.0])
def test_moving_averages_move_by_the_momentum_fed(momentum, value):
    batch_statistics = momentum.update_at(0.0)
    moved = momentum.update_at(value)

    assert len(moved) == 2 * 6
    for name, old in momentum.old.items():
        assert (batch_statistics[name] != old).any(), name
        np.testing.assert_allclose(
            moved[name],
            value * old + (1 - value) * batch_statistics[name],
            rtol=1e-5,
            atol=1e-6,
            err_msg=name,
        )


def test_plain_signatures_move_averages_by_a_hundredth(momentum):
    batch_statistics = momentum.update_at(0.0)
    moved = momentum.update_plain()

    for name, old in momentum.old.items():
        np.testing.assert_allclose(
            moved[name],
            0.99 * old + 0.01 * batch_statistics[name],
            rtol=1e-5,
            atol=1e-6,
            err_msg=name,
        )


@pytest.mark.slow
def test_the_feature_vector_has_no_dropout_on_it(b0):
    module = hub.Module(b0, trainable=True, tags={"train"})
    outputs = module(_images(), signature="image_feature_vector", as_dict=True)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        features, pooled, head = session.run(
            [
                outputs["default"],
                outputs["efficientnet-b0/pooled_features"],
                outputs["efficientnet-b0/head_1x1"],
            ]
        )

    np.testing.assert_array_equal(features, pooled)
    np.testing.assert_allclose(features, head.mean((1, 2)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"model": "efficientnet-b9"}, "found 'efficientnet-b9'"),
        ({"task": "detection"}, "found 'detection'"),
        ({"num_classes": 0}, "num_classes must be a positive integer, found 0"),
        ({"seed": -1}, "seed must be an integer from 0 to 4294967295, found -1"),
    ],
)
def test_a_bad_choice_is_refused(choices, message):
    with pytest.raises(errors.InputError, match=re.escape(message)):
        module_spec.create_module_spec(**{"model": "efficientnet-b0", **choices})


@pytest.mark.hub_module
def test_without_hub_module_it_says_which_versions_have_it(monkeypatch):
    monkeypatch.delattr(hub, "Module")
    monkeypatch.setattr(hub, "__version__", "0.16.1")

    with pytest.raises(errors.DependencyError) as caught:
        module_spec.create_module_spec("efficientnet-b0")

    assert str(caught.value) == (
        "hub.Module needs tensorflow_hub older than 0.16 and TensorFlow older than "
        "2.16, found tensorflow_hub 0.16.1: pip install 'efficientnet-hub[hub]'"
    )
