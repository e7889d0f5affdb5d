"""Keys of state dicts of efficientnet-pytorch become variables of the network."""

from __future__ import annotations

import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights.naming import efficientnet_pytorch

# The first block of b0 has no expansion, the others do.
_KEYS = {
    "_conv_stem.weight": "stem/conv2d/kernel",
    "_bn0.weight": "stem/tpu_batch_normalization/gamma",
    "_bn0.bias": "stem/tpu_batch_normalization/beta",
    "_bn0.running_mean": "stem/tpu_batch_normalization/moving_mean",
    "_bn0.running_var": "stem/tpu_batch_normalization/moving_variance",
    "_blocks.0._depthwise_conv.weight": "blocks_0/depthwise_conv2d/depthwise_kernel",
    "_blocks.0._bn1.weight": "blocks_0/tpu_batch_normalization/gamma",
    "_blocks.0._se_reduce.weight": "blocks_0/se/conv2d/kernel",
    "_blocks.0._se_reduce.bias": "blocks_0/se/conv2d/bias",
    "_blocks.0._se_expand.weight": "blocks_0/se/conv2d_1/kernel",
    "_blocks.0._se_expand.bias": "blocks_0/se/conv2d_1/bias",
    "_blocks.0._project_conv.weight": "blocks_0/conv2d/kernel",
    "_blocks.0._bn2.weight": "blocks_0/tpu_batch_normalization_1/gamma",
    "_blocks.1._expand_conv.weight": "blocks_1/conv2d/kernel",
    "_blocks.1._bn0.weight": "blocks_1/tpu_batch_normalization/gamma",
    "_blocks.1._depthwise_conv.weight": "blocks_1/depthwise_conv2d/depthwise_kernel",
    "_blocks.1._bn1.running_var": "blocks_1/tpu_batch_normalization_1/moving_variance",
    "_blocks.1._se_reduce.weight": "blocks_1/se/conv2d/kernel",
    "_blocks.1._project_conv.weight": "blocks_1/conv2d_1/kernel",
    "_blocks.1._bn2.running_mean": "blocks_1/tpu_batch_normalization_2/moving_mean",
    "_conv_head.weight": "head/conv2d/kernel",
    "_bn1.bias": "head/tpu_batch_normalization/beta",
    "_fc.weight": "head/dense/kernel",
    "_fc.bias": "head/dense/bias",
}


@pytest.mark.parametrize("key", sorted(_KEYS))
def test_a_key_names_a_variable(key):
    network = config_lib.get_config("efficientnet-b0")

    names = efficientnet_pytorch.LIBRARY.name_variables(network)

    assert names[key] == "efficientnet-b0/" + _KEYS[key]
