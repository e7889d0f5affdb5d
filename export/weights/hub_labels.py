"""Reads the names of classes in timm's description of a model."""

from __future__ import annotations

from typing import Any

from ... import errors, escaping

_LONGEST_NAME = 1000


def read(
    labels: Any, descriptions: Any, num_classes: int | None, place: str
) -> list[str] | None:
    """Returns the name of each class in the order of the logits, None without names.

    Args:
      labels: `label_names`: a list of texts, or a text by index ('0', '1', ...).
      descriptions: `label_descriptions`: a text for each label, such as 'tench' for
        'n01440764'. They are the names if each label has one.
      num_classes: the number of classes, None if unknown.
      place: what messages call the file.

    Raises:
      errors.InputError: if these are no names, or not as many as there are classes.
    """
    if labels is None:
        return None
    names = _order(labels, place)
    if num_classes is not None and len(names) != num_classes:
        raise errors.InputError(
            f"'label_names' in {place} must have a name for each of {num_classes} "
            f"classes, found {len(names)}: was its classifier replaced?"
        )
    if isinstance(descriptions, dict) and all(name in descriptions for name in names):
        names = [descriptions[name] for name in names]
    for name in names:
        _check(name, place)
    return names


def _order(labels: Any, place: str) -> list[Any]:
    if isinstance(labels, dict):
        wanted = [str(index) for index in range(len(labels))]
        if not all(key in labels for key in wanted):
            raise _refuse(place, "indices that are not 0, 1, 2 and so on")
        labels = [labels[key] for key in wanted]
    if not isinstance(labels, list):
        raise _refuse(place, escaping.show_value(labels))
    for label in labels:
        _check(label, place)
    return labels


def _check(name: Any, place: str) -> None:
    is_text = isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME
    if not is_text or not name.strip() or len(name.splitlines()) != 1:
        raise _refuse(place, escaping.show_value(name))


def _refuse(place: str, found: str) -> errors.InputError:
    return errors.InputError(
        f"'label_names' in {place} must be texts of one line, at most {_LONGEST_NAME} "
        f"characters each, found {escaping.escape_terminal(found)}: is it damaged?"
    )
