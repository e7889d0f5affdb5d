"""Says which variables of a network are its classifier's."""

from __future__ import annotations

from ....efficientnet import network as network_lib


def is_classifier(name: str) -> bool:
    """Returns whether a variable belongs to the classifier.

    Args:
      name: the variable's name, with or without the name of a network before it.
    """
    return name.endswith(network_lib.CLASSIFIER_VARIABLES)
