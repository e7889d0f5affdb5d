"""The parts of a page that depend on the TF1 Hub format."""

from __future__ import annotations

from typing import Iterable, Mapping, Sequence

import tensorflow.compat.v1 as tf

from ...builder import graphs
from ...builder import module_config as module_config_lib
from ...efficientnet import config as config_lib
from ...efficientnet import endpoints
from ...signatures import names as signatures_lib
from . import card, template

_USAGE = """\
In a TF1 graph, with tensorflow_hub before 0.16:

```python
module = hub.Module("path/to/module")
height, width = hub.get_expected_image_size(module)
images = ...  # float32 [batch_size, height, width, 3], RGB values in [0, 1].
{result} = module(images)  # {result_shape}
```

To fine-tune the module, run the update ops in each training step:

```python
module = hub.Module("path/to/module", trainable=True, tags={{"train"}})
...
update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
with tf.control_dependencies(update_ops):
    train_op = optimizer.minimize(loss + tf.losses.get_regularization_loss())
```"""

_SIGNATURES = """\
| tag set | signature | inputs | output `default` |
| --- | --- | --- | --- |
{signatures}

`batch_norm_momentum` is a float32 scalar. The signatures of `{{}}` and `{{"train"}}`
also return these endpoints:

| endpoint | shape for images of {size} x {size} |
| --- | --- |
{endpoints}"""

_TAG_SETS = """\
*   `{{}}`: inference.
*   `{{"train"}}`: fine-tuning. Batch normalization uses the statistics of the batch,
    and its updates are in `UPDATE_OPS`. The network applies {randomness}.
    The L2 regularization of the kernels is in `REGULARIZATION_LOSSES`. The momentum of
    batch normalization is {momentum}, or the input `batch_norm_momentum` of the
    signatures `..._with_bn_hparams`.
*   `{{"serve"}}`: TensorFlow Serving, `saved_model_cli`, `tf.saved_model.load` and
    converters. The signature is `serving_default`."""


def describe(
    config: module_config_lib.ModuleConfig, module_graphs: Sequence[graphs.ModuleGraph]
) -> template.Format:
    """Returns the parts of a module's page that depend on the format.

    Args:
      config: the module's configuration.
      module_graphs: its graphs, the one for inference first. The page lists their
        signatures.
    """
    network = config.network
    classification = network.num_classes is not None
    usage = _USAGE.format(
        result="logits" if classification else "features",
        result_shape=f"[batch_size, {network.num_classes or network.num_features}]",
    )
    signatures = _SIGNATURES.format(
        size=network.image_size,
        signatures="\n".join(_list_signatures(module_graphs)),
        endpoints="\n".join(_list_endpoints(network, module_graphs[0])),
    )
    tag_sets = _TAG_SETS.format(
        randomness=template.describe_randomness(network),
        momentum=network.batch_norm_momentum,
    )
    interface = [
        card.Section("Signatures", signatures),
        card.Section("Tag sets", tag_sets),
    ]
    return template.Format("hub", "attached as `class_names`", usage, interface)


def _list_signatures(module_graphs: Sequence[graphs.ModuleGraph]) -> Iterable[str]:
    """Yields a row of the table for each signature."""
    for module_graph in module_graphs:
        tags = ", ".join(f'"{tag}"' for tag in sorted(module_graph.tags))
        for signature in module_graph.signatures:
            inputs = ", ".join(f"`{name}`" for name in sorted(signature.inputs))
            outputs = _describe_outputs(signature.outputs)
            yield f"| `{{{tags}}}` | `{signature.name}` | {inputs} | {outputs} |"


def _describe_outputs(outputs: Mapping[str, tf.Tensor]) -> str:
    """Returns the shape of the default output, or of each output if there is none."""
    if signatures_lib.DEFAULT in outputs:
        return f"`{_describe_shape(outputs[signatures_lib.DEFAULT])}`"
    return ", ".join(
        f"`{name}` `{_describe_shape(tensor)}`"
        for name, tensor in sorted(outputs.items())
    )


def _list_endpoints(
    network: config_lib.NetworkConfig, module_graph: graphs.ModuleGraph
) -> Iterable[str]:
    """Yields a row of the table for each endpoint."""
    sizes = endpoints.sizes(network)
    for name, tensor in module_graph.signatures[0].outputs.items():
        if name == signatures_lib.DEFAULT:
            continue
        shape = tensor.shape.as_list()
        if len(shape) == 4:
            shape[1:3] = [sizes[name.rsplit("/", 1)[-1]]] * 2
        sizes_by_axis = ", ".join(map(str, shape[1:]))
        yield f"| `{name}` | `[batch_size, {sizes_by_axis}]` |"


def _describe_shape(tensor: tf.Tensor) -> str:
    """Returns a shape with names for the dimensions that are not static."""
    names = ["batch_size", "height", "width"]
    dimensions = ", ".join(
        names[axis] if size is None else str(size)
        for axis, size in enumerate(tensor.shape.as_list())
    )
    return f"[{dimensions}]"
