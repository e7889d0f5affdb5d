"""The formats that weights are converted to, without importing what writes them."""

from __future__ import annotations

CHECKPOINT, SAFETENSORS, PTH, KERAS = "checkpoint", "safetensors", "pth", "keras"
# What the name of the file ends with, by format. A checkpoint is written to a folder.
ENDINGS = {SAFETENSORS: ".safetensors", PTH: ".pth", KERAS: ".weights.h5"}
FORMATS = (CHECKPOINT, *ENDINGS)
# The formats whose arrays have the names of a library.
NAMED_FORMATS = (SAFETENSORS, PTH)
# The names of `naming.libraries.PYTORCH`, which imports numpy.
LIBRARIES = ("timm", "torchvision", "efficientnet_pytorch")
