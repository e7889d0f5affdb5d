"""What a module says of itself, checked against its graphs.

Another program may have written the module, or changed what is attached to it. Every
command that believes a module reads it here first.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, Callable, Mapping

from .. import errors, escaping
from ..builder import module_config, tasks
from ..efficientnet import config as config_lib
from ..efficientnet import field_checks, preprocessings
from ..signatures import attachments
from ..signatures import names as signatures_lib
from .saved_model import attached_facts, graph_facts

# The check of the value of a fact.
_CHECKS: Mapping[str, Callable[[str], object]] = {
    "task": lambda value: field_checks.check_choice("task", value, tasks.TASKS),
    "preprocessing": preprocessings.parse,
    module_config.PADDING: lambda value: field_checks.check_choice(
        module_config.PADDING, value, config_lib.PADDINGS
    ),
    **{
        name: functools.partial(module_config.read_number, name)
        for name in module_config.NUMBERS
    },
}


@dataclasses.dataclass(frozen=True)
class Claims:
    """What a graph of a module says of the module.

    Attributes:
      facts: text about the network by name, None if the module has no such message.
      class_names: the name of each class in the order of the logits, or None.
      image_size: the expected height and width in pixels, from 1 to
        `config_lib.MAX_IMAGE_SIZE`, or None.
      num_classes: the number of logits by the signature for classification, None if
        it has none or leaves it open.
    """

    facts: Mapping[str, str] | None
    class_names: list[str] | None
    image_size: tuple[int, int] | None
    num_classes: int | None


def check(saved_model: Any, name: str) -> None:
    """Checks what each graph of a module says of the module.

    Args:
      saved_model: a SavedModel.
      name: what to call the module in errors.

    Raises:
      errors.InputError: see `read`.
    """
    for meta_graph in saved_model.meta_graphs:
        read(meta_graph, name)


def read(meta_graph: Any, name: str) -> Claims:
    """Reads what a graph of a module says of the module.

    Args:
      meta_graph: a MetaGraphDef.
      name: what to call the module in errors.

    Raises:
      errors.InputError: if a value has another type, is out of range, or contradicts
        the graph.
    """
    claims = Claims(
        facts=attached_facts.read_network(meta_graph, name),
        class_names=attached_facts.read_class_names(meta_graph, name),
        image_size=graph_facts.find_expected_image_size(meta_graph, name),
        num_classes=_read_num_classes(meta_graph),
    )
    problem = _find_problem(claims, meta_graph, name)
    if problem is not None:
        raise errors.InputError(f"module '{name}' {problem}")
    return claims


def check_facts(claims: Claims, name: str, place: str) -> None:
    """Checks what a module says, without its graphs.

    Args:
      claims: what it says. Its number of classes is that of its variables.
      name: what to call the module in errors.
      place: what says its class names, e.g. 'its file a.json'.

    Raises:
      errors.InputError: if a value is out of range, or contradicts another one.
    """
    problem = _find_problem_of_facts_alone(claims, place)
    if problem is not None:
        raise errors.InputError(f"module '{name}' {problem}")


def _read_num_classes(meta_graph: Any) -> int | None:
    signatures = meta_graph.signature_def
    if signatures_lib.CLASSIFICATION not in signatures:
        return None
    outputs = signatures[signatures_lib.CLASSIFICATION].outputs
    if signatures_lib.DEFAULT not in outputs:
        return None
    shape = graph_facts.shape(outputs[signatures_lib.DEFAULT])
    return shape[-1] if shape else None


def _find_problem(claims: Claims, meta_graph: Any, name: str) -> str | None:
    """Returns the rest of a sentence about a module whose claims are wrong."""
    return _find_problem_of_facts_alone(claims) or _find_contradiction(
        claims.facts or {}, meta_graph, name
    )


def _find_problem_of_facts_alone(
    claims: Claims, place: str = f"its attached message '{attachments.CLASS_NAMES}'"
) -> str | None:
    return (
        _find_problem_of_size(claims.image_size)
        or _find_problem_of_names(claims, place)
        or _find_problem_of_facts(claims.facts or {})
    )


def _find_problem_of_size(size: tuple[int, int] | None) -> str | None:
    bound = config_lib.MAX_IMAGE_SIZE
    if size is None or all(1 <= length <= bound for length in size):
        return None
    height, width = size
    return (
        f"must expect images of 1 to {bound} pixels in height and width, found "
        f"{height} x {width}: did another program write it?"
    )


def _find_problem_of_names(claims: Claims, place: str) -> str | None:
    names, expected = claims.class_names, claims.num_classes
    unnamed = [index for index, name in enumerate(names or ()) if not name.strip()]
    if unnamed:
        return (
            f"must name each class in {place}, found no name of class {unnamed[0]}: "
            "did another program write it?"
        )
    if names is None or expected is None or len(names) == expected:
        return None
    return (
        f"must have as many names in {place} as it has classes, {expected}, found "
        f"{len(names)}: did another program write it?"
    )


def _find_problem_of_facts(facts: Mapping[str, str]) -> str | None:
    for fact, check in _CHECKS.items():
        if fact in facts:
            try:
                check(facts[fact])
            except errors.InputError as error:
                return f"has a wrong fact: {error}: is it of this package?"
    return None


def _find_contradiction(
    facts: Mapping[str, str], meta_graph: Any, name: str
) -> str | None:
    """Compares the facts with the signatures and the variables of the graph."""
    signatures = meta_graph.signature_def
    # A graph for servers has other signatures.
    if "task" in facts and signatures_lib.DEFAULT in signatures:
        is_classifier = signatures_lib.CLASSIFICATION in signatures
        if is_classifier != (facts["task"] == tasks.CLASSIFICATION):
            return (
                f"has a wrong fact: the task is {facts['task']}, found "
                f"{'a' if is_classifier else 'no'} signature "
                f"'{signatures_lib.CLASSIFICATION}': did another program write it?"
            )
    return _find_problem_of_model(facts, meta_graph, name)


def _find_problem_of_model(
    facts: Mapping[str, str], meta_graph: Any, name: str
) -> str | None:
    """Compares the model with the scope of the variables.

    A network of a program's own is no variant, but has its name as the scope too.
    """
    if "model" not in facts:
        return None
    variables = graph_facts.variables(meta_graph, name)
    if any(variable.startswith(facts["model"] + "/") for variable in variables):
        return None
    found = f"{escaping.cut(facts['model'])!r}"
    if facts["model"] not in config_lib.VARIANTS:
        return (
            f"has a wrong fact: model must be one of {', '.join(config_lib.VARIANTS)}, "
            f"or the scope of its variables, found {found}: did another program write "
            "it?"
        )
    variable = escaping.cut(next(iter(variables), "none"))
    return (
        f"has a wrong fact: model must be the scope of its variables, found {found} "
        f"and the variable {variable!r}: did another program write it?"
    )
