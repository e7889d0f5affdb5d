"""The module's documentation page: what it takes, gives, and came from."""

from __future__ import annotations

from typing import Iterable, Mapping, Sequence

import numpy as np

from efficientnet_hub.builder import graphs
from efficientnet_hub.builder import module_config as module_config_lib
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import source
from efficientnet_hub.signatures import names as signatures_lib

# Ids of tfhub.dev's vocabulary of architectures; the others go by the family's.
_ARCHITECTURE_IDS = tuple("efficientnet-b%d" % number for number in range(8))
_FAMILY_ID = "efficientnet"
_DATASET_IDS = {"ImageNet (ILSVRC-2012-CLS)": "imagenet-ilsvrc-2012-cls"}
_TASK_IDS = {
    module_config_lib.CLASSIFICATION: "image-classification",
    module_config_lib.FEATURE_VECTOR: "image-feature-vector",
}
# Top-1 accuracy in per cent on ImageNet's validation set, as the publisher gives
# it for the AutoAugment checkpoints (github.com/tensorflow/tpu, EfficientNet).
_PUBLISHED_TOP1 = dict(
    zip(_ARCHITECTURE_IDS, (77.1, 79.1, 80.1, 81.6, 82.9, 83.6, 84.0, 84.3))
)
_NORMALIZATIONS = {
    "imagenet": "`(x - m) / s` with ImageNet's mean m = (0.485, 0.456, 0.406) and "
    "deviation s = (0.229, 0.224, 0.225)",
    "advprop": "`2 x - 1`",
    "lite": "`(255 x - 127) / 128`",
}

_HANDLE = "efficientnet-hub/%s/%s/1"
_PAGE = """\
# Module {handle}

{summary}

{metadata}

## Overview

{model} is a network of the EfficientNet family: Mingxing Tan and Quoc V. Le,
[EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks](https://arxiv.org/abs/1905.11946), ICML 2019.

*   Parameters: {trainable:,} trainable, {moving:,} in moving averages.
*   Expected image size: {size} x {size} pixels (height x width).
*   Feature vector: {features:,} numbers.
{classes}

## Weights

{weights}

## Usage

In a TF1 graph, with tensorflow_hub before 0.16:

```python
module = hub.Module("path/to/module")
height, width = hub.get_expected_image_size(module)
images = ...  # float32 [batch_size, height, width, 3], RGB values in [0, 1].
{result} = module(images)  # {result_shape}
```

For fine-tuning, run the update ops with each training step:

```python
module = hub.Module("path/to/module", trainable=True, tags={{"train"}})
...
update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
with tf.control_dependencies(update_ops):
    train_op = optimizer.minimize(loss + tf.losses.get_regularization_loss())
```

## Input

`images`: float32 `[batch_size, height, width, 3]`, RGB values in [0, 1]. Any height
and width will do; {size} x {size} is what the network is meant for. The module
normalizes them itself as its weights expect it ({preprocessing}): {normalization}.

## Signatures

| tag set | signature | inputs | output `default` |
| --- | --- | --- | --- |
{signatures}

`batch_norm_momentum` is a float32 scalar. The signatures of `{{}}` and `{{"train"}}`
also return the endpoints:

| endpoint | shape for images of {size} x {size} |
| --- | --- |
{endpoints}

## Tag sets

*   `{{}}`: inference.
*   `{{"train"}}`: fine-tuning. Batch normalization by batch statistics, its updates in
    `UPDATE_OPS`; stochastic depth{dropout}; L2 regularization of the kernels in
    `REGULARIZATION_LOSSES`. Batch norm's momentum is {momentum}, or what the
    `..._with_bn_hparams` signatures are fed.
*   `{{"serve"}}`: TensorFlow Serving, `saved_model_cli`, `tf.saved_model.load` and
    converters, by the signature `serving_default`.
"""


def render(
    config: module_config_lib.ModuleConfig,
    weights: source.Weights,
    module_graphs: Sequence[graphs.ModuleGraph],
    archive_name: str | None,
) -> str:
    """Returns the page of a module, Markdown.

    Args:
      config: the module's configuration.
      weights: its weights, of which the values are not asked.
      module_graphs: its graphs, that for inference first, of which the signatures
        are told.
      archive_name: the archive's file name, or None if there is none.
    """
    network = config.network
    classification = network.num_classes is not None
    variables = module_graphs[0].variable_shapes()
    moving = _count({n: s for n, s in variables.items() if "/moving_" in n})
    return _PAGE.format(
        handle=config.handle or _HANDLE % (network.name, config.task),
        model=network.name,
        summary=_summary(config, weights),
        metadata="\n".join(_metadata(config, weights, archive_name)),
        trainable=_count(variables) - moving,
        moving=moving,
        size=network.image_size,
        features=network.num_features,
        classes=_classes(config),
        weights="\n".join(_weights_lines(network.name, weights)),
        result="logits" if classification else "features",
        result_shape="[batch_size, %d]" % (network.num_classes or network.num_features),
        preprocessing=network.preprocessing,
        normalization=_NORMALIZATIONS[network.preprocessing],
        signatures="\n".join(_signature_rows(module_graphs)),
        endpoints="\n".join(_endpoint_rows(network, module_graphs[0])),
        dropout="; dropout before the classifier" if classification else "",
        momentum=network.batch_norm_momentum,
    )


def _summary(config: module_config_lib.ModuleConfig, weights: source.Weights) -> str:
    what = {
        module_config_lib.CLASSIFICATION: "Image classification",
        module_config_lib.FEATURE_VECTOR: "Feature vectors of images",
    }[config.task]
    if not weights.trained:
        return "%s with %s, UNTRAINED: random initial weights." % (
            what,
            config.network.name,
        )
    trained_on = " trained on %s" % weights.dataset if weights.dataset else ""
    anew = ", its classifier UNTRAINED" if weights.new_classifier else ""
    return "%s with %s%s%s." % (what, config.network.name, trained_on, anew)


def _metadata(
    config: module_config_lib.ModuleConfig,
    weights: source.Weights,
    archive_name: str | None,
) -> Iterable[str]:
    name = config.network.name
    yield "<!-- asset-path: %s -->" % (archive_name or "legacy")
    yield "<!-- task: %s -->" % _TASK_IDS[config.task]
    if weights.dataset:
        yield "<!-- dataset: %s -->" % _DATASET_IDS[weights.dataset]
    yield "<!-- network-architecture: %s -->" % (
        name if name in _ARCHITECTURE_IDS else _FAMILY_ID
    )
    yield "<!-- fine-tunable: true -->"
    yield "<!-- format: hub -->"
    # What was trained from weights is not given away by their license.
    known = None if weights.descended else weights.license
    yield "<!-- license: %s -->" % (known or "custom").lower()


def _count(variables: Mapping[str, Sequence[int]]) -> int:
    return sum(int(np.prod(shape)) for shape in variables.values())


def _classes(config: module_config_lib.ModuleConfig) -> str:
    if config.network.num_classes is None:
        return "*   No classifier."
    if config.class_names is None:
        return "*   Classes: %d, without names." % config.network.num_classes
    return "*   Classes: %d, from '%s' to '%s' (attached as `class_names`)." % (
        config.network.num_classes,
        config.class_names[0],
        config.class_names[-1],
    )


def _weights_lines(model: str, weights: source.Weights) -> Iterable[str]:
    if not weights.trained:
        yield "**Untrained.** The module holds the %s:" % weights.origin
        yield "its output means nothing before it is trained."
        return
    yield "From: %s." % weights.origin
    if weights.new_classifier:
        yield "\n**The classifier is untrained**: its logits mean nothing before it is."
    for name, digest in sorted(weights.files.items()):
        yield "\n*   `%s`, SHA-256 `%s`" % (name, digest)
    those = "the weights that it started from" if weights.descended else "the weights"
    if weights.license:
        yield "\nLicense of %s: %s, by their LICENSE file." % (those, weights.license)
    else:
        yield "\nThe license of %s is not known to the builder of this module." % those
    if weights.measured:
        yield "\n%s" % weights.measured
    if weights.publisher_set and model in _PUBLISHED_TOP1:
        yield (
            "\nTop-1 accuracy on ImageNet's validation set as the publisher gives it "
            "for these weights: %.1f %%. It was not measured again on this module."
            % _PUBLISHED_TOP1[model]
        )


def _signature_rows(module_graphs: Sequence[graphs.ModuleGraph]) -> Iterable[str]:
    for module_graph in module_graphs:
        tags = "{%s}" % ", ".join('"%s"' % tag for tag in sorted(module_graph.tags))
        for signature in module_graph.signatures:
            outputs = signature.outputs
            if signatures_lib.DEFAULT in outputs:
                output = "`%s`" % _shape(outputs[signatures_lib.DEFAULT])
            else:
                output = ", ".join(
                    "`%s` `%s`" % (name, _shape(tensor))
                    for name, tensor in sorted(outputs.items())
                )
            yield "| `%s` | `%s` | %s | %s |" % (
                tags,
                signature.name,
                ", ".join("`%s`" % name for name in sorted(signature.inputs)),
                output,
            )


def _endpoint_rows(
    network: config_lib.NetworkConfig, module_graph: graphs.ModuleGraph
) -> Iterable[str]:
    sizes = _endpoint_sizes(network)
    for name, tensor in module_graph.signatures[0].outputs.items():
        if name == signatures_lib.DEFAULT:
            continue
        shape = tensor.shape.as_list()
        if len(shape) == 4:
            shape[1:3] = [sizes[name.rsplit("/", 1)[-1]]] * 2
        yield "| `%s` | `[batch_size, %s]` |" % (name, ", ".join(map(str, shape[1:])))


def _endpoint_sizes(network: config_lib.NetworkConfig) -> dict[str, int]:
    """Height and width of each endpoint for images of the expected size."""
    sizes = {"stem": network.stem_size}
    reduction = 0
    blocks = network.blocks()
    for block, after in zip(blocks, blocks[1:] + [None]):
        size = sizes["block_%d" % block.index] = block.output_size
        if after is None or after.stride > 1:
            reduction += 1
            sizes["reduction_%d" % reduction] = size
    return dict(sizes, features=size, head_1x1=size)


def _shape(tensor) -> str:
    names = ["batch_size", "height", "width"]
    dimensions = tensor.shape.as_list()
    return "[%s]" % ", ".join(
        names[axis] if size is None else str(size)
        for axis, size in enumerate(dimensions)
    )
