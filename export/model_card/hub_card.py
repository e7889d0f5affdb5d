"""What the documentation page says of a module in the TF1 Hub format."""

from __future__ import annotations

from typing import Iterable, Sequence

from ...builder import graphs
from ...builder import module_config as module_config_lib
from ...efficientnet import config as config_lib
from ...efficientnet import endpoints
from ...signatures import names as signatures_lib
from . import template

_USAGE = """\
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
```"""

_INTERFACE = """\
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
    converters, by the signature `serving_default`."""


def describe(
    config: module_config_lib.ModuleConfig, module_graphs: Sequence[graphs.ModuleGraph]
) -> template.Format:
    """Describes a module for its page.

    Args:
      config: the module's configuration.
      module_graphs: its graphs, that for inference first, of which the signatures
        are told.
    """
    network = config.network
    classification = network.num_classes is not None
    usage = _USAGE.format(
        result="logits" if classification else "features",
        result_shape="[batch_size, %d]" % (network.num_classes or network.num_features),
    )
    interface = _INTERFACE.format(
        size=network.image_size,
        signatures="\n".join(_signature_rows(module_graphs)),
        endpoints="\n".join(_endpoint_rows(network, module_graphs[0])),
        dropout="; dropout before the classifier" if classification else "",
        momentum=network.batch_norm_momentum,
    )
    return template.Format("hub", "attached as `class_names`", usage, interface)


def _signature_rows(module_graphs: Sequence[graphs.ModuleGraph]) -> Iterable[str]:
    for module_graph in module_graphs:
        tags = "{{{}}}".format(
            ", ".join(f'"{tag}"' for tag in sorted(module_graph.tags))
        )
        for signature in module_graph.signatures:
            outputs = signature.outputs
            if signatures_lib.DEFAULT in outputs:
                output = f"`{_shape(outputs[signatures_lib.DEFAULT])}`"
            else:
                output = ", ".join(
                    f"`{name}` `{_shape(tensor)}`"
                    for name, tensor in sorted(outputs.items())
                )
            yield "| `{}` | `{}` | {} | {} |".format(
                tags,
                signature.name,
                ", ".join(f"`{name}`" for name in sorted(signature.inputs)),
                output,
            )


def _endpoint_rows(
    network: config_lib.NetworkConfig, module_graph: graphs.ModuleGraph
) -> Iterable[str]:
    sizes = endpoints.sizes(network)
    for name, tensor in module_graph.signatures[0].outputs.items():
        if name == signatures_lib.DEFAULT:
            continue
        shape = tensor.shape.as_list()
        if len(shape) == 4:
            shape[1:3] = [sizes[name.rsplit("/", 1)[-1]]] * 2
        yield "| `{}` | `[batch_size, {}]` |".format(
            name, ", ".join(map(str, shape[1:]))
        )


def _shape(tensor) -> str:
    names = ["batch_size", "height", "width"]
    dimensions = tensor.shape.as_list()
    return "[{}]".format(
        ", ".join(
            names[axis] if size is None else str(size)
            for axis, size in enumerate(dimensions)
        )
    )
