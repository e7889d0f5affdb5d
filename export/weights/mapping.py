"""What became of each array of a source of weights, and of each variable."""

from __future__ import annotations

import dataclasses
from typing import Callable, Mapping, Sequence

import numpy as np

from .containers import contents


@dataclasses.dataclass(frozen=True)
class Found:
    """An array of a source that is the value of a variable.

    Attributes:
      name: its name in the source.
      stored: what the source says about it.
      read: returns its values, in the source's order of dimensions.
      axes: the dimensions of the array in the order of the variable's dimensions, None
        if the order is the same.
    """

    name: str
    stored: contents.Stored
    read: Callable[[], np.ndarray]
    axes: Sequence[int] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape in the order of the variable's dimensions."""
        shape = self.stored.shape
        return shape if self.axes is None else tuple(shape[axis] for axis in self.axes)

    def read_in_order(self) -> np.ndarray:
        """Returns the values in the order of the variable's dimensions."""
        value = self.read()
        return value if self.axes is None else value.transpose(self.axes)


@dataclasses.dataclass(frozen=True)
class Taken:
    """An array of the source that is the value of a variable.

    Attributes:
      name: its name in the source.
      stored: what the source says about it.
      variable: the name of the variable.
      shape: the shape of the variable.
      axes: see `Found`.
    """

    name: str
    stored: contents.Stored
    variable: str
    shape: tuple[int, ...]
    axes: tuple[int, ...] | None


@dataclasses.dataclass(frozen=True)
class LeftBehind:
    """An array of the source that is the value of no variable.

    Attributes:
      name: its name in the source.
      stored: what the source says about it.
      reason: why it is left behind.
    """

    name: str
    stored: contents.Stored
    reason: str


@dataclasses.dataclass(frozen=True)
class New:
    """A variable whose value is not in the source.

    Attributes:
      variable: its name.
      shape: its shape.
      origin: where its value comes from.
    """

    variable: str
    shape: tuple[int, ...]
    origin: str


@dataclasses.dataclass(frozen=True)
class WeightsMapping:
    """What became of each array of a source, and of each variable of a network.

    Each array of the source is in one of `taken` and `left_behind`, once. Each variable
    is in one of `taken` and `new`, once.

    Attributes:
      taken: in the order of the network.
      left_behind: in the order of the source.
      new: in the order of the network.
    """

    taken: Sequence[Taken] = ()
    left_behind: Sequence[LeftBehind] = ()
    new: Sequence[New] = ()

    def add_new(
        self, variables: Mapping[str, Sequence[int]], origin: str
    ) -> WeightsMapping:
        """Returns the mapping with more variables whose values are not in the source.

        Args:
          variables: the shape of each one by name.
          origin: where their values come from.
        """
        more = [New(name, tuple(shape), origin) for name, shape in variables.items()]
        return dataclasses.replace(self, new=[*self.new, *more])


def describe(
    found: Mapping[str, Found],
    stored: Mapping[str, contents.Stored],
    explain: Callable[[str], str],
) -> WeightsMapping:
    """Returns the mapping of a source.

    Args:
      found: the array of each variable.
      stored: all arrays of the source by name.
      explain: returns why an array, of some name, is left behind.
    """
    taken = [
        Taken(
            each.name,
            each.stored,
            variable,
            each.shape,
            None if each.axes is None else tuple(each.axes),
        )
        for variable, each in found.items()
    ]
    names = {each.name for each in taken}
    left = [
        LeftBehind(name, each, explain(name))
        for name, each in stored.items()
        if name not in names
    ]
    return WeightsMapping(taken, left)
