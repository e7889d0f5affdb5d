"""The libraries of PyTorch that weights may come from, and how a file is recognized."""

from __future__ import annotations

from typing import Collection

from .... import errors, escaping
from ....efficientnet import config as config_lib
from . import efficientnet_pytorch, library, timm, torchvision

PYTORCH = (timm.LIBRARY, torchvision.LIBRARY, efficientnet_pytorch.LIBRARY)

# Variables that every network has, and whose keys are the same for each.
_ALWAYS = (
    "stem/tpu_batch_normalization/moving_variance",
    "blocks_0/depthwise_conv2d/depthwise_kernel",
)


def recognize(
    keys: Collection[str],
    place: str,
    known: Collection[library.Library] = PYTORCH,
) -> tuple[library.Library, str]:
    """Finds the network in the arrays of a file.

    Args:
      keys: the keys of the arrays.
      place: what messages call the file.
      known: the libraries that it may be of.

    Returns:
      The library that names the arrays, and the prefix of the network's keys: '', or a
      text that ends in '.', such as 'module.'.

    Raises:
      errors.InputError: if no network is there, or more than one.
    """
    keys = set(keys)
    stems = [(each, prefix) for each in known for prefix in _find_prefixes(keys, each)]
    complete = [
        (each, prefix)
        for each, prefix in stems
        if not _list_missing(keys, each, prefix)
    ]
    if len(complete) == 1:
        return complete[0]
    if complete:
        raise _describe_several(place, complete)
    raise _describe_none(place, keys, stems, known)


def _find_prefixes(keys: Collection[str], known: library.Library) -> list[str]:
    end = len(known.stem)
    return sorted(
        key[:-end]
        for key in keys
        if key == known.stem or key.endswith("." + known.stem)
    )


def _list_missing(
    keys: Collection[str], known: library.Library, prefix: str
) -> list[str]:
    """Returns the keys that each network has, and a file does not."""
    network = next(iter(config_lib.VARIANTS.values()))
    wanted = {f"{network.name}/{name}" for name in _ALWAYS}
    return [
        prefix + key
        for key, name in known.name_variables(network).items()
        if name in wanted and prefix + key not in keys
    ]


def _describe_several(
    place: str, found: list[tuple[library.Library, str]]
) -> errors.InputError:
    (first, first_prefix), (second, second_prefix) = found[:2]
    return errors.InputError(
        f"{place} must hold one network, found {_show(first_prefix + first.stem)} of "
        f"{first.name} and {_show(second_prefix + second.stem)} of {second.name}: is "
        "it a program with several networks, or one with moving averages of its "
        "network? Save the state dict of one network"
    )


def _describe_none(
    place: str,
    keys: Collection[str],
    stems: list[tuple[library.Library, str]],
    known: Collection[library.Library],
) -> errors.InputError:
    names = ", ".join(each.name for each in known)
    for each, prefix in stems:
        missing = _list_missing(keys, each, prefix)
        return errors.InputError(
            f"{place} must hold an EfficientNet as one of {names} names it, found "
            f"{_show(prefix + each.stem)} of {each.name} without {_show(missing[0])}: "
            "is it of another architecture, or only a part of its features?"
        )
    found = escaping.list_names([_cut(key) for key in sorted(keys)]) or "nothing"
    return errors.InputError(
        f"{place} must hold an EfficientNet as one of {names} names it, found {found}: "
        "is it of another architecture or library?"
    )


def _show(key: str) -> str:
    return f"'{_cut(key)}'"


def _cut(key: str) -> str:
    return escaping.cut(escaping.escape_terminal(key))
