"""The names that timm and geffnet have for EfficientNets, with their normalizations.

Source: `default_cfgs` in timm/models/efficientnet.py of timm 1.0.31, where the first
weights of an architecture are its default; gen_efficientnet.py of geffnet 1.0.2.
"""

from __future__ import annotations

import dataclasses

from ...efficientnet import preprocessings

_IMAGENET = "imagenet"
# IMAGENET_INCEPTION_MEAN and IMAGENET_INCEPTION_STD, which has the name 'advprop'.
_HALF = preprocessings.from_numbers([0.5] * 3, [0.5] * 3)

_LARGE = (*(f"b{number}" for number in range(9)), "l2")
_LITE = tuple(f"lite{number}" for number in range(5))
_FAMILY, _TENSORFLOW_FAMILY = "efficientnet_", "tf_efficientnet_"

# The variants that have each tag, in timm's order. Of a name without a tag, timm takes
# the first one.
_TAGS = (
    ("ra4_e3600_r240_in1k", ("b1",)),
    ("ft_in1k", ("b1",)),
    ("ra_in1k", ("b0", "b2", "lite0")),
    ("ra4_e3600_r224_in1k", ("b0",)),
    ("ra2_in1k", ("b3", "b4")),
    ("sw_in12k_ft_in1k", ("b5",)),
    ("sw_in12k", ("b5",)),
)
_TENSORFLOW_TAGS = (
    ("ns_jft_in1k", (*_LARGE[:8], "l2")),
    ("ns_jft_in1k_475", ("l2",)),
    ("ap_in1k", _LARGE[:9]),
    ("ra_in1k", ("b5", "b7", "b8")),
    ("aa_in1k", _LARGE[:8]),
    ("in1k", (*_LARGE[:6], *_LITE)),
)
# The ends of names before there were tags.
_OLD_ENDS = {
    "ns_jft_in1k": "_ns",
    "ns_jft_in1k_475": "_ns_475",
    "ap_in1k": "_ap",
    "aa_in1k": "_aa",
}
_GEFFNET_ENDS = ("_ns", "_ns_475", "_ap")
_OLD_NAMES = {"b2": "b2a", "b3": "b3a"}


@dataclasses.dataclass(frozen=True)
class TimmName:
    """A name of timm.

    Attributes:
      text: the name, such as 'tf_efficientnet_b2.ns_jft_in1k'.
      variant: the end of this project's name, such as 'b2'.
      is_tensorflow: whether it is of the family that computes as TensorFlow does.
      preprocessing: the normalization of its weights, see `preprocessings.parse`.
    """

    text: str
    variant: str
    is_tensorflow: bool
    preprocessing: str


def list_timm() -> list[TimmName]:
    """Returns the names of timm, with and without tags, and the old ones."""
    names = []
    for is_tensorflow, family, tags in (
        (False, _FAMILY, _TAGS),
        (True, _TENSORFLOW_FAMILY, _TENSORFLOW_TAGS),
    ):
        for variant in (*_LARGE, *_LITE):
            own = [tag for tag, variants in tags if variant in variants]
            name = family + variant
            ends = [("", own[0] if own else "")]
            ends += [("." + tag, tag) for tag in own]
            if is_tensorflow:
                ends += [(_OLD_ENDS[tag], tag) for tag in own if tag in _OLD_ENDS]
            elif variant in _OLD_NAMES:
                ends.append(("a", own[0]))
            names += [
                TimmName(
                    name + end, variant, is_tensorflow, _normalize(name + "." + tag)
                )
                for end, tag in ends
            ]
    return names


def list_geffnet() -> list[TimmName]:
    """Returns the names of geffnet, which have no tags."""
    names = []
    for name in list_timm():
        has_end = name.is_tensorflow and name.text.endswith(_GEFFNET_ENDS)
        family = _TENSORFLOW_FAMILY if name.is_tensorflow else _FAMILY
        if has_end:
            names.append(name)
        elif name.text == family + name.variant:
            # Its b1 and b8 are older than the defaults of timm.
            names.append(dataclasses.replace(name, preprocessing=_normalize(name.text)))
    return names


def _normalize(name: str) -> str:
    """Returns the normalization of the weights of an architecture and a tag."""
    architecture, _, tag = name.partition(".")
    is_lite = architecture.startswith(_TENSORFLOW_FAMILY + "lite")
    is_half = is_lite or tag.startswith(("ap_", "ra4_"))
    return _HALF if is_half else _IMAGENET
