"""Promises that are read off the files; nothing is run."""

from __future__ import annotations

import re

import numpy as np
import tensorflow.compat.v1 as tf
from google.protobuf import struct_pb2

from ...builder import module_config, regularization
from ...efficientnet import endpoints as endpoints_lib
from ...signatures import attachments, messages, tag_sets
from ...signatures import names as signatures_lib
from ..graph_passes import supported_ops
from ..saved_model import graph_facts
from ..weights.naming.classifier import is_classifier
from . import promise
from . import subject as subject_lib

_BLOCK = re.compile(r"/blocks_(\d+)/")
_HUB_TAG_SETS = (tag_sets.INFERENCE, tag_sets.TRAIN)
# What tensorflow_hub's native_module.py accepts; one more makes all unloadable.
_SUPPORTED_COLLECTIONS = {
    tf.GraphKeys.GLOBAL_VARIABLES,
    tf.GraphKeys.TRAINABLE_VARIABLES,
    tf.GraphKeys.MODEL_VARIABLES,
    tf.GraphKeys.TABLE_INITIALIZERS,
    tf.GraphKeys.UPDATE_OPS,
    tf.GraphKeys.REGULARIZATION_LOSSES,
    tf.GraphKeys.ASSET_FILEPATHS,
    tf.GraphKeys.COND_CONTEXT,
    tf.GraphKeys.WHILE_CONTEXT,
    graph_facts.ATTACHMENTS,
}


def _has_tag_sets(subject):
    for tags in _HUB_TAG_SETS:
        subject.meta_graph(tags)


def _has_serve(subject):
    meta_graph = subject.meta_graph(tag_sets.SERVE)
    promise.expect(
        signatures_lib.SERVING_DEFAULT in meta_graph.signature_def,
        "{\"serve\"} has no signature '%s'",
        signatures_lib.SERVING_DEFAULT,
    )
    promise.expect(meta_graph.HasField("saver_def"), '{"serve"} has no Saver')


def _loads_in_the_oldest(subject):
    for meta_graph in subject.saved_model.meta_graphs:
        tags = subject_lib.told(frozenset(meta_graph.meta_info_def.tags))
        unknown = supported_ops.find_unknown(
            meta_graph.graph_def, supported_ops.OLDEST_TENSORFLOW
        )
        promise.expect(unknown is None, "in %s, %s", tags, unknown)
        listed = {op.name for op in meta_graph.meta_info_def.stripped_op_list.op}
        used = {node.op for node in graph_facts.nodes_of_ops(meta_graph.graph_def)}
        unlisted = sorted(used.symmetric_difference(listed))
        promise.expect(
            not unlisted,
            "the op list of %s must have the graph's ops, but differs by %s",
            tags,
            ", ".join(unlisted),
        )


def _has_supported_collections(subject):
    for tags in subject.tag_sets:
        found = set(subject.meta_graph(tags).collection_def)
        unsupported = sorted(found - _SUPPORTED_COLLECTIONS)
        promise.expect(
            not unsupported,
            "hub.Module loads no module with the collection '%s', which %s has",
            ", ".join(unsupported),
            subject_lib.told(tags),
        )


def _has_same_variables(subject):
    inference = subject.variables(tag_sets.INFERENCE)
    promise.expect(bool(inference), "{} has no variables")
    for tags in subject.tag_sets:
        found = subject.variables(tags)
        differing = sorted(set(found.items()) ^ set(inference.items()))
        promise.expect(
            not differing,
            "%s must have the variables of {}, but differs in '%s'",
            subject_lib.told(tags),
            differing and differing[0][0],
        )


def _has_finite_weights(subject):
    stored = subject.checkpoint()
    names = set(subject.variables(tag_sets.INFERENCE))
    differing = sorted(names ^ set(stored))
    promise.expect(
        not differing,
        "the checkpoint must hold the graphs' variables, but differs in '%s'",
        differing and differing[0],
    )
    for name, value in sorted(stored.items()):
        promise.expect(bool(np.isfinite(value).all()), "'%s' is not finite", name)


def _takes_images(subject):
    for tags in _HUB_TAG_SETS:
        for name in subject.image_signatures():
            inputs = subject.signature(name, tags).inputs
            promise.expect(
                set(inputs) == {signatures_lib.IMAGES},
                "signature '%s' of %s must take 'images' alone, found %s",
                name,
                subject_lib.told(tags),
                sorted(inputs),
            )
            _expect_images(inputs[signatures_lib.IMAGES])


def _expect_images(info) -> None:
    shape = tf.TensorShape(graph_facts.shape(info))
    promise.expect(
        info.dtype == tf.float32.as_datatype_enum
        and shape.rank == 4
        and shape[:1].as_list() == [None]
        and shape[3:].as_list() == [3],
        "'images' must be float32 [None, height, width, 3], found %s %s",
        tf.as_dtype(info.dtype).name,
        shape,
    )


def _takes_any_image_size(subject):
    for name in subject.image_signatures():
        info = subject.signature(name).inputs[signatures_lib.IMAGES]
        shape = tf.TensorShape(graph_facts.shape(info)).as_list()
        if shape[1:3] != [None, None]:
            raise promise.AbsentError(f"'images' of '{name}' is {shape}")


def _takes_momentum(subject):
    for tags in _HUB_TAG_SETS:
        for name in subject.hparams_signatures():
            inputs = subject.signature(name, tags).inputs
            expected = {signatures_lib.IMAGES, signatures_lib.BATCH_NORM_MOMENTUM}
            promise.expect(
                set(inputs) == expected,
                "signature '%s' must take %s, found %s",
                name,
                sorted(expected),
                sorted(inputs),
            )
            momentum = inputs[signatures_lib.BATCH_NORM_MOMENTUM]
            promise.expect(
                momentum.dtype == tf.float32.as_datatype_enum
                and not momentum.tensor_shape.dim
                and not momentum.tensor_shape.unknown_rank,
                "'batch_norm_momentum' of '%s' must be a float32 scalar",
                name,
            )


def _gives_vectors(subject):
    for tags in _HUB_TAG_SETS:
        widths = {}
        for name in subject.image_signatures():
            outputs = subject.signature(name, tags).outputs
            promise.expect(
                signatures_lib.DEFAULT in outputs,
                "signature '%s' has no output 'default'",
                name,
            )
            info = outputs[signatures_lib.DEFAULT]
            shape = tf.TensorShape(graph_facts.shape(info))
            promise.expect(
                info.dtype == tf.float32.as_datatype_enum
                and shape.rank == 2
                and shape.as_list()[0] is None
                and shape.as_list()[1] is not None,
                "'default' of signature '%s' must be float32 [None, N], found %s",
                name,
                shape,
            )
            widths[name] = shape.as_list()[1]
        promise.expect(
            widths[signatures_lib.DEFAULT] == widths[subject.main_signature],
            "signature 'default' must be '%s', found %d and %d outputs",
            subject.main_signature,
            widths[signatures_lib.DEFAULT],
            widths[subject.main_signature],
        )


def _says_its_image_size(subject):
    for tags in _HUB_TAG_SETS:
        info = subject.attached(
            attachments.IMAGE_MODULE_INFO, messages.ImageModuleInfo, tags
        )
        size = info.default_image_size if info is not None else None
        if size is None:
            raise promise.AbsentError(
                f"{subject_lib.told(tags)} has no attached image size"
            )
        promise.expect(
            size.height > 0 and size.width > 0,
            "the attached image size of %s must be positive, found %d x %d",
            subject_lib.told(tags),
            size.height,
            size.width,
        )


def _names_its_classes(subject):
    if not subject.is_classifier:
        return
    outputs = subject.signature(signatures_lib.CLASSIFICATION).outputs
    shape = tf.TensorShape(graph_facts.shape(outputs[signatures_lib.DEFAULT]))
    for tags in _HUB_TAG_SETS:
        names = subject.attached(attachments.CLASS_NAMES, struct_pb2.ListValue, tags)
        if names is None:
            raise promise.AbsentError(
                f"{subject_lib.told(tags)} has no attached class names"
            )
        promise.expect(
            len(names) == shape.as_list()[1],
            "there must be a name for each of the %d classes, found %d",
            shape.as_list()[1],
            len(names),
        )


def _gives_endpoints(subject):
    network = subject.attached(attachments.NETWORK, struct_pb2.Struct, frozenset())
    if network is None:
        raise promise.AbsentError("the module does not say which network it holds")
    prefix = network["model"] + "/"
    for tags in _HUB_TAG_SETS:
        for name in subject.image_signatures():
            outputs = set(subject.signature(name, tags).outputs)
            missing = [
                prefix + endpoint
                for endpoint in _endpoints(subject)
                if prefix + endpoint not in outputs
            ]
            promise.expect(
                not missing,
                "signature '%s' of %s lacks the endpoint '%s'",
                name,
                subject_lib.told(tags),
                missing and missing[0],
            )


def _endpoints(subject) -> list[str]:
    blocks = {
        int(match.group(1))
        for match in map(_BLOCK.search, subject.variables(tag_sets.INFERENCE))
        if match
    }
    return endpoints_lib.names(sorted(blocks), subject.is_classifier)


def _is_what_it_says(subject):
    network = subject.attached(attachments.NETWORK, struct_pb2.Struct, frozenset())
    if network is None:
        raise promise.AbsentError("the module does not say which network it holds")
    promise.expect(
        subject.is_classifier == (network["task"] == module_config.CLASSIFICATION),
        "a %s module must have the signature '%s' or not, as its task says",
        network["task"],
        signatures_lib.CLASSIFICATION,
    )
    classifier = [
        name for name in subject.variables(tag_sets.INFERENCE) if is_classifier(name)
    ]
    promise.expect(
        bool(classifier) == subject.is_classifier,
        "a %s module must have a classifier's variables or not, found %s",
        network["task"],
        classifier,
    )
    head = network["model"] + "/head/conv2d/kernel"
    outputs = subject.signature(signatures_lib.FEATURE_VECTOR).outputs
    shape = tf.TensorShape(graph_facts.shape(outputs[signatures_lib.DEFAULT])).as_list()
    expected = subject.checkpoint()[head].shape[-1]
    promise.expect(
        shape[-1] == expected,
        "a feature vector must have the %d numbers of the head, found %d",
        expected,
        shape[-1],
    )


def _trains_only_in_train(subject):
    for collection in (tf.GraphKeys.UPDATE_OPS, tf.GraphKeys.REGULARIZATION_LOSSES):
        for tags in subject.tag_sets:
            count = len(subject.collection(tags, collection).node_list.value)
            promise.expect(
                (count > 0) == (tags == tag_sets.TRAIN),
                '%s must be in {"train"} only, found %d in %s',
                collection,
                count,
                subject_lib.told(tags),
            )


def _regularizes_each_kernel(subject):
    kernels = _trainable_kernels(subject)
    losses = subject.collection(tag_sets.TRAIN, tf.GraphKeys.REGULARIZATION_LOSSES)
    count = len(losses.node_list.value)
    promise.expect(
        count == len(kernels),
        "there must be a loss for each of the %d kernels, found %d",
        len(kernels),
        count,
    )


def _trainable_kernels(subject) -> list[str]:
    variables = subject.variables(tag_sets.TRAIN)
    return [
        name
        for name, trainable in variables.items()
        if trainable and regularization.is_kernel(name)
    ]


PROMISES = (
    promise.Promise('has graphs tagged {} and {"train"}', _has_tag_sets),
    promise.Promise('has a graph tagged {"serve"}, with a Saver', _has_serve),
    promise.Promise(
        f"loads in TensorFlow {supported_ops.OLDEST_TENSORFLOW} by its ops",
        _loads_in_the_oldest,
    ),
    promise.Promise(
        "has only collections that hub.Module takes", _has_supported_collections
    ),
    promise.Promise("has the same variables in every graph", _has_same_variables),
    promise.Promise("has a finite value for each variable", _has_finite_weights),
    promise.Promise("takes 'images', float32 RGB", _takes_images),
    promise.Promise("leaves the image size open", _takes_any_image_size),
    promise.Promise("gives vectors, 'default' the main ones", _gives_vectors),
    promise.Promise("has signatures with a batch norm momentum", _takes_momentum),
    promise.Promise("says its expected image size", _says_its_image_size),
    promise.Promise("names its classes", _names_its_classes),
    promise.Promise("gives the network's endpoints", _gives_endpoints),
    promise.Promise("has a classifier if its task says so", _is_what_it_says),
    promise.Promise(
        'has update ops and losses in {"train"} only', _trains_only_in_train
    ),
    promise.Promise("regularizes each kernel once", _regularizes_each_kernel),
)
