"""The naming of timm, and of its predecessor geffnet.

Source: timm/models/efficientnet.py and _efficientnet_blocks.py of timm 1.0.31. The
names and the shapes do not tell the family `tf_efficientnet_*` from `efficientnet_*`,
which pads differently: see `source_models`.
"""

from __future__ import annotations

from ....efficientnet import config as config_lib
from . import library, network_layers, pytorch_layout

_OUTSIDE = {
    network_layers.STEM: "conv_stem",
    network_layers.STEM_NORM: "bn1",
    network_layers.HEAD: "conv_head",
    network_layers.HEAD_NORM: "bn2",
    network_layers.CLASSIFIER: "classifier",
}
_SQUEEZE_AND_EXCITE = {
    network_layers.SQUEEZE: "se.conv_reduce",
    network_layers.EXCITE: "se.conv_expand",
}
# The class InvertedResidual.
_WITH_EXPANSION = {
    network_layers.EXPAND: "conv_pw",
    network_layers.EXPAND_NORM: "bn1",
    network_layers.DEPTHWISE: "conv_dw",
    network_layers.DEPTHWISE_NORM: "bn2",
    network_layers.PROJECT: "conv_pwl",
    network_layers.PROJECT_NORM: "bn3",
    **_SQUEEZE_AND_EXCITE,
}
# The class DepthwiseSeparableConv.
_WITHOUT_EXPANSION = {
    network_layers.DEPTHWISE: "conv_dw",
    network_layers.DEPTHWISE_NORM: "bn1",
    network_layers.PROJECT: "conv_pw",
    network_layers.PROJECT_NORM: "bn2",
    **_SQUEEZE_AND_EXCITE,
}


def _name_variables(network: config_lib.NetworkConfig) -> dict[str, str]:
    return pytorch_layout.name_arrays(network, _name_layer)


def _name_layer(layer: network_layers.Layer) -> str:
    if layer.block is None:
        return _OUTSIDE[layer.role]
    names = _WITHOUT_EXPANSION if layer.block.expansion == 1 else _WITH_EXPANSION
    return f"blocks.{layer.block.stage}.{layer.repeat}.{names[layer.role]}"


LIBRARY = library.Library(
    name="timm",
    stem="conv_stem.weight",
    name_variables=_name_variables,
    without_classifier="with num_classes=0",
)
