"""Trains, evaluates, predicts and exports with a real Estimator, on a small b0."""

from __future__ import annotations

import collections
import glob
import os
import shutil

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network
from efficientnet_hub.tests import cases, golden
from efficientnet_hub.tests.builder import estimators

_DECAY = 0.28  # Between what two and three updates allow, 3 / 12 and 4 / 13.
_AVERAGE = "/ExponentialMovingAverage"


class _Trained:
    """A model directory with a checkpoint of each of the steps 0 to 3."""

    def __init__(self, model_dir):
        self.model_dir = model_dir
        estimators.make_estimator(model_dir, moving_average_decay=_DECAY).train(
            estimators.input_fn, steps=3
        )

    def estimator(self, **params):
        return estimators.make_estimator(self.model_dir, **params)

    def checkpoint(self, step=3):
        return os.path.join(self.model_dir, f"model.ckpt-{step}")

    def variables(self, step=3):
        return _variables(self.checkpoint(step))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return _Trained(str(tmp_path_factory.mktemp("trained")))


@pytest.mark.slow
def test_loss_falls(tmp_path):
    estimator = estimators.make_estimator(
        tmp_path, dropout_rate=0.0, survival_probability=1.0
    )

    estimator.train(estimators.input_fn, steps=15)

    losses = _logged_losses(tmp_path)
    assert len(losses) == 15
    assert losses[-1] < 0.5 * losses[0]


def test_training_counts_steps(trained):
    assert [trained.variables(step)["global_step"] for step in range(4)] == [0, 1, 2, 3]


def test_training_updates_batch_norm(trained):
    before, after = trained.variables(0), trained.variables(1)
    averages = [name for name in before if name.endswith(("/moving_mean", "_variance"))]

    assert averages
    for name in averages:
        assert (before[name] != after[name]).any(), name


def test_moving_averages_follow_weights(trained):
    names = _network_variable_names(estimators.MODEL)
    averages = {name: trained.variables(0)[name] for name in names}

    for step in (1, 2, 3):
        variables = trained.variables(step)
        decay = min(_DECAY, (1 + step) / (10 + step))
        for name in names:
            averages[name] = decay * averages[name] + (1 - decay) * variables[name]
            np.testing.assert_allclose(
                variables[name + _AVERAGE], averages[name], 1e-4, 1e-6, err_msg=name
            )


@pytest.mark.slow
def test_learning_rate_may_depend_on_the_step(tmp_path):
    # With sgd, no learning rate means no change.
    estimator = estimators.make_estimator(
        tmp_path,
        optimizer="sgd",
        learning_rate=lambda step: 0.1 * tf.cast(tf.equal(step, 1), tf.float32),
    )
    estimator.train(estimators.input_fn, steps=3)

    kernels = [
        _variables(str(tmp_path / f"model.ckpt-{step}"))[
            "efficientnet-b0/stem/conv2d/kernel"
        ]
        for step in range(4)
    ]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert (kernels[1] != kernels[2]).any()
    np.testing.assert_array_equal(kernels[2], kernels[3])


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_loss_is_cross_entropy_and_weight_decay(trained, mode):
    spec = estimators.make_spec(
        mode,
        weight_decay=0.02,
        label_smoothing=0.3,
        dropout_rate=0.0,
        survival_probability=1.0,
    )
    with tf.Session(graph=spec.loss.graph) as session:
        _restore(session, trained.checkpoint())
        loss = session.run(spec.loss)

    logits, _ = _build_model(trained.checkpoint(), training=mode == "train")
    labels = (
        0.7 * np.eye(estimators.NUM_CLASSES)[estimators.LABELS]
        + 0.3 / estimators.NUM_CLASSES
    )
    half_squares = [
        np.sum(np.square(value)) / 2
        for name, value in trained.variables().items()
        if name.split("/")[-1] in ("kernel", "depthwise_kernel")
    ]
    # Each of the 3 blocks has a depthwise convolution, a projection, two
    # convolutions for its gate and, except for the first, an expansion.
    assert len(half_squares) == 3 * 5 - 1 + len(["stem", "head", "classifier"])
    wanted = _cross_entropy(logits, labels) + 0.02 * sum(half_squares)
    np.testing.assert_allclose(loss, wanted, 1e-6)


@pytest.mark.slow
def test_default_weight_decay_is_that_of_the_publisher(trained):
    losses = [
        trained.estimator(**params).evaluate(estimators.input_fn, steps=1)["loss"]
        for params in ({}, {"weight_decay": 1e-5}, {"weight_decay": 0})
    ]

    assert losses[0] == losses[1] > losses[2]


@pytest.mark.parametrize(
    ("decay", "suffix"), cases.slow_after(1, [(_DECAY, _AVERAGE), (0, "")])
)
def test_evaluates_and_predicts_with_averages_if_asked(trained, decay, suffix):
    estimator = trained.estimator(moving_average_decay=decay, weight_decay=0)

    loss = estimator.evaluate(estimators.input_fn, steps=1)["loss"]
    predictions = _predict(estimator)

    logits, feature_vector = _build_model(trained.checkpoint(), suffix)
    wanted = _cross_entropy(logits, np.eye(estimators.NUM_CLASSES)[estimators.LABELS])
    np.testing.assert_allclose(loss, wanted, 1e-5)
    np.testing.assert_allclose(predictions["logits"], logits, 1e-5, 1e-5)
    np.testing.assert_allclose(
        predictions["feature_vector"], feature_vector, 1e-5, 1e-5
    )


def test_averages_differ_from_weights(trained):
    # Otherwise the test above could not fail.
    raw, _ = _build_model(trained.checkpoint())
    averaged, _ = _build_model(trained.checkpoint(), _AVERAGE)

    assert np.abs(raw - averaged).max() > 1e-2


@pytest.mark.slow
def test_metrics_count_ranks(trained):
    estimator = trained.estimator()
    ranking = np.argsort(-_predict(estimator)["logits"], axis=1)
    # The label of each image is the class that the network ranks so.
    labels = ranking[np.arange(4), [0, 1, 4, 5]]

    metrics = estimator.evaluate(
        lambda: estimators.make_dataset(estimators.IMAGES, labels), steps=1
    )

    assert metrics["accuracy"] == 0.25
    assert metrics["top_5_accuracy"] == 0.75


def test_top_5_of_fewer_classes():
    spec = estimators.make_spec("eval", labels=np.array([0, 1, 2, 0]), num_classes=3)

    with tf.Session(graph=spec.loss.graph) as session:
        _initialize(session)
        session.run(spec.eval_metric_ops["top_5_accuracy"][1])
        assert session.run(spec.eval_metric_ops["top_5_accuracy"][0]) == 1.0


def test_predictions(trained):
    predictions = _predict(trained.estimator())

    logits = predictions["logits"]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert logits.shape == (4, estimators.NUM_CLASSES)
    assert predictions["feature_vector"].shape == (
        4,
        estimators.MODEL.num_features,
    )
    np.testing.assert_array_equal(predictions["classes"], logits.argmax(axis=1))
    np.testing.assert_allclose(predictions["probabilities"].sum(axis=1), 1, 1e-6)
    np.testing.assert_allclose(
        predictions["probabilities"], odds / odds.sum(axis=1, keepdims=True), 1e-5
    )


@pytest.mark.slow
def test_features_in_a_dict_are_the_same(trained):
    estimator = trained.estimator()
    named = {"images": estimators.IMAGES, "name": np.array(["a", "b", "c", "d"])}

    by_tensor = _predict(estimator)
    by_dict = _predict(estimator, lambda: estimators.make_dataset(named))

    np.testing.assert_array_equal(by_dict["logits"], by_tensor["logits"])


def test_checkpoint_has_publishers_names(trained):
    variables = _published_variables()
    names = [variable["name"] for variable in variables]
    weights = [variable["name"] for variable in variables if variable["trainable"]]
    wanted = {"global_step"} | set(names) | {name + _AVERAGE for name in names}
    wanted |= {name + slot for name in weights for slot in ("/RMSProp", "/RMSProp_1")}
    assert set(trained.variables()) == wanted


@pytest.mark.slow
def test_training_continues_from_a_checkpoint(trained, tmp_path):
    model_dir = str(tmp_path / "copy")
    shutil.copytree(trained.model_dir, model_dir)
    estimator = estimators.make_estimator(model_dir, moving_average_decay=_DECAY)

    estimator.train(estimators.input_fn, steps=1)

    assert _variables(estimator.latest_checkpoint())["global_step"] == 4


@pytest.mark.slow
def test_checkpoint_of_averages_alone(trained, tmp_path):
    # Some of the publisher's checkpoints have only averages.
    averages = {
        name: value
        for name, value in trained.variables().items()
        if name.endswith(_AVERAGE) or name == "global_step"
    }
    checkpoint = _save(averages, tmp_path)
    estimator = trained.estimator(moving_average_decay=0.9999)

    predictions = _predict(estimator, checkpoint=checkpoint)
    metrics = estimator.evaluate(
        estimators.input_fn, steps=1, checkpoint_path=checkpoint
    )

    logits, _ = _build_model(trained.checkpoint(), _AVERAGE)
    np.testing.assert_allclose(predictions["logits"], logits, 1e-5, 1e-5)
    assert metrics["global_step"] == 3


@pytest.mark.parametrize("decay", cases.slow_after(1, [_DECAY, 0]))
def test_export(trained, tmp_path, decay):
    estimator = trained.estimator(moving_average_decay=decay)

    def receiver():
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        return tf.estimator.export.TensorServingInputReceiver(images, images)

    path = estimator.export_saved_model(str(tmp_path), receiver)

    with tf.Graph().as_default(), tf.Session() as session:
        signatures = tf.saved_model.load(session, ["serve"], path).signature_def
        signature = signatures["serving_default"]
        (images,) = signature.inputs.values()
        outputs = {name: info.name for name, info in signature.outputs.items()}
        outputs = session.run(outputs, {images.name: estimators.IMAGES})
    predictions = _predict(estimator)
    assert signature.method_name == "tensorflow/serving/predict"
    assert set(outputs) == {"classes", "logits", "probabilities", "feature_vector"}
    for name, value in outputs.items():
        np.testing.assert_allclose(value, predictions[name], 1e-5, 1e-5)


@pytest.mark.parametrize("labels", [[0, 1, 2, 7], [0, 1, 2, -1]])
def test_refuses_labels_out_of_range(trained, labels):
    def input_fn():
        return estimators.make_dataset(estimators.IMAGES, np.array(labels))

    with pytest.raises(tf.errors.InvalidArgumentError, match="class ids from 0 to 6"):
        trained.estimator().evaluate(input_fn, steps=1)


def _predict(
    estimator,
    input_fn=lambda: estimators.make_dataset(estimators.IMAGES),
    checkpoint=None,
):
    """Returns the predictions for the batch, by name."""
    by_image = estimator.predict(input_fn, checkpoint_path=checkpoint)
    by_name = collections.defaultdict(list)
    for _, prediction in zip(range(4), by_image):
        for name, value in prediction.items():
            by_name[name].append(value)
    return {name: np.stack(values) for name, values in by_name.items()}


def _build_model(checkpoint, suffix="", training=False):
    """Computes logits and features from the variables named with the suffix."""
    with tf.Graph().as_default() as graph:
        config = config_lib.get_config(
            estimators.MODEL,
            num_classes=estimators.NUM_CLASSES,
            dropout_rate=0.0,
            survival_probability=1.0,
        )
        logits, endpoints = network.build_model(estimators.IMAGES, config, training)
        with tf.Session(graph=graph) as session:
            _restore(session, checkpoint, suffix)
            return session.run((logits, endpoints["pooled_features"]))


def _restore(session, checkpoint, suffix=""):
    variables = session.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
    by_name = {variable.op.name + suffix: variable for variable in variables}
    with session.graph.as_default():
        tf.train.Saver(by_name).restore(session, checkpoint)


def _initialize(session):
    with session.graph.as_default():
        session.run(
            [tf.global_variables_initializer(), tf.local_variables_initializer()]
        )


def _save(values, folder):
    """Writes a checkpoint of the values and returns its path."""
    with tf.Graph().as_default(), tf.Session() as session:
        variables = {name: tf.Variable(value) for name, value in values.items()}
        session.run(tf.global_variables_initializer())
        return tf.train.Saver(variables).save(session, str(folder / "model.ckpt"))


def _variables(checkpoint):
    reader = tf.train.load_checkpoint(checkpoint)
    names = reader.get_variable_to_shape_map()
    return {name: reader.get_tensor(name) for name in names}


def _published_variables():
    """Returns the publisher's variables of the blocks that the model has."""
    lacking = [
        f"/blocks_{index}/" for index in range(len(estimators.MODEL.blocks()), 16)
    ]
    return [
        variable
        for variable in golden.figures("efficientnet-b0")["variables"]
        if not any(block in variable["name"] for block in lacking)
    ]


def _network_variable_names(model):
    """Returns the names of the variables of `build_model`."""
    with tf.Graph().as_default():
        network.build_model(estimators.IMAGES, model, training=False)
        return [variable.op.name for variable in tf.global_variables()]


def _cross_entropy(logits, probabilities):
    """Mean over the batch, in float64."""
    logits = logits.astype(np.float64)
    log_sums = np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -np.mean(np.sum(probabilities * (logits - log_sums), axis=1))


def _logged_losses(model_dir):
    (events,) = glob.glob(str(model_dir / "events.*"))
    return [
        value.simple_value
        for event in tf.train.summary_iterator(events)
        for value in event.summary.value
        if value.tag == "loss"
    ]
