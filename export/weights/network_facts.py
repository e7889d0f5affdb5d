"""What weights say about the network that they are for."""

from __future__ import annotations

import dataclasses
from typing import Sequence


@dataclasses.dataclass(frozen=True)
class NetworkFacts:
    """What a source of weights says about its network. None where it does not say.

    Attributes:
      num_classes: the outputs of its classifier.
      preprocessing: the normalization of images, see `preprocessings.parse`.
      padding: 'same' or 'symmetric', see `config.NetworkConfig`.
      batch_norm_epsilon: what is added to a variance before its square root is taken.
      image_size: the expected height and width of images, in pixels.
      class_names: the name of each class in the order of the logits.
    """

    num_classes: int | None = None
    preprocessing: str | None = None
    padding: str | None = None
    batch_norm_epsilon: float | None = None
    image_size: int | None = None
    class_names: Sequence[str] | None = None


NONE = NetworkFacts()
