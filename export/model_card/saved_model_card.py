"""The parts of a page that depend on the format SavedModel of TensorFlow 2."""

from __future__ import annotations

from ...builder import module_config as module_config_lib
from . import card, template

_USAGE = """\
In TensorFlow 2, in a model of Keras 2 (`tf_keras` since TensorFlow 2.16):

```python
layer = hub.KerasLayer("path/to/module")
images = ...  # float32 [batch_size, {size}, {size}, 3], RGB values in [0, 1].
{result} = layer(images)  # {result_shape}
```

To fine-tune the module:

```python
layer = hub.KerasLayer(
    "path/to/module",
    trainable=True,
    arguments={{"batch_norm_momentum": {momentum}}},
)
```

Without Keras, `hub.load("path/to/module")` and `tf.saved_model.load` return the same
object."""

_OBJECT = """\
| attribute | description |
| --- | --- |
| `__call__(images, training=False, batch_norm_momentum={momentum}, \
return_endpoints=False)` | `{shape}` |
| `variables`, `trainable_variables` | named as in the publisher's checkpoints |
| `regularization_losses` | one function: the L2 loss of all kernels |{class_names}
| `module_facts.asset_path` | a JSON file about the module, for `export --weights` |
| `signatures["serving_default"]` | inference, with the input `images`: {served} |

`training` is a Python value. With `training=True`, batch normalization uses the
statistics of the batch, and each call updates the moving averages with the momentum
`batch_norm_momentum`, a float32 scalar. Training also applies
{randomness}.

With the Python value `return_endpoints=True`, the result is a dictionary: `default` is
the output, and `{name}/reduction_1` to `{name}/reduction_5` are among the intermediate
outputs. In a model of mixed precision, pass `dtype=tf.float32` to `hub.KerasLayer`."""

_CLASS_NAMES = (
    "\n| `class_names.asset_path` | a text file of the class names, one per line |"
)


def describe(config: module_config_lib.ModuleConfig) -> template.Format:
    """Returns the parts of a module's page that depend on the format.

    Args:
      config: the module's configuration.
    """
    network = config.network
    if network.num_classes is None:
        result, outputs = "features", ["feature_vector"]
    else:
        result, outputs = "logits", ["logits", "probabilities"]
    shape = f"[batch_size, {network.num_classes or network.num_features}]"
    usage = _USAGE.format(
        size=network.image_size,
        result=result,
        result_shape=shape,
        momentum=network.batch_norm_momentum,
    )
    described = _OBJECT.format(
        name=network.name,
        momentum=network.batch_norm_momentum,
        shape=shape,
        class_names="" if config.class_names is None else _CLASS_NAMES,
        served=", ".join(f"`{name}` `{shape}`" for name in outputs),
        randomness=template.describe_randomness(network),
    )
    return template.Format(
        "saved_model_2",
        "in `assets/class_names.txt`",
        usage,
        [card.Section("The object", described)],
    )
