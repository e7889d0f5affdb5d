"""Promises that are checked by reading the module's files; nothing is run."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf
from google.protobuf import struct_pb2

from ...builder import tasks
from ...efficientnet import endpoints as endpoints_lib
from ...signatures import attachments, messages, tag_sets
from ...signatures import names as signatures_lib
from ..graph_passes import supported_ops
from ..saved_model import graph_facts
from ..weights.naming.classifier import is_classifier
from . import promise
from . import subject as subject_lib

_BLOCK = re.compile(r"/blocks_([0-9]{1,9})/")
_HUB_TAG_SETS = (tag_sets.INFERENCE, tag_sets.TRAIN)
# The collections that tensorflow_hub's native_module.py accepts. A module with any
# other collection does not load.
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


def _has_tag_sets(subject: subject_lib.Subject) -> None:
    for tags in _HUB_TAG_SETS:
        subject.meta_graph(tags)


def _has_serve(subject: subject_lib.Subject) -> None:
    meta_graph = subject.meta_graph(tag_sets.SERVE)
    promise.expect(
        signatures_lib.SERVING_DEFAULT in meta_graph.signature_def,
        f"{{\"serve\"}} must have the signature '{signatures_lib.SERVING_DEFAULT}', "
        "found none",
    )
    promise.expect(
        meta_graph.HasField("saver_def"), '{"serve"} must have a Saver, found none'
    )


def _loads_in_the_oldest(subject: subject_lib.Subject) -> None:
    for meta_graph in subject.saved_model.meta_graphs:
        tags = tag_sets.format_tags(frozenset(meta_graph.meta_info_def.tags))
        unknown = supported_ops.find_unknown(
            meta_graph.graph_def, supported_ops.OLDEST_TENSORFLOW
        )
        promise.expect(unknown is None, f"in {tags}, {unknown}")
        listed = {op.name for op in meta_graph.meta_info_def.stripped_op_list.op}
        used = {node.op for node in graph_facts.nodes_of_ops(meta_graph.graph_def)}
        differing = ", ".join(sorted(used ^ listed))
        promise.expect(
            not differing,
            f"the op list of {tags} must have the graph's ops, found a difference in "
            f"{differing}",
        )


def _has_supported_collections(subject: subject_lib.Subject) -> None:
    for tags in subject.tag_sets:
        found = set(subject.meta_graph(tags).collection_def)
        unsupported = ", ".join(sorted(found - _SUPPORTED_COLLECTIONS))
        promise.expect(
            not unsupported,
            f"{tag_sets.format_tags(tags)} must have only collections that "
            f"hub.Module loads, found '{unsupported}'",
        )


def _has_same_variables(subject: subject_lib.Subject) -> None:
    inference = subject.variables(tag_sets.INFERENCE)
    promise.expect(bool(inference), "{} must have variables, found none")
    for tags in subject.tag_sets:
        found = subject.variables(tags)
        differing = {name for name, _ in found.items() ^ inference.items()}
        promise.expect(
            not differing,
            f"{tag_sets.format_tags(tags)} must have the variables of {{}}, found a "
            f"difference in {_name_first(differing)}",
        )


def _has_finite_weights(subject: subject_lib.Subject) -> None:
    stored = subject.checkpoint()
    promise.expect(bool(stored), "the checkpoint must hold variables, found none")
    differing = set(subject.variables(tag_sets.INFERENCE)) ^ set(stored)
    promise.expect(
        not differing,
        "the checkpoint must hold the graphs' variables, found a difference in "
        f"{_name_first(differing)}",
    )
    for name, value in sorted(stored.items()):
        promise.expect(bool(np.isfinite(value).all()), f"'{name}' must be finite")


def _name_first(names: set[str] | Sequence[str]) -> str:
    """Returns the first name and the number of the others."""
    first, *others = sorted(names) or [""]
    return f"'{first}'" + (f" and {len(others)} more" if others else "")


def _takes_images(subject: subject_lib.Subject) -> None:
    for tags in _HUB_TAG_SETS:
        for name in subject.image_signatures():
            inputs = subject.signature(name, tags).inputs
            promise.expect(
                set(inputs) == {signatures_lib.IMAGES},
                f"signature '{name}' of {tag_sets.format_tags(tags)} must take "
                f"'images' alone, found {sorted(inputs)}",
            )
            _expect_images(inputs[signatures_lib.IMAGES])


def _expect_images(info: Any) -> None:
    shape = tf.TensorShape(graph_facts.shape(info))
    promise.expect(
        info.dtype == tf.float32.as_datatype_enum
        and shape.rank == 4
        and shape[:1].as_list() == [None]
        and shape[3:].as_list() == [3],
        "'images' must be float32 [None, height, width, 3], found "
        f"{tf.as_dtype(info.dtype).name} {shape}",
    )


def _takes_any_image_size(subject: subject_lib.Subject) -> None:
    for name in subject.image_signatures():
        info = subject.signature(name).inputs[signatures_lib.IMAGES]
        shape = tf.TensorShape(graph_facts.shape(info)).as_list()
        if shape[1:3] != [None, None]:
            raise promise.AbsentError(f"'images' of '{name}' is {shape}")


def _takes_momentum(subject: subject_lib.Subject) -> None:
    for tags in _HUB_TAG_SETS:
        for name in subject.hparams_signatures():
            inputs = subject.signature(name, tags).inputs
            expected = {signatures_lib.IMAGES, signatures_lib.BATCH_NORM_MOMENTUM}
            promise.expect(
                set(inputs) == expected,
                f"signature '{name}' must take {sorted(expected)}, found "
                f"{sorted(inputs)}",
            )
            momentum = inputs[signatures_lib.BATCH_NORM_MOMENTUM]
            promise.expect(
                momentum.dtype == tf.float32.as_datatype_enum
                and graph_facts.shape(momentum) == [],
                f"'batch_norm_momentum' of '{name}' must be a float32 scalar",
            )


def _gives_vectors(subject: subject_lib.Subject) -> None:
    main = subject.main_signature
    for tags in _HUB_TAG_SETS:
        widths = {}
        for name in subject.image_signatures():
            outputs = subject.signature(name, tags).outputs
            promise.expect(
                signatures_lib.DEFAULT in outputs,
                f"signature '{name}' must have an output 'default', found none",
            )
            info = outputs[signatures_lib.DEFAULT]
            shape = tf.TensorShape(graph_facts.shape(info))
            promise.expect(
                info.dtype == tf.float32.as_datatype_enum
                and shape.rank == 2
                and shape.as_list()[0] is None
                and shape.as_list()[1] is not None,
                f"'default' of signature '{name}' must be float32 [None, N], found "
                f"{shape}",
            )
            widths[name] = shape.as_list()[1]
        promise.expect(
            widths[signatures_lib.DEFAULT] == widths[main],
            f"signature 'default' must have the {widths[main]} outputs of '{main}', "
            f"found {widths[signatures_lib.DEFAULT]}",
        )


def _says_its_image_size(subject: subject_lib.Subject) -> None:
    for tags in _HUB_TAG_SETS:
        named = tag_sets.format_tags(tags)
        info = subject.attached(
            attachments.IMAGE_MODULE_INFO, messages.ImageModuleInfo, tags
        )
        if info is None:
            raise promise.AbsentError(f"{named} has no attached image size")
        size = info.default_image_size
        promise.expect(
            size.height > 0 and size.width > 0,
            f"the attached image size of {named} must be positive, found {size.height} "
            f"x {size.width}",
        )


def _names_its_classes(subject: subject_lib.Subject) -> None:
    subject.require_classifier()
    outputs = subject.signature(signatures_lib.CLASSIFICATION).outputs
    classes = _count_numbers(outputs[signatures_lib.DEFAULT])
    for tags in _HUB_TAG_SETS:
        names = subject.attached(attachments.CLASS_NAMES, struct_pb2.ListValue, tags)
        if names is None:
            raise promise.AbsentError(
                f"{tag_sets.format_tags(tags)} has no attached class names"
            )
        promise.expect(
            len(names) == classes,
            f"there must be a name for each of the {classes} classes, found "
            f"{len(names)}",
        )


def _count_numbers(info: Any) -> int | None:
    """Returns the last dimension of a signature's tensor, None if it is open."""
    return tf.TensorShape(graph_facts.shape(info)).as_list()[-1]


def _gives_endpoints(subject: subject_lib.Subject) -> None:
    prefix = _attached_network(subject)["model"] + "/"
    expected = {prefix + endpoint for endpoint in _name_endpoints(subject, prefix)}
    for tags in _HUB_TAG_SETS:
        for name in subject.image_signatures():
            missing = expected - set(subject.signature(name, tags).outputs)
            promise.expect(
                not missing,
                f"signature '{name}' of {tag_sets.format_tags(tags)} must have all "
                f"endpoints, found none named {_name_first(missing)}",
            )


def _name_endpoints(subject: subject_lib.Subject, prefix: str) -> list[str]:
    blocks = {
        int(match.group(1))
        for match in map(_BLOCK.search, subject.variables(tag_sets.INFERENCE))
        if match
    }
    promise.expect(bool(blocks), "there must be variables of blocks, found none")
    outputs = subject.signature(signatures_lib.DEFAULT).outputs
    num_reductions = sum(
        endpoints_lib.is_reduction(key[len(prefix) :])
        for key in outputs
        if key.startswith(prefix)
    )
    _check_last_reduction(outputs, prefix, max(blocks), num_reductions)
    return endpoints_lib.names(sorted(blocks), num_reductions, subject.is_classifier)


def _check_last_reduction(
    outputs: Mapping[str, Any], prefix: str, last_block: int, num_reductions: int
) -> None:
    """Checks that the last reduction is the output of the last block."""
    last = prefix + endpoints_lib.reduction_name(num_reductions)
    block = prefix + endpoints_lib.block_name(last_block)
    promise.expect(
        last in outputs
        and block in outputs
        and graph_facts.shape(outputs[last]) == graph_facts.shape(outputs[block]),
        f"the last of {num_reductions} reductions must be the output of '{block}'",
    )


def _is_what_it_says(subject: subject_lib.Subject) -> None:
    network = _attached_network(subject)
    task = network["task"]
    promise.expect(
        subject.is_classifier == (task == tasks.CLASSIFICATION),
        f"the signature '{signatures_lib.CLASSIFICATION}' must be there only if the "
        f"task is classification, found the task '{task}'",
    )
    classifier = [
        name for name in subject.variables(tag_sets.INFERENCE) if is_classifier(name)
    ]
    promise.expect(
        bool(classifier) == subject.is_classifier,
        "a classifier's variables must be there only if the task is classification, "
        f"found the task '{task}' and the variables {classifier}",
    )
    kernel = subject.checkpoint()[network["model"] + "/head/conv2d/kernel"]
    outputs = subject.signature(signatures_lib.FEATURE_VECTOR).outputs
    width = _count_numbers(outputs[signatures_lib.DEFAULT])
    promise.expect(
        width == kernel.shape[-1],
        f"a feature vector must have the head's {kernel.shape[-1]} numbers, found "
        f"{width}",
    )


def _attached_network(subject: subject_lib.Subject) -> Any:
    network = subject.read_facts()
    if network is None:
        raise promise.AbsentError("the module does not say which network it holds")
    return network


def _trains_only_in_train(subject: subject_lib.Subject) -> None:
    subject.meta_graph(tag_sets.TRAIN)
    for collection in (tf.GraphKeys.UPDATE_OPS, tf.GraphKeys.REGULARIZATION_LOSSES):
        for tags in subject.tag_sets:
            count = len(subject.collection(tags, collection).node_list.value)
            promise.expect(
                (count > 0) == (tags == tag_sets.TRAIN),
                f'{collection} must be in {{"train"}} only, found {count} in '
                f"{tag_sets.format_tags(tags)}",
            )


def _regularizes_each_kernel(subject: subject_lib.Subject) -> None:
    kernels = subject.trainable_kernels()
    losses = subject.collection(tag_sets.TRAIN, tf.GraphKeys.REGULARIZATION_LOSSES)
    count = len(losses.node_list.value)
    promise.expect(
        count == len(kernels),
        f"there must be a loss for each of the {len(kernels)} kernels, found {count}",
    )


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
    promise.Promise("returns vectors, mainly as 'default'", _gives_vectors),
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
