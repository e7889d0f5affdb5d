"""The naming of torchvision.

Source: torchvision/models/efficientnet.py, class MBConv, of torchvision 0.29. The parts
of a block are numbered: the expansion, the depthwise convolution, squeeze-and-excite,
and the projection. A part that a block does not have takes no number.
"""

from __future__ import annotations

from ....efficientnet import config as config_lib
from . import library, network_layers, pytorch_layout

_FIRST_STAGE = 1  # features.0 is the stem.


def _name_variables(network: config_lib.NetworkConfig) -> dict[str, str]:
    head = f"features.{_FIRST_STAGE + len(network.stages)}"
    outside = {
        network_layers.STEM: "features.0.0",
        network_layers.STEM_NORM: "features.0.1",
        network_layers.HEAD: f"{head}.0",
        network_layers.HEAD_NORM: f"{head}.1",
        network_layers.CLASSIFIER: "classifier.1",  # classifier.0 is the dropout.
    }

    def name_layer(layer: network_layers.Layer) -> str:
        if layer.block is None:
            return outside[layer.role]
        stage = _FIRST_STAGE + layer.block.stage
        part = _name_parts(layer.block)[layer.role]
        return f"features.{stage}.{layer.repeat}.block.{part}"

    return pytorch_layout.name_arrays(network, name_layer)


def _name_parts(block: config_lib.BlockConfig) -> dict[str, str]:
    """Returns the name of each layer of a block."""
    depthwise = 0 if block.expansion == 1 else 1
    squeeze = depthwise + 1
    project = squeeze if block.squeeze_filters is None else squeeze + 1
    return {
        network_layers.EXPAND: "0.0",
        network_layers.EXPAND_NORM: "0.1",
        network_layers.DEPTHWISE: f"{depthwise}.0",
        network_layers.DEPTHWISE_NORM: f"{depthwise}.1",
        network_layers.SQUEEZE: f"{squeeze}.fc1",
        network_layers.EXCITE: f"{squeeze}.fc2",
        network_layers.PROJECT: f"{project}.0",
        network_layers.PROJECT_NORM: f"{project}.1",
    }


LIBRARY = library.Library(
    name="torchvision",
    stem="features.0.0.weight",
    name_variables=_name_variables,
    without_classifier="with strict=False: the file has no classifier",
)
