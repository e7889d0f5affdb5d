"""What the publisher says of each variant's accuracy."""

from __future__ import annotations

from typing import Mapping

# Top-1 accuracy in per cent on ImageNet's validation set. b0 to b7: of the AutoAugment
# checkpoints (github.com/tensorflow/tpu, efficientnet/README.md). Lite: of the float32
# checkpoints (the same, efficientnet/lite/README.md).
TOP1: Mapping[str, float] = {
    "efficientnet-b0": 77.1,
    "efficientnet-b1": 79.1,
    "efficientnet-b2": 80.1,
    "efficientnet-b3": 81.6,
    "efficientnet-b4": 82.9,
    "efficientnet-b5": 83.6,
    "efficientnet-b6": 84.0,
    "efficientnet-b7": 84.3,
    "efficientnet-lite0": 75.1,
    "efficientnet-lite1": 76.7,
    "efficientnet-lite2": 77.6,
    "efficientnet-lite3": 79.8,
    "efficientnet-lite4": 81.5,
}
