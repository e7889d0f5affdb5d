"""A naming as data: what a library of PyTorch calls each variable of a network."""

from __future__ import annotations

import dataclasses
from typing import Callable, Mapping

from ....efficientnet import config as config_lib


@dataclasses.dataclass(frozen=True)
class Library:
    """How a library of PyTorch names the arrays of an EfficientNet.

    Attributes:
      name: what users call the library, such as 'timm'.
      stem: the key of the first convolution's kernel, which no other library has.
      name_variables: returns the variable for each key of a network's arrays, both
        without the prefix of a program; the name of a variable starts with the name of
        the network. The classifier is among them, also of a network without one.
      without_classifier: what follows the name of a model that has none, in a sentence
        about how to make it.
    """

    name: str
    stem: str
    name_variables: Callable[[config_lib.NetworkConfig], Mapping[str, str]]
    without_classifier: str
