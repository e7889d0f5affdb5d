"""The naming of the publisher's training program and of programs with a `hub.Module`.

The names are those of `efficientnet.network`, below the scope of a `hub.Module` if the
program has one. A checkpoint of training also holds the exponential moving average of
each variable, which evaluation uses, and the slots of the optimizer, both named below
their variable, and entries of other parts of the program.
"""

from __future__ import annotations

import re
from typing import Collection, Mapping, Sequence

from .... import errors, escaping
from . import classifier, reasons

AVERAGE = "/ExponentialMovingAverage"

# What a training program saves besides variables and their slots.
_STEP = "global_step"
_BOOKKEEPING = re.compile(rf"(.*/)?({_STEP}|beta[12]_power(_\d+)?)$")
_STEM_KERNEL = "/stem/conv2d/kernel"
_STEM = re.compile(rf"(?:^|/)([^/]+){_STEM_KERNEL}(?:{AVERAGE})?$")


class Names:
    """The entries of a checkpoint, as the variables of a network."""

    def __init__(
        self,
        entries: Mapping[str, Sequence[int]],
        network: str,
        place: str,
    ):
        """Finds the network among the entries.

        Args:
          entries: shape of each entry by name.
          network: the name of the network.
          place: what messages call the checkpoint.

        Raises:
          errors.InputError: if the network is not there, or more than once.
        """
        self._entries = entries
        self._network = network
        self._place = place
        self._scope = self._find_scope()

    def _find_scope(self) -> str:
        """Returns the prefix of the network's names, e.g. 'module/'."""
        stem = self._network + _STEM_KERNEL
        scopes = sorted(
            {
                entry[: entry.index(stem)]
                for entry in self._entries
                if entry.endswith((stem, stem + AVERAGE))
            }
        )
        if not scopes:
            raise errors.InputError(
                f"{self._place} must hold the variables of {self._network}, "
                f"found {self._summarize()}: is it of another variant?"
            )
        if len(scopes) > 1:
            found = ", ".join(f"'{scope}'" for scope in scopes[:2])
            raise errors.InputError(
                f"{self._place} must hold {self._network} once, found it below "
                f"{len(scopes)} prefixes, such as {found}: is it of more than one "
                "network?"
            )
        return scopes[0]

    def _summarize(self) -> str:
        """Returns the networks that the checkpoint holds, or else some entries."""
        stems = [_STEM.search(entry) for entry in sorted(self._entries)]
        architectures = sorted({stem.group(1) for stem in stems if stem})
        names = architectures or sorted(self._entries)
        return escaping.list_names(names, 2) or "nothing"

    def check_entries(
        self, expected: Collection[str], without_classifier: bool
    ) -> list[str]:
        """Checks that each entry is one of the network's, or of another part.

        Args:
          expected: names of the variables that are read.
          without_classifier: whether the classifier of the checkpoint is left out.

        Returns:
          Names of the entries of another part of the program, which lie outside the
          scope of its `hub.Module`.

        Raises:
          errors.InputError: if an entry in the scope is not one of the network's.
        """
        unused = []
        for entry in sorted(self._entries):
            if _BOOKKEEPING.match(entry):
                continue
            if not entry.startswith(self._scope):
                unused.append(entry)
                continue
            name = entry[len(self._scope) :]
            if _is_known(name, expected, without_classifier):
                continue
            if not self._is_scoped_slot(entry, expected):
                raise errors.InputError(
                    f"{self._place} must hold variables of {self._network} only, "
                    f"found '{entry}': is it of another variant?"
                )
        return unused

    def _is_scoped_slot(self, entry: str, expected: Collection[str]) -> bool:
        """Returns whether this is a slot of an optimizer in a variable scope."""
        architecture = self._network + "/"
        if "/" + architecture not in entry:
            return False
        variable = entry[entry.index("/" + architecture) + 1 :].rsplit("/", 1)[0]
        return variable in expected

    def explain(self, entry: str, variables: Collection[str]) -> str:
        """Returns why an entry is the value of no variable.

        Args:
          entry: the name of an entry.
          variables: names of the variables that are read.
        """
        if _BOOKKEEPING.match(entry):
            is_step = entry.endswith(_STEP)
            return "the step of the training" if is_step else reasons.OPTIMIZER
        if not entry.startswith(self._scope):
            return reasons.OTHER_PART
        name = entry[len(self._scope) :]
        if name in variables:
            return reasons.RAW
        variable = name.rsplit("/", 1)[0]
        if name.endswith(AVERAGE) and variable in variables:
            return reasons.AVERAGE
        without_classifier = not any(map(classifier.is_classifier, variables))
        if without_classifier and any(map(classifier.is_classifier, (name, variable))):
            return reasons.CLASSIFIER
        return reasons.OPTIMIZER

    def find_shape(self, name: str) -> Sequence[int] | None:
        """Returns the shape of a variable, or None if it is not there.

        Args:
          name: the variable's name, without the name of the network.
        """
        raw = f"{self._scope}{self._network}/{name}"
        return self._entries.get(raw, self._entries.get(raw + AVERAGE))

    def find_value(self, name: str, with_averages: bool) -> str:
        """Returns the entry that holds the value of a variable.

        Args:
          name: the variable's name.
          with_averages: whether to take the variable's moving average if there is
            one.

        Raises:
          errors.InputError: if there is no such entry.
        """
        raw = self._scope + name
        average = raw + AVERAGE
        if with_averages and average in self._entries:
            return average
        if raw in self._entries:
            return raw
        found = "no such entry: is it of another variant, or was it written in part?"
        if average in self._entries:
            found = "its moving average only: leave out --moving_averages=never"
        raise errors.InputError(
            f"{self._place} must hold the variable '{name}', found {found}"
        )


def _is_known(name: str, expected: Collection[str], without_classifier: bool) -> bool:
    """Returns whether an entry is a variable, an average or a slot of the network."""
    # A slot or a moving average is named below its variable.
    for candidate in (name, name.rsplit("/", 1)[0]):
        if candidate in expected:
            return True
        if without_classifier and classifier.is_classifier(candidate):
            return True
    return False
