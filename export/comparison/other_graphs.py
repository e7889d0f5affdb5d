"""Compares the graphs that are neither for inference nor for training."""

from __future__ import annotations

from typing import Iterator, Mapping, Sequence

import numpy as np

from ... import dependencies, errors, escaping
from ...signatures import names as signatures_lib
from ...signatures import tag_sets as tag_sets_lib
from ..execution import load_errors, runner
from . import findings, interfaces, opened_module, output_differences
from .findings import Finding, Outcome

_TOPIC = findings.OUTPUTS
_COMPARED_ELSEWHERE = {tag_sets_lib.INFERENCE, tag_sets_lib.TRAIN}
_MOST_NAMES = 3

# The outputs of each signature, by its name.
_Outputs = Mapping[str, runner.Outputs]


def compare(
    a: opened_module.OpenedModule,
    b: opened_module.OpenedModule,
    samples: Sequence[Sequence[np.ndarray]],
    tolerance: float,
) -> Iterator[Finding]:
    """Compares what the graphs of other tag sets compute of one image.

    Args:
      a: module A.
      b: module B.
      samples: images as A sees them, and as B sees them, at least one of each.
      tolerance: see `options.Options`.

    Yields:
      One finding or several for each tag set of both.
    """
    if a.is_saved_model or b.is_saved_model:
        return
    common = set(a.meta_graphs) & set(b.meta_graphs)
    for tags in sorted(common - _COMPARED_ELSEWHERE, key=sorted):
        yield from _compare_graph(tags, (a, b), samples, tolerance)


def _compare_graph(
    tags: frozenset[str],
    modules: Sequence[opened_module.OpenedModule],
    samples: Sequence[Sequence[np.ndarray]],
    tolerance: float,
) -> Iterator[Finding]:
    place = f"all of {tag_sets_lib.format_tags(tags)}"
    if not dependencies.has_hub_module():
        yield Finding(
            _TOPIC, Outcome.NOT_COMPARED, dependencies.NEEDS_HUB_MODULE, place
        )
        return
    signatures = _find_common(*(each.meta_graphs[tags] for each in modules))
    if not signatures:
        detail = "no signature that takes images is in both"
        yield Finding(_TOPIC, Outcome.NOT_COMPARED, detail, place)
        return
    found: list[_Outputs] = []
    for holder, module, images in zip("AB", modules, samples):
        try:
            found.append(_run(module, tags, signatures, images[0]))
        except errors.InputError as error:
            outcome = Outcome.DIFFERS if holder == "B" else Outcome.NOT_COMPARED
            yield Finding(_TOPIC, outcome, f"{holder} does not run: {error}", place)
            return
    changed = _list_changed(found[0], found[1], tolerance)
    if changed:
        again = _run(modules[0], tags, signatures, samples[0][0])
        random = _list_changed(found[0], again, tolerance)
        yield from _describe(changed, random, place)
        return
    outputs = f"{sum(map(len, found[0].values()))} outputs"
    detail = f"{outputs} of {len(signatures)} signatures, for the first photograph"
    yield Finding(_TOPIC, Outcome.SAME, detail, place)


def _find_common(a: object, b: object) -> dict[str, interfaces.Signature]:
    """Returns the signatures of both that take images alone."""
    common = interfaces.find_common(*map(interfaces.read_signatures, (a, b)))
    return {name: each for name, each in common.items() if not each.takes_momentum}


def _run(
    module: opened_module.OpenedModule,
    tags: frozenset[str],
    signatures: Mapping[str, interfaces.Signature],
    image: np.ndarray,
) -> _Outputs:
    with load_errors.refuse(module.path):
        opened = runner.HubModuleRunner(module.directory, tags)
        try:
            return {
                name: opened.run_all([name], _make_inputs(image, each))[name]
                for name, each in signatures.items()
            }
        finally:
            opened.close()


def _make_inputs(
    image: np.ndarray, signature: interfaces.Signature
) -> dict[str, np.ndarray]:
    return {signatures_lib.IMAGES: np.stack([image] * (signature.fixed_batch or 1))}


def _list_changed(a: _Outputs, b: _Outputs, tolerance: float) -> list[str]:
    """Returns the names of the outputs that differ, with those of their signatures."""
    return [
        f"{name}/{key}"
        for name, outputs in a.items()
        for key, part in output_differences.find_parts(outputs, b[name]).items()
        if part > tolerance
    ]


def _describe(
    changed: Sequence[str], random: Sequence[str], place: str
) -> Iterator[Finding]:
    for outcome, names, rest in (
        (Outcome.NOT_COMPARED, random, "differ from run to run of A"),
        (Outcome.DIFFERS, sorted(set(changed) - set(random)), "differ"),
    ):
        if names:
            shown = escaping.list_names(list(map(escaping.cut, names)), _MOST_NAMES)
            detail = f"{len(names)} outputs {rest} for the first photograph: {shown}"
            yield Finding(_TOPIC, outcome, detail, place)
