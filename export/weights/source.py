"""The weights that a reader returns, and the checks that all of them pass."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from typing import TYPE_CHECKING, Mapping, Sequence

import numpy as np

from ... import aligned_arrays, digests, errors
from ...efficientnet import config as config_lib
from ...signatures import measurements
from ...signatures import provenance as provenance_lib
from . import mapping as mapping_lib
from . import network_facts
from .naming import classifier

if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object  # Python 3.7 has no typing.Protocol.

# The types of weights, by name. An integer or a quantized value needs a scale to be a
# weight, and a complex number has no real one.
_TYPES = ("float16", "bfloat16", "float32", "float64")
# A variance that a training brings close to zero can be this much below it: processes
# of a cluster subtract shares of values that others have changed meanwhile. Batch
# normalization adds 1e-3 to it.
_ROUNDED_VARIANCE = -1e-9
# How many names a note has.
_MOST_NAMES = 20


@dataclasses.dataclass(frozen=True)
class Weights:
    """Values for the variables of a network, and where they come from.

    Attributes:
      values: float32 array of each variable by name, see `aligned_arrays.copy`.
      provenance: where they come from.
      trained: whether they come from training rather than a random generator.
      files: SHA-256 of each file read, by the file's name.
      new_classifier: whether the classifier has initial values.
      published_top1: top-1 accuracy in per cent on ImageNet's validation set that the
        publisher reports for exactly these weights, or None.
      measurement: what was measured with exactly these weights, or None.
      measured: text about it, Markdown, or None.
      notes: what to report to the user about them, a sentence each.
      mapping: what became of each array of the source.
    """

    values: Mapping[str, np.ndarray]
    provenance: provenance_lib.Provenance
    trained: bool
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    new_classifier: bool = False
    published_top1: float | None = None
    measurement: measurements.Measurement | None = None
    measured: str | None = None
    notes: Sequence[str] = ()
    mapping: mapping_lib.WeightsMapping = mapping_lib.WeightsMapping()

    def without_values(self) -> Weights:
        """Returns the facts about the weights, so that the values can be freed."""
        return dataclasses.replace(self, values={})

    def descend_from(self, start: provenance_lib.Provenance, how: str) -> Weights:
        """Returns the same weights with the provenance of what they started from.

        Args:
          start: the provenance of the weights that they started from.
          how: how they came from those, e.g. 'fine-tuned from'.
        """
        return dataclasses.replace(
            self, provenance=self.provenance.descend_from(start, how)
        )


class Source(Protocol):
    """Weights that are open: what they say about their network, and their values."""

    @property
    def facts(self) -> network_facts.NetworkFacts:
        """What they say about their network."""

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        new_classifier: bool,
    ) -> Weights:
        """Reads the values. A source is read at most once, which frees its memory.

        Args:
          network: the network that the weights are for.
          expected: shape of each variable to read, by name.
          new_classifier: whether to leave out the classifier of the source.

        Raises:
          errors.InputError: if a value is missing, damaged, or of another network.
        """


def read_values(
    found: Mapping[str, mapping_lib.Found],
    expected: Mapping[str, Sequence[int]],
    network: str,
    place: str,
) -> dict[str, np.ndarray]:
    """Checks arrays against the variables of a network, and reads them.

    Each value is read on its own, and copied if it must be: nothing holds all of them
    twice.

    Args:
      found: array of each variable by name; exactly the network's variables.
      expected: shape of each variable of the network by name.
      network: the network's name.
      place: what the arrays were read from, e.g. "checkpoint 'model.ckpt'".

    Returns:
      Each array by name, see `aligned_arrays.align`.

    Raises:
      errors.InputError: if a variable is missing, not of the network, of another
        shape or type, or holds NaN, infinity, or a negative variance.
    """
    for name in expected:
        if name not in found:
            raise errors.InputError(
                f"{place} must hold the variable '{name}' of {network}, found no such "
                "name: is it of another variant, or do its names have the prefix of "
                "another program?"
            )
    for name in found:
        if name not in expected:
            raise errors.InputError(
                f"{place} must hold variables of {network} only, found '{name}': is it "
                "of another variant?"
            )
    for name, shape in expected.items():
        _check_shape(name, found[name].shape, shape, network, place)
        _check_type(name, found[name].stored.dtype, place)
    return {
        name: _check_value(name, found[name].read_in_order(), place)
        for name in expected
    }


def _check_shape(
    name: str, found: Sequence[int], expected: Sequence[int], network: str, place: str
) -> None:
    """Raises errors.InputError unless two shapes of a variable are equal."""
    found, expected = tuple(found), tuple(expected)
    if found == expected:
        return
    cause = "is it of another variant?"
    # The last dimension of the classifier is the number of classes.
    is_resized = len(found) == len(expected) and found[:-1] == expected[:-1]
    if classifier.is_classifier(name) and is_resized and found[-1] > 0:
        cause = (
            f"give --num_classes={found[-1]} to keep its classifier, or "
            "--new_classifier to start with a new one"
        )
    raise errors.InputError(
        f"variable '{name}' of {network} must have shape {expected}, found {found} in "
        f"{place}: {cause}"
    )


def _check_type(name: str, dtype: str, place: str) -> None:
    """Raises errors.InputError unless a type is one of weights.

    Args:
      name: the variable's name.
      dtype: the name of its type, such as 'float32'.
      place: what the variable is read from.
    """
    if dtype not in _TYPES:
        raise errors.InputError(
            f"variable '{name}' in {place} must be of a type in {', '.join(_TYPES)}, "
            f"found {dtype}: are its weights quantized, or of another kind?"
        )


def _check_value(name: str, value: np.ndarray, place: str) -> np.ndarray:
    """Returns the value of a variable, see `aligned_arrays.align`.

    Raises:
      errors.InputError: if it holds NaN, infinity, or a negative variance as float32.
    """
    value = aligned_arrays.align(value)
    if not np.isfinite(value).all():
        raise errors.InputError(
            f"variable '{name}' in {place} must be finite, found "
            f"{value[~np.isfinite(value)].flat[0]}: did its training diverge, or "
            "is the file damaged?"
        )
    if name.endswith("moving_variance") and value.min() < _ROUNDED_VARIANCE:
        raise errors.InputError(
            f"variable '{name}' in {place} must be a variance, which is not negative, "
            f"found {value.min():g}: is the file damaged?"
        )
    return value


def list_in_note(start: str, names: Sequence[str]) -> list[str]:
    """Returns a note that lists the first ones of some names, or no note."""
    if not names:
        return []
    shown = ", ".join(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        shown += f" and {len(names) - _MOST_NAMES} more"
    return [f"{start}: {shown}"]


def hash_values(values: Mapping[str, np.ndarray]) -> str:
    """Returns the SHA-256 of the names and values of variables, in hexadecimal."""
    digest = hashlib.sha256()
    for name, value in sorted(values.items()):
        digest.update(f"{name} {value.shape}\n".encode())
        digest.update(np.ascontiguousarray(value).data)
    return digest.hexdigest()


def hash_files(paths: Sequence[str]) -> dict[str, str]:
    """Returns the SHA-256 of files in hexadecimal, by file name without folder."""
    return {os.path.basename(path): digests.of_file(path) for path in paths}
