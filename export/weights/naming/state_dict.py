"""Takes the variables of a network out of a state dict, whatever else is in it."""

from __future__ import annotations

import dataclasses
from typing import Collection, Iterator, Mapping, Sequence

from .... import errors, escaping
from ....efficientnet import config as config_lib
from ....efficientnet import network as network_lib
from . import classifier, library, pytorch_layout, reasons

_KERNEL, _BIAS = ".weight", ".bias"


@dataclasses.dataclass(frozen=True)
class StateDict:
    """The keys of a state dict, as those of a network.

    Attributes:
      library: the library that names them.
      prefix: the prefix of the network's keys, see `libraries.recognize`.
      place: what messages call the file.
    """

    library: library.Library
    prefix: str
    place: str

    def name_variables(
        self, shapes: Mapping[str, Sequence[int]], network: config_lib.NetworkConfig
    ) -> dict[str, str]:
        """Returns the variable for each key of the network.

        A program may have replaced the library's classifier by another module with one
        linear layer, whose keys are then longer or shorter: it is the classifier.

        Args:
          shapes: the shape of each array by key.
          network: the network that the arrays are for.
        """
        names = {
            self.prefix + key: name
            for key, name in self.library.name_variables(network).items()
        }
        found = self.find_classifier(shapes)
        if found is not None:
            names.update(
                {
                    key: f"{network.name}/{variable}"
                    for key, variable in zip(found, network_lib.CLASSIFIER_VARIABLES)
                }
            )
        return names

    def find_classifier(
        self, shapes: Mapping[str, Sequence[int]]
    ) -> tuple[str, str] | None:
        """Returns the keys of the classifier's kernel and bias, if there is one."""
        root = self._classifier_root()
        keys = sorted(key for key in shapes if key.startswith(root))
        if len(keys) != 2:
            return None
        bias, kernel = keys
        if not kernel.endswith(_KERNEL) or bias != kernel[: -len(_KERNEL)] + _BIAS:
            return None
        ranks = len(shapes[kernel]), len(shapes[bias])
        return (kernel, bias) if ranks == (2, 1) else None

    def count_classes(self, shapes: Mapping[str, Sequence[int]]) -> int | None:
        """Returns the number of outputs of the classifier, None without one."""
        found = self.find_classifier(shapes)
        if found is None or not shapes[found[0]][0]:
            return None
        return int(shapes[found[0]][0])

    def has_classifier(self, keys: Collection[str]) -> bool:
        """Returns whether there is any layer in the place of the classifier."""
        root = self._classifier_root()
        return any(key.startswith(root) for key in keys)

    def _classifier_root(self) -> str:
        """Returns what the keys of the classifier begin with, 'classifier.' in timm."""
        network = next(iter(config_lib.VARIANTS.values()))
        for key, name in self.library.name_variables(network).items():
            if classifier.is_classifier(name):
                return self.prefix + key.split(".")[0] + "."
        raise ValueError(f"{self.library.name} names no classifier")

    def find_variables(
        self,
        shapes: Mapping[str, Sequence[int]],
        network: config_lib.NetworkConfig,
        new_classifier: bool,
    ) -> dict[str, str]:
        """Finds the variables of a network.

        Args:
          shapes: the shape of each array by key.
          network: the network that they are for.
          new_classifier: whether to leave out the classifier.

        Returns:
          The key of each variable by the variable's name.

        Raises:
          errors.InputError: if an array of the network stands for no variable.
        """
        names = self.name_variables(shapes, network)
        without_classifier = new_classifier or network.num_classes is None
        variables = {}
        for key in self._list_keys(shapes):
            if without_classifier and key.startswith(self._classifier_root()):
                continue
            if key not in names:
                raise self._describe_unknown(key, network)
            variables[names[key]] = key
        return variables

    def explain(self, key: str) -> str:
        """Returns why an array is the value of no variable."""
        if _is_counter(key):
            return reasons.COUNTER
        if key.startswith(self._classifier_root()):
            return reasons.CLASSIFIER
        return reasons.OTHER_PART

    def _list_keys(self, keys: Collection[str]) -> Iterator[str]:
        """Yields the keys that stand for the network's variables."""
        for key in keys:
            if key.startswith(self.prefix) and not _is_counter(key):
                yield key

    def _describe_unknown(
        self, key: str, network: config_lib.NetworkConfig
    ) -> errors.InputError:
        cause = "is it of another variant?"
        if key.startswith(self._classifier_root()):
            cause = (
                "was its classifier replaced by another module than a linear layer? "
                "Give --new_classifier to leave it out"
            )
        shown = escaping.cut(escaping.escape_terminal(key))
        return errors.InputError(
            f"{self.place} must hold variables of {network.name} only, found "
            f"'{shown}': {cause}"
        )

    def list_others(self, keys: Collection[str]) -> list[str]:
        """Returns the keys of other parts of the program, without counters."""
        return sorted(
            key
            for key in keys
            if not key.startswith(self.prefix) and not _is_counter(key)
        )


def _is_counter(key: str) -> bool:
    """Returns whether a key stands for no variable."""
    return key.endswith(pytorch_layout.COUNTER)
