"""Compares a step of training with two modules."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

import numpy as np

from ... import dependencies, errors
from ...signatures import names as signatures_lib
from ...signatures import tag_sets
from . import (
    interfaces,
    opened_module,
    step_comparison,
    training_images,
    training_step,
)
from .findings import Finding, Outcome

_TOPIC = step_comparison.TOPIC
BATCH = 4
# Small enough to be fast; other publishers' networks need 75 pixels.
_LARGEST_SIZE = 128


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
    trained = _select_trained(plain, graphs, signatures, images)
    steps = []
    for holder, module in (("A", a), ("B", b)):
        try:
            steps.append(training_step.compute(module, images, trained, sorted(common)))
        except errors.InputError as error:
            outcome = Outcome.DIFFERS if holder == "B" else Outcome.NOT_COMPARED
            yield Finding(_TOPIC, outcome, f"{holder} does not train: {error}")
            return
    yield from step_comparison.StepComparison(steps[0], steps[1], tolerance).run()


def _skip(reason: str) -> Finding:
    return Finding(_TOPIC, Outcome.NOT_COMPARED, reason)


def _find_common(
    a: Mapping[str, interfaces.Signature], b: Mapping[str, interfaces.Signature]
) -> dict[str, interfaces.Signature]:
    """Returns the signatures of both that have an output 'default'."""
    return {
        name: each
        for name, each in interfaces.find_common(a, b).items()
        if signatures_lib.DEFAULT in each.outputs
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


def _select_trained(
    names: Sequence[str],
    graphs: Sequence[Any],
    signatures: Sequence[Mapping[str, interfaces.Signature]],
    images: np.ndarray,
) -> list[str]:
    """Returns the signatures to train: those that accept the images, each graph once.

    Two names often stand for the same tensors.
    """
    _, height, width, _ = images.shape
    selected: dict[tuple[str, ...], str] = {}
    for name in names:
        accept = (
            each[name].accepts((height, width))
            and each[name].fixed_batch in (None, len(images))
            for each in signatures
        )
        if all(accept):
            selected.setdefault(_name_tensors(name, graphs), name)
    return list(selected.values())


def _name_tensors(signature: str, graphs: Sequence[Any]) -> tuple[str, ...]:
    """Returns the names of the images and of the output 'default' in each graph."""
    found = [graph.signature_def[signature] for graph in graphs]
    return tuple(
        tensor.name
        for each in found
        for tensor in (
            each.inputs[signatures_lib.IMAGES],
            each.outputs[signatures_lib.DEFAULT],
        )
    )


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
