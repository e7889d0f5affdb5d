"""The gradients through a module's graphs are those of the function they compute.

Found by differences in float64, which FusedBatchNorm does not know: the same graph with
its batch normalization spelled out, each float32 in it a float64.
"""

from __future__ import annotations

import collections

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from google.protobuf import descriptor
from tensorflow.core.framework import types_pb2

from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.writers import hub_format
from efficientnet_hub.signatures import provenance, tag_sets
from efficientnet_hub.tests import golden

_BATCH = 4
_STEP = 1e-5


@pytest.fixture(name="config")
def _config(tiny) -> module_config.ModuleConfig:
    """A network without chance: neither dropout nor stochastic depth."""
    network = config_lib.get_config(tiny, dropout_rate=0.0, survival_probability=1.0)
    return module_config.ModuleConfig(
        network, class_names=None, provenance=provenance.Provenance("random")
    )


_Normalized = collections.namedtuple("_Normalized", "y batch_mean batch_variance")


@pytest.fixture(name="unfused")
def _unfused(monkeypatch):
    """Replaces the op FusedBatchNormV3 by ops that have float64 kernels."""

    def normalize(x, scale, offset, mean, variance, epsilon, is_training):
        if is_training:
            mean, variance = tf.nn.moments(x, [0, 1, 2])
        y = tf.nn.batch_normalization(x, mean, variance, offset, scale, epsilon)
        return _Normalized(y, mean, variance)

    monkeypatch.setattr(tf.raw_ops, "FusedBatchNormV3", normalize)


def _meta_graph(config, tags):
    if tags == tag_sets.TRAIN:
        return hub_format.export_meta_graph(graphs.training_graph(config), {})
    return hub_format.export_meta_graph(graphs.inference_graphs(config)[0], {})


def _is_repeated(field) -> bool:
    if hasattr(field, "is_repeated"):  # protobuf 7 has no `label`.
        return field.is_repeated
    return field.label == descriptor.FieldDescriptor.LABEL_REPEATED


def _make_float64(message) -> None:
    """Makes each float32 of a message, however deep in it, a float64."""
    for field, value in message.ListFields():
        repeated = _is_repeated(field)
        if field.enum_type and field.enum_type.name == "DataType":
            if repeated:
                value[:] = [_wider(each) for each in value]
            else:
                setattr(message, field.name, _wider(value))
        elif field.message_type and field.message_type.name == "TensorProto":
            if value.dtype == types_pb2.DT_FLOAT:
                array = tf.make_ndarray(value).astype(np.float64)
                value.CopyFrom(tf.make_tensor_proto(array))
        elif field.message_type and field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].message_type:
                for key in value:
                    _make_float64(value[key])
        elif field.message_type:
            for each in value if repeated else [value]:
                _make_float64(each)


def _wider(data_type: int) -> int:
    return types_pb2.DT_DOUBLE if data_type == types_pb2.DT_FLOAT else data_type


class _Loss:
    """The loss of a batch by a graph's trainable variables."""

    def __init__(self, meta_graph, session):
        tf.train.import_meta_graph(meta_graph)
        signature = meta_graph.signature_def["default"]
        self._session = session
        self._images = signature.inputs["images"].name
        self._batch = golden.images(seed=0, batch=_BATCH, height=32, width=32)
        logits = session.graph.get_tensor_by_name(signature.outputs["default"].name)
        # Not of tf.losses, which rounds to float32.
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=[1, 2, 3, 4], logits=logits
            )
        )
        losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
        # Weighed so that the differences see them beside the entropy.
        self._loss = loss + 1e3 * tf.add_n(losses) if losses else loss
        self._variables = tf.trainable_variables()
        self._gradients = tf.gradients(self._loss, self._variables)
        golden.fill(session)

    def gradients(self) -> dict[str, np.ndarray]:
        """Returns the gradient by each variable, by its name."""
        names = [variable.op.name for variable in self._variables]
        return dict(zip(names, self._run(self._gradients)))

    def differences(self) -> dict[str, tuple[float, float]]:
        """Returns two slopes along a random direction of each variable, by its name.

        The one by the gradient, the other by the losses a step to both sides.
        """
        generator = np.random.RandomState(1)
        slopes = {}
        for variable, gradient in zip(self._variables, self._run(self._gradients)):
            value = self._session.run(variable)
            direction = generator.standard_normal(value.shape) * np.std(value)
            losses = []
            for sign in (1, -1):
                self._assign(variable, value + sign * _STEP * direction)
                losses.append(self._run(self._loss))
            self._assign(variable, value)
            slopes[variable.op.name] = (
                float(np.sum(gradient * direction)),
                (losses[0] - losses[1]) / (2 * _STEP),
            )
        return slopes

    def _assign(self, variable, value) -> None:
        initializer = variable.initializer
        self._session.run(initializer, {initializer.inputs[1]: value})

    def _run(self, fetches):
        return self._session.run(fetches, {self._images: self._batch})


@pytest.mark.slow
@pytest.mark.parametrize("tags", [tag_sets.TRAIN, tag_sets.INFERENCE])
def test_gradients_are_those_of_differences(config, unfused, tags):
    meta_graph = _meta_graph(config, tags)
    _make_float64(meta_graph)

    with tf.Graph().as_default(), tf.Session() as session:
        slopes = _Loss(meta_graph, session).differences()

    assert len(slopes) > 40
    for name, (slope, difference) in slopes.items():
        assert slope == pytest.approx(difference, rel=1e-6, abs=1e-8), name


@pytest.mark.slow
def test_the_fused_graphs_gradients_are_those_of_the_unfused(config, request):
    gradients = []
    for fixture in (None, "unfused"):
        if fixture:
            request.getfixturevalue(fixture)
        meta_graph = _meta_graph(config, tag_sets.TRAIN)
        with tf.Graph().as_default(), tf.Session() as session:
            gradients.append(_Loss(meta_graph, session).gradients())

    fused, unfused = gradients
    assert set(fused) == set(unfused)
    for name, gradient in unfused.items():
        scale = np.sqrt(np.mean(gradient**2))
        np.testing.assert_allclose(
            fused[name], gradient, rtol=0, atol=1e-3 * scale + 1e-6, err_msg=name
        )


@pytest.mark.slow
def test_training_through_the_inference_graph_leaves_the_averages(module):
    with tf.Graph().as_default(), tf.Session() as session:
        loaded = hub.Module(module.directory, trainable=True)
        logits = loaded(golden.images(seed=0, batch=_BATCH, height=32, width=32))
        loss = tf.losses.sparse_softmax_cross_entropy([1, 2, 3, 4], logits)
        train_op = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
        averages = [v for v in tf.global_variables() if "/moving_" in v.op.name]
        session.run(tf.global_variables_initializer())
        before = session.run(averages)
        losses = [session.run([loss, train_op])[0] for _ in range(10)]
        after = session.run(averages)

    assert tf.GraphKeys.UPDATE_OPS not in session.graph.get_all_collection_keys()
    assert losses[-1] < 0.9 * losses[0]
    for one, other in zip(before, after):
        np.testing.assert_array_equal(one, other)
