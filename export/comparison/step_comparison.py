"""Compares a step of training with A and the same step with B."""

from __future__ import annotations

from typing import Iterator, Mapping

import numpy as np

from ... import escaping
from . import differences, random_ops, training_step, variable_names
from .findings import Finding, Outcome

TOPIC = "training"
# Batch statistics amplify rounding, and a gradient jumps where an activation crosses a
# bend of its function. docs/compare.md has what was measured.
_TRAINING = 10.0
_GRADIENTS = 1000.0
# A missing gradient or update differs by 1, and one of the other sign by 2.
_LARGEST_BOUND = 0.5
# What is zero in exact arithmetic is only rounding: smaller parts of the largest update
# or gradient do not count.
_SMALLEST_UPDATE = 1e-2
_SMALLEST_GRADIENT = 1e-3


class StepComparison:
    """The comparison of two steps."""

    def __init__(
        self, a: training_step.Step, b: training_step.Step, tolerance: float
    ) -> None:
        """Compares nothing yet.

        Args:
          a: the step of A.
          b: that of B, of the same signatures.
          tolerance: see `options.Options`.
        """
        self._a, self._b = a, b
        self._tolerance = tolerance

    def run(self) -> Iterator[Finding]:
        """Yields what was found."""
        a, b = self._a, self._b
        yield self._compare_trainable()
        yield self._compare_regularization()
        yield self._compare_random_shapes()
        yield from self._compare_update_counts()
        unrepeatable = [
            name
            for name, step in (("A", a), ("B", b))
            if not all(each.is_repeatable for each in step.trained.values())
        ]
        if unrepeatable:
            # What A computes is not random.
            outcome = Outcome.NOT_COMPARED if "A" in unrepeatable else Outcome.DIFFERS
            detail = (
                f"the loss of {' and '.join(unrepeatable)} is random in ways that "
                "cannot be replaced: no output, gradient or update is compared"
            )
            yield Finding(TOPIC, outcome, detail)
            return
        pairs = {name: (found, b.trained[name]) for name, found in a.trained.items()}
        for subject, compare in (
            ("loss", self._compare_losses),
            ("output", self._compare_outputs),
            ("gradients", self._compare_gradients),
        ):
            yield from _join(
                subject,
                [compare(_name(subject, name), *pair) for name, pair in pairs.items()],
            )
        updates = [self._compare_update(signature) for signature in a.after]
        yield from _join("updates", updates)

    def _compare_trainable(self) -> Finding:
        matched = variable_names.match(self._a.trainable, self._b.trainable)
        subject = "trainable variables"
        if not (matched.only_a or matched.only_b):
            detail = f"{len(matched.pairs)} in both"
            return Finding(TOPIC, Outcome.SAME, detail, subject)
        a, b = len(self._a.trainable), len(self._b.trainable)
        name = escaping.cut((list(matched.only_a) + list(matched.only_b))[0])
        # Other names alone are a note, as in the comparison of the variables.
        outcome = Outcome.NOTE if a == b and not matched.pairs else Outcome.DIFFERS
        detail = f"{a} in A, {b} in B; only one has '{name}'"
        return Finding(TOPIC, outcome, detail, subject)

    def _compare_regularization(self) -> Finding:
        a, b = self._a.regularization, self._b.regularization
        numbers = f"{a:.6g} in {self._a.num_losses} losses"
        other = f"{b:.6g} in {self._b.num_losses} losses"
        found = differences.Differences()
        found.add(np.asarray(a), np.asarray(b))
        is_same = found.are_within(self._tolerance)
        subject = "regularization"
        if is_same:
            return Finding(TOPIC, Outcome.SAME, numbers, subject)
        return Finding(TOPIC, Outcome.DIFFERS, f"{numbers} in A, {other} in B", subject)

    def _compare_random_shapes(self) -> Finding:
        a, b = self._a.random_shapes, self._b.random_shapes
        subject = "random numbers"
        first = random_ops.describe(a)
        if list(a) == list(b):
            return Finding(TOPIC, Outcome.SAME, f"tensors: {first}", subject)
        detail = f"tensors: {first} in A; {random_ops.describe(b)} in B"
        return Finding(TOPIC, Outcome.DIFFERS, detail, subject)

    def _compare_update_counts(self) -> Iterator[Finding]:
        subject = "update ops"
        changed = [
            name
            for name, count in self._a.updates.items()
            if count != self._b.updates[name]
        ]
        for name in changed:
            detail = f"{self._a.updates[name]} in A, {self._b.updates[name]} in B"
            yield Finding(TOPIC, Outcome.DIFFERS, detail, _name(subject, name))
        if not changed:
            counts = sorted(set(self._a.updates.values()))
            detail = f"{', '.join(map(str, counts))} with each signature"
            yield Finding(TOPIC, Outcome.SAME, detail, subject)

    def _compare_losses(
        self, subject: str, a: training_step.Trained, b: training_step.Trained
    ) -> Finding:
        return self._compare_values(subject, np.asarray(a.loss), np.asarray(b.loss))

    def _compare_outputs(
        self, subject: str, a: training_step.Trained, b: training_step.Trained
    ) -> Finding:
        return self._compare_values(subject, a.output, b.output)

    def _compare_values(self, subject: str, a: np.ndarray, b: np.ndarray) -> Finding:
        if a.shape != b.shape:
            detail = f"{list(a.shape)} in A, {list(b.shape)} in B"
            return Finding(TOPIC, Outcome.DIFFERS, detail, subject)
        found = differences.Differences()
        found.add(a, b)
        is_same = found.are_within(_bound(_TRAINING, self._tolerance))
        outcome = Outcome.SAME if is_same else Outcome.DIFFERS
        return Finding(TOPIC, outcome, found.describe(), subject, found.measures())

    def _compare_gradients(
        self, subject: str, a: training_step.Trained, b: training_step.Trained
    ) -> Finding:
        matched = variable_names.match(a.gradients, b.gradients)
        largest = max(map(_mean_size, a.gradients.values()), default=0.0)
        parts = {}
        for name, other in matched.pairs:
            gradient = a.gradients[name]
            parts[name] = _divide(
                _mean_size(_subtract(gradient, b.gradients[other])),
                max(_mean_size(gradient), _SMALLEST_GRADIENT * largest),
            )
        allowed = _bound(_GRADIENTS, self._tolerance)
        return self._conclude(subject, matched, parts, allowed)

    def _compare_update(self, signature: str) -> Finding:
        """Compares how much the update ops of a signature change the variables."""
        first = _find_updates(self._a, signature)
        other = _find_updates(self._b, signature)
        matched = variable_names.match(first, other)
        largest = max(map(_magnitude, first.values()), default=0.0)
        parts = {}
        for a, b in matched.pairs:
            scale = max(_magnitude(first[a]), _SMALLEST_UPDATE * largest)
            part = _divide(_magnitude(_subtract(first[a], other[b])), scale)
            if bool(np.any(first[a])) != bool(np.any(other[b])):
                part = max(part, 1.0)  # Only one is updated.
            parts[a] = part
        subject = _name("updates", signature)
        allowed = _bound(_TRAINING, self._tolerance)
        return self._conclude(subject, matched, parts, allowed)

    def _share_names(self) -> bool:
        """Returns whether a trainable variable has the same name in both."""
        return bool(variable_names.match(self._a.trainable, self._b.trainable).pairs)

    def _conclude(
        self,
        subject: str,
        matched: variable_names.Pairs,
        parts: Mapping[str, float],
        allowed: float,
    ) -> Finding:
        """Returns what was found of variables.

        Args:
          subject: what is compared.
          matched: the names of the variables.
          parts: how much that of each differs, as a part of its size.
          allowed: the largest part that counts as the same.
        """
        missing = [*matched.only_a, *matched.only_b]
        if missing and not matched.pairs and not self._share_names():
            detail = "the variables have other names"
            return Finding(TOPIC, Outcome.NOT_COMPARED, detail, subject)
        if missing:
            detail = f"{len(missing)} in one only, such as '{escaping.cut(missing[0])}'"
            return Finding(TOPIC, Outcome.DIFFERS, detail, subject)
        if not parts:
            return Finding(TOPIC, Outcome.SAME, "none", subject)
        name, part = max(parts.items(), key=lambda item: item[1])
        measures = {"relative": part if np.isfinite(part) else None}
        changed = sum(each > allowed for each in parts.values())
        if not changed:
            detail = (
                f"of {len(parts)} variables, greatest relative difference {part:.2g}"
            )
            return Finding(TOPIC, Outcome.SAME, detail, subject, measures)
        difference = f"relative difference {part:.2g}"
        if not np.isfinite(part):
            difference = (
                "another shape, or a number that is NaN or infinite, and not the same "
                "in both"
            )
        detail = (
            f"of {changed} of {len(parts)} variables, most that of "
            f"'{escaping.cut(name)}': {difference}"
        )
        return Finding(TOPIC, Outcome.DIFFERS, detail, subject, measures)


def _name(subject: str, signature: str) -> str:
    return f"{subject} with '{escaping.cut(signature)}'"


def _join(subject: str, found: list[Finding]) -> list[Finding]:
    """Returns one finding if it is the same with each signature."""
    if not all(each.outcome is Outcome.SAME for each in found):
        return found
    worst = max(found, key=lambda each: each.measures.get("relative") or 0.0)
    detail = f"{worst.detail} with {len(found)} signatures"
    return [Finding(TOPIC, Outcome.SAME, detail, subject, worst.measures)]


def _bound(factor: float, tolerance: float) -> float:
    """Returns the largest part that counts as the same."""
    return max(tolerance, min(factor * tolerance, _LARGEST_BOUND))


def _find_updates(step: training_step.Step, signature: str) -> dict[str, np.ndarray]:
    """Returns how much each variable changes."""
    return {
        name: _subtract(value, step.before[name])
        for name, value in step.after[signature].items()
    }


def _subtract(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.shape != b.shape or np.iscomplexobj(a) != np.iscomplexobj(b):
        return np.asarray(np.inf)
    return differences.subtract(a, b)


def _magnitude(values: np.ndarray) -> float:
    """Returns the greatest absolute value, which is infinite if one is not finite."""
    found = float(np.abs(values).max()) if values.size else 0.0
    return found if np.isfinite(found) else np.inf


def _mean_size(values: np.ndarray) -> float:
    """Returns the root mean square, which is infinite if a value is not finite."""
    if not values.size:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        found = float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
    return found if np.isfinite(found) else np.inf


def _divide(difference: float, scale: float) -> float:
    """Returns a difference as a part of a scale."""
    if not difference:
        return 0.0
    return difference / scale if 0 < scale < np.inf else np.inf
