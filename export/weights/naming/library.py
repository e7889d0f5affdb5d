"""A naming of arrays as data: what a library calls each variable of a network."""

from __future__ import annotations

import dataclasses
from typing import Callable, Collection, Mapping

import numpy as np

from ....efficientnet import config as config_lib


@dataclasses.dataclass(frozen=True)
class Library:
    """How a library names and lays out the arrays of an EfficientNet.

    Attributes:
      name: what users call the library, such as 'timm'.
      stem: the key of the first convolution's kernel, which no other library has.
      name_variables: returns the variable for each key of a network's arrays, both
        without the prefix of a program; the name of a variable starts with the name of
        the network. The classifier is among them, also of a network without one.
      to_tensorflow: returns a view of an array in TensorFlow's order of dimensions.
        Arguments: the name of the variable, and the array.
      from_tensorflow: the inverse.
      ignored: the ends of keys that stand for no variable, such as counters of batches.
    """

    name: str
    stem: str
    name_variables: Callable[[config_lib.NetworkConfig], Mapping[str, str]]
    to_tensorflow: Callable[[str, np.ndarray], np.ndarray]
    from_tensorflow: Callable[[str, np.ndarray], np.ndarray]
    ignored: Collection[str] = ()
