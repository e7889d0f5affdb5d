"""Compares what two modules compute of photographs."""

from __future__ import annotations

import contextlib
import functools
import math
from typing import Any, ContextManager, Iterator, Mapping, Sequence

import numpy as np

from ... import errors, escaping, progress_bars
from ...photographs import read_ahead
from ...signatures import names as signatures_lib
from ..classification import module_classification
from ..execution import runner
from . import (
    agreement,
    differences,
    feeding,
    findings,
    image_sizes,
    interfaces,
    opened_module,
)
from . import options as options_lib
from .findings import Finding, Outcome
from .output_differences import find_parts, find_reason

_TOPIC = findings.OUTPUTS
_MOST_NAMES = 3
_DEFAULT = signatures_lib.DEFAULT


class Inference:
    """A comparison of the outputs of two modules.

    Attributes:
      photographs: how many photographs both saw.
      damaged: why files cannot be read, a sentence each.
      samples: the first photographs as A sees them, and as B sees them, float32
        `[height, width, 3]` in [0, 1].
    """

    def __init__(
        self,
        a: opened_module.OpenedModule,
        b: opened_module.OpenedModule,
        options: options_lib.Options,
    ) -> None:
        """Loads the modules.

        Raises:
          errors.InputError: if one does not load, or the size of its images is not
            known.
        """
        self.photographs = 0
        self.damaged: list[str] = []
        self.samples: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
        self._modules = (a, b)
        self._tolerance = options.tolerance
        self._found: list[Finding] = []
        self._signatures = self._select_signatures()
        self._sizes = self._choose_sizes(options.image_size)
        # The signatures of A whose output 'default' differs from run to run.
        self._random: set[str] = set()
        names = list(self._signatures)
        self._feeders = [feeding.Feeder(each, names) for each in self._modules]

    def run(self, paths: Sequence[str], samples: int) -> list[Finding]:
        """Compares the outputs.

        Args:
          paths: the files of photographs.
          samples: how many of them to keep for each module in `samples`.

        Raises:
          errors.InputError: if a module does not run, or no file can be read.
        """
        plain = [n for n, each in self._signatures.items() if not each.takes_momentum]
        totals = {name: _Totals(self._are_logits(name)) for name in plain}
        for batches in self._read_batches(paths):
            if not self.photographs and self._signatures:
                self._compare_all_outputs([each[:1] for each in batches])
            for kept, images in zip(self.samples, batches):
                kept += list(images[: samples - len(kept)])
            self.photographs += len(batches[0])
            if plain:
                a, b = (
                    feeder.run(plain, images, [_DEFAULT])
                    for feeder, images in zip(self._feeders, batches)
                )
                for name in plain:
                    totals[name].add(a[name], b[name])
        if not self.photographs:
            raise errors.make(self.damaged)
        return [
            *self._found,
            *(
                each.conclude(name, self._tolerance)
                for name, each in totals.items()
                if name not in self._random
            ),
        ]

    def _select_signatures(self) -> dict[str, interfaces.Signature]:
        """Returns the signatures of A that B has too, and that take images."""
        selected = {}
        a, b = (each.signatures for each in self._modules)
        for name in sorted(set(a) & set(b)):
            reason = interfaces.find_reason(a[name], b[name])
            if reason is None:
                selected[name] = a[name]
            else:
                self._add_finding(Outcome.NOT_COMPARED, reason, name)
        if not selected:
            detail = "no signature that takes images is in both"
            self._add_finding(Outcome.NOT_COMPARED, detail)
        return selected

    def _are_logits(self, signature: str) -> bool:
        """Returns whether the output 'default' of a signature is logits."""
        if signatures_lib.CLASSIFICATION not in self._signatures:
            return False
        return signature in (_DEFAULT, signatures_lib.CLASSIFICATION)

    def _add_finding(self, outcome: Outcome, detail: str, subject: str = "") -> None:
        self._found.append(Finding(_TOPIC, outcome, detail, escaping.cut(subject)))

    def _choose_sizes(self, image_size: int | None) -> list[tuple[int, int]]:
        a, b = self._modules
        sizes, phrase = image_sizes.choose(a, b, self._signatures, image_size)
        if a.image_size != b.image_size:
            self._add_finding(Outcome.NOTE, phrase)
        return sizes

    def _read_batches(self, paths: Sequence[str]) -> Iterator[list[np.ndarray]]:
        """Yields a batch of photographs for A and one for B, of the same files."""
        batch = min(
            *(read_ahead.choose_batch(*size) for size in self._sizes),
            *filter(None, (each.fixed_batch for each in self._feeders)),
        )
        read = functools.partial(_read, sizes=self._sizes)
        batches = read_ahead.read_batches(paths, read, batch, errors.InputError)
        with contextlib.closing(batches), _start_bar(len(paths), batch) as bar:
            for items in batches:
                found = [each for _, each in items]
                good = [e for e in found if not isinstance(e, errors.InputError)]
                self.damaged += [str(e) for e in found if isinstance(e, Exception)]
                if good:
                    yield [np.stack(images) for images in zip(*good)]
                if bar is not None:
                    bar.update(len(items))

    def _compare_all_outputs(self, batches: Sequence[np.ndarray]) -> None:
        """Compares all outputs of all signatures for one photograph."""
        found = []
        for name, signature in self._signatures.items():
            momentum = signature.takes_momentum
            a, b = (
                feeder.run([name], images, with_momentum=momentum)[name]
                for feeder, images in zip(self._feeders, batches)
            )
            parts = find_parts(a, b)
            random = []
            if self._list_changed(parts):
                again = self._feeders[0].run([name], batches[0], None, momentum)
                random = self._list_changed(find_parts(a, again[name]))
            if random:
                found.append(_describe_random(name, random, len(a)))
            if _DEFAULT in random:
                self._random.add(name)
            for key in random:
                parts.pop(key, None)
            if parts or not random:
                found.append(self._describe_outputs(name, parts))
        if all(each.outcome is Outcome.SAME for each in found):
            worst = max(each.measures["relative"] or 0.0 for each in found)
            detail = (
                f"all of {len(found)} signatures, for the first photograph; greatest "
                f"relative difference {worst:.2g}"
            )
            found = [Finding(_TOPIC, Outcome.SAME, detail, "", {"relative": worst})]
        self._found += found

    def _list_changed(self, parts: Mapping[str, float]) -> list[str]:
        """Returns the names of the outputs that are not the same."""
        return [key for key, part in parts.items() if part > self._tolerance]

    def _describe_outputs(self, signature: str, parts: Mapping[str, float]) -> Finding:
        """Returns what was found about all outputs of a signature."""
        worst = max(parts.values(), default=0.0)
        changed = self._list_changed(parts)
        measures = {"relative": worst if math.isfinite(worst) else None}
        subject = f"all of '{escaping.cut(signature)}'"
        if changed:
            detail = (
                f"{len(changed)} of {len(parts)} for the first photograph: "
                f"{_list_names(changed)}"
            )
            return Finding(_TOPIC, Outcome.DIFFERS, detail, subject, measures)
        detail = (
            f"{len(parts)} for the first photograph, greatest relative difference "
            f"{worst:.2g}"
        )
        return Finding(_TOPIC, Outcome.SAME, detail, subject, measures)


def _start_bar(photographs: int, batch: int) -> ContextManager[Any]:
    """Returns a progress bar, or a context of None for no more than a batch."""
    if photographs <= batch:
        return contextlib.nullcontext()
    return progress_bars.start_bar(photographs, "photograph")


def _describe_random(signature: str, random: Sequence[str], outputs: int) -> Finding:
    """Returns a finding about outputs of A that are not the same in two runs."""
    detail = (
        f"{len(random)} of {outputs} differ from run to run of A: {_list_names(random)}"
    )
    subject = f"all of '{escaping.cut(signature)}'"
    return Finding(_TOPIC, Outcome.NOT_COMPARED, detail, subject)


def _list_names(keys: Sequence[str]) -> str:
    return escaping.list_names(list(map(escaping.cut, keys)), _MOST_NAMES)


def _read(path: str, sizes: Sequence[tuple[int, int]]) -> list[np.ndarray]:
    """Returns an image in each size."""
    found = {size: module_classification.read_image(path, size) for size in set(sizes)}
    return [found[size] for size in sizes]


class _Totals:
    """The differences of the output 'default' of a signature for all photographs."""

    def __init__(self, is_classifier: bool) -> None:
        """Starts with no photograph.

        Args:
          is_classifier: whether the output is logits.
        """
        self._differences = differences.Differences()
        self._agreement = agreement.Agreement() if is_classifier else None
        self._reason: str | None = None

    def add(self, a: runner.Outputs, b: runner.Outputs) -> None:
        """Adds the outputs for a batch of photographs."""
        if self._reason is None:
            self._reason = self._find_reason(a, b)
        if self._reason is None:
            self._differences.add(a[_DEFAULT], b[_DEFAULT])
            if self._agreement is not None:
                self._agreement.add(a[_DEFAULT], b[_DEFAULT])

    def _find_reason(self, a: runner.Outputs, b: runner.Outputs) -> str | None:
        if _DEFAULT not in a or _DEFAULT not in b:
            return f"one has no output '{_DEFAULT}'"
        if self._agreement is not None and a[_DEFAULT].ndim != 2:
            return f"{list(a[_DEFAULT].shape)} is no shape of logits"
        return find_reason(a[_DEFAULT], b[_DEFAULT])

    def conclude(self, signature: str, tolerance: float) -> Finding:
        """Returns what was found."""
        subject = f"'{escaping.cut(signature)}'"
        if self._reason is not None:
            return Finding(_TOPIC, Outcome.DIFFERS, self._reason, subject)
        found = self._differences
        details, measures = [found.describe()], found.measures()
        if self._agreement is not None:
            details.append(self._agreement.describe())
            measures.update(self._agreement.measures())
        if found.not_finite:
            details.append(f"{found.not_finite} numbers of A are NaN or infinite")
        outcome = Outcome.SAME if found.are_within(tolerance) else Outcome.DIFFERS
        return Finding(_TOPIC, outcome, "; ".join(details), subject, measures)
