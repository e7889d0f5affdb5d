"""Compares a step of training with two modules."""

from __future__ import annotations

from typing import Iterator, Mapping, Sequence

import numpy as np

from ... import dependencies, errors, escaping
from ...signatures import names as signatures_lib
from ...signatures import tag_sets
from . import (
    differences,
    interfaces,
    opened_module,
    random_ops,
    training_images,
    training_step,
    variable_names,
)
from .findings import Finding, Outcome

_TOPIC = "training"
BATCH = 4
# Small enough to be fast; other publishers' networks need 75 pixels.
_LARGEST_SIZE = 128
# Batch statistics amplify rounding, and a gradient jumps where an activation crosses a
# bend of its function. docs/compare.md has what was measured.
_TRAINING = 10.0
_GRADIENTS = 1000.0
# What is zero in exact arithmetic is only rounding: smaller parts of the largest update
# or gradient do not count.
_SMALLEST_UPDATE = 1e-2
_SMALLEST_GRADIENT = 1e-3


def compare(
    a: opened_module.OpenedModule,
    b: opened_module.OpenedModule,
    samples: Sequence[Sequence[np.ndarray]],
    tolerance: float,
) -> Iterator[Finding]:
    """Compares a step of training on the same images.

    Args:
      a: module A.
      b: module B.
      samples: photographs of one size or several, a list of each.
      tolerance: see `options.Options`.

    Yields:
      What was found.
    """
    if a.is_saved_model or b.is_saved_model:
        yield _skip("only modules in the TF1 Hub format are trained here")
        return
    if tag_sets.TRAIN not in a.meta_graphs or tag_sets.TRAIN not in b.meta_graphs:
        yield _skip('the tag set {"train"} is not in both')
        return
    if not dependencies.has_hub_module():
        yield _skip(dependencies.NEEDS_HUB_MODULE)
        return
    graphs = [each.meta_graphs[tag_sets.TRAIN] for each in (a, b)]
    signatures = [interfaces.read_signatures(each) for each in graphs]
    common = _find_common(*signatures)
    plain = [name for name in _list_plain(common) if _have_same_width(name, signatures)]
    if not plain:
        yield _skip("no signature with the same images and output is in both")
        return
    images = _make_images(samples, [each[plain[0]] for each in signatures])
    if images is None:
        yield _skip("A and B accept no common number and size of images")
        return
    steps = []
    for holder, module in (("A", a), ("B", b)):
        try:
            steps.append(
                training_step.compute(module, images, plain[0], sorted(common))
            )
        except errors.InputError as error:
            outcome = Outcome.DIFFERS if holder == "B" else Outcome.NOT_COMPARED
            yield Finding(_TOPIC, outcome, f"{holder} does not train: {error}")
            return
    yield from _Comparison(steps[0], steps[1], tolerance).run()


def _skip(reason: str) -> Finding:
    return Finding(_TOPIC, Outcome.NOT_COMPARED, reason)


def _find_common(
    a: Mapping[str, interfaces.Signature], b: Mapping[str, interfaces.Signature]
) -> dict[str, interfaces.Signature]:
    return {
        name: a[name]
        for name in sorted(set(a) & set(b))
        if interfaces.find_reason(a[name], b[name]) is None
        and signatures_lib.DEFAULT in a[name].outputs
        and signatures_lib.DEFAULT in b[name].outputs
    }


def _list_plain(signatures: Mapping[str, interfaces.Signature]) -> list[str]:
    """Returns the signatures that take images alone, the main one first."""
    names = [name for name, each in signatures.items() if not each.takes_momentum]
    return sorted(names, key=lambda name: (name != signatures_lib.DEFAULT, name))


def _have_same_width(
    name: str, signatures: Sequence[Mapping[str, interfaces.Signature]]
) -> bool:
    a, b = (each[name].outputs[signatures_lib.DEFAULT].shape for each in signatures)
    return not (a and b) or a[-1] == b[-1] or None in (a[-1], b[-1])


def _make_images(
    samples: Sequence[Sequence[np.ndarray]],
    signatures: Sequence[interfaces.Signature],
) -> np.ndarray | None:
    """Returns a batch that both signatures accept, None if there is none.

    The images are smaller than the samples if that is accepted.
    """
    fixed = (each.fixed_batch for each in signatures)
    batches = {each for each in fixed if each is not None}
    if len(batches) > 1:
        return None
    smaller = [[_make_smaller(image) for image in images] for images in samples]
    for images in (*smaller, *samples):
        height, width, _ = images[0].shape
        if all(each.accepts((height, width)) for each in signatures):
            return training_images.make_batch(
                images, batches.pop() if batches else BATCH
            )
    return None


def _make_smaller(image: np.ndarray) -> np.ndarray:
    step = -(-max(image.shape[:2]) // _LARGEST_SIZE)
    return image[::step, ::step]


class _Comparison:
    """The comparison of two steps."""

    def __init__(
        self, a: training_step.Step, b: training_step.Step, tolerance: float
    ) -> None:
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
            name for name, step in (("A", a), ("B", b)) if not step.is_repeatable
        ]
        if unrepeatable:
            # What A computes is not random.
            outcome = Outcome.NOT_COMPARED if "A" in unrepeatable else Outcome.DIFFERS
            detail = (
                f"the loss of {' and '.join(unrepeatable)} is random in ways that "
                "cannot be replaced: no output, gradient or update is compared"
            )
            yield Finding(_TOPIC, outcome, detail)
            return
        yield self._compare_values("loss", np.asarray(a.loss), np.asarray(b.loss))
        yield self._compare_values("output", a.output, b.output)
        yield self._compare_gradients()
        yield from self._compare_updates()

    def _compare_trainable(self) -> Finding:
        matched = variable_names.match(self._a.trainable, self._b.trainable)
        subject = "trainable variables"
        if not (matched.only_a or matched.only_b):
            detail = f"{len(matched.pairs)} in both"
            return Finding(_TOPIC, Outcome.SAME, detail, subject)
        a, b = len(self._a.trainable), len(self._b.trainable)
        name = escaping.cut((list(matched.only_a) + list(matched.only_b))[0])
        # Other names alone are a note, as in the comparison of the variables.
        outcome = Outcome.NOTE if a == b and not matched.pairs else Outcome.DIFFERS
        detail = f"{a} in A, {b} in B; only one has '{name}'"
        return Finding(_TOPIC, outcome, detail, subject)

    def _compare_regularization(self) -> Finding:
        a, b = self._a.regularization, self._b.regularization
        numbers = f"{a:.6g} in {self._a.num_losses} losses"
        other = f"{b:.6g} in {self._b.num_losses} losses"
        found = differences.Differences()
        found.add(np.asarray(a), np.asarray(b))
        is_same = found.are_within(self._tolerance)
        subject = "regularization"
        if is_same:
            return Finding(_TOPIC, Outcome.SAME, numbers, subject)
        return Finding(
            _TOPIC, Outcome.DIFFERS, f"{numbers} in A, {other} in B", subject
        )

    def _compare_random_shapes(self) -> Finding:
        a, b = self._a.random_shapes, self._b.random_shapes
        subject = "random numbers"
        first = random_ops.describe(a)
        if list(a) == list(b):
            return Finding(_TOPIC, Outcome.SAME, f"tensors: {first}", subject)
        detail = f"tensors: {first} in A; {random_ops.describe(b)} in B"
        return Finding(_TOPIC, Outcome.DIFFERS, detail, subject)

    def _compare_update_counts(self) -> Iterator[Finding]:
        subject = "update ops"
        changed = [
            name
            for name, count in self._a.updates.items()
            if count != self._b.updates[name]
        ]
        for name in changed:
            detail = f"{self._a.updates[name]} in A, {self._b.updates[name]} in B"
            place = f"{subject} with '{escaping.cut(name)}'"
            yield Finding(_TOPIC, Outcome.DIFFERS, detail, place)
        if not changed:
            counts = sorted(set(self._a.updates.values()))
            detail = f"{', '.join(map(str, counts))} with each signature"
            yield Finding(_TOPIC, Outcome.SAME, detail, subject)

    def _compare_values(self, subject: str, a: np.ndarray, b: np.ndarray) -> Finding:
        if a.shape != b.shape:
            detail = f"{list(a.shape)} in A, {list(b.shape)} in B"
            return Finding(_TOPIC, Outcome.DIFFERS, detail, subject)
        found = differences.Differences()
        found.add(a, b)
        is_same = found.are_within(_TRAINING * self._tolerance)
        outcome = Outcome.SAME if is_same else Outcome.DIFFERS
        return Finding(_TOPIC, outcome, found.describe(), subject, found.measures())

    def _compare_gradients(self) -> Finding:
        a, b = self._a.gradients, self._b.gradients
        matched = variable_names.match(a, b)
        largest = max(map(_mean_size, a.values()), default=0.0)
        parts = {
            name: _divide(
                _mean_size(_subtract(a[name], b[other])),
                max(_mean_size(a[name]), _SMALLEST_GRADIENT * largest),
            )
            for name, other in matched.pairs
        }
        allowed = _GRADIENTS * self._tolerance
        return self._conclude("gradients", matched, parts, allowed)

    def _compare_updates(self) -> Iterator[Finding]:
        """Compares how much the update ops of each signature change the variables."""
        found = [self._compare_update(signature) for signature in self._a.after]
        if all(each.outcome is Outcome.SAME for each in found):
            detail = f"{found[0].detail} with {len(found)} signatures"
            found = [Finding(_TOPIC, Outcome.SAME, detail, "updates")]
        yield from found

    def _compare_update(self, signature: str) -> Finding:
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
        subject = f"updates with '{escaping.cut(signature)}'"
        return self._conclude(subject, matched, parts, _TRAINING * self._tolerance)

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
        if missing and not matched.pairs:
            detail = "the variables have other names"
            return Finding(_TOPIC, Outcome.NOT_COMPARED, detail, subject)
        if missing:
            detail = f"{len(missing)} in one only, such as '{escaping.cut(missing[0])}'"
            return Finding(_TOPIC, Outcome.DIFFERS, detail, subject)
        if not parts:
            return Finding(_TOPIC, Outcome.SAME, "none", subject)
        name, part = max(parts.items(), key=lambda item: item[1])
        measures = {"relative": part if np.isfinite(part) else None}
        changed = sum(each > allowed for each in parts.values())
        if not changed:
            detail = (
                f"of {len(parts)} variables, greatest relative difference {part:.2g}"
            )
            return Finding(_TOPIC, Outcome.SAME, detail, subject, measures)
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
        return Finding(_TOPIC, Outcome.DIFFERS, detail, subject, measures)


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
