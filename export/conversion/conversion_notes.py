"""What a format of another library cannot express, and how to load a file in it."""

from __future__ import annotations

from ... import errors
from ...builder import module_config
from ...efficientnet import config as config_lib
from ..weights import file_formats, network_facts, source_models

# The variants of Keras Applications, by what follows 'efficientnet-'.
_KERAS = tuple(f"b{number}" for number in range(8))
_DEFAULT_CLASSES = 1000


def describe(
    config: module_config.ModuleConfig,
    facts: network_facts.NetworkFacts,
    to: str,
    library: str | None,
) -> list[str]:
    """Checks that a format can express a network.

    Args:
      config: the network.
      facts: what the source says about it.
      to: the format.
      library: the library whose names the file has, or None.

    Returns:
      What the user should know about the file, one sentence each.

    Raises:
      errors.InputError: if the library has no network that computes the same.
    """
    network = config.network
    notes = []
    if to != file_formats.KERAS:  # There a layer of the network normalizes.
        notes.append(
            "the file does not store the normalization of images, "
            f"{network.preprocessing}, and their size, {network.image_size} px"
        )
    if facts.class_names is not None and network.num_classes is not None:
        notes.append("the file does not have the names of the classes")
    if library is not None:
        notes.append(f"load it in {_find_equivalent(network, library)}")
    elif to == file_formats.KERAS:
        notes.append(_describe_keras(network))
    elif not _computes_as_published(network):
        notes.append(
            f"the checkpoint does not say that the network has the padding "
            f"{network.padding} and the epsilon {network.batch_norm_epsilon:g}"
        )
    return notes


def _computes_as_published(network: config_lib.NetworkConfig) -> bool:
    return (network.padding, network.batch_norm_epsilon) == (
        config_lib.SAME,
        config_lib.BATCH_NORM_EPSILON,
    )


def _find_equivalent(network: config_lib.NetworkConfig, library: str) -> str:
    """Returns the library's name of a network, and how to make it."""
    found = {
        text: model.naming
        for text, model in source_models.list_all().items()
        if (model.naming.name, model.variant) == (library, network.name)
        and model.padding == network.padding
        and model.batch_norm_epsilon == network.batch_norm_epsilon
    }
    if not found:
        raise errors.InputError(
            f"{library} must have a model that computes as the network, found none for "
            f"{network.name} with the padding {network.padding} and the epsilon "
            f"{network.batch_norm_epsilon:g}: is another library meant?"
        )
    name = min(found, key=len)
    if network.num_classes is None:
        return f"{name} {found[name].without_classifier}"
    if network.num_classes == _DEFAULT_CLASSES:
        return name
    return f"{name} with num_classes={network.num_classes}"


def _describe_keras(network: config_lib.NetworkConfig) -> str:
    variant = config_lib.shorten_name(network.name)
    if variant not in _KERAS:
        return f"Keras Applications has no function that makes {network.name}"
    arguments = "include_top=False"
    if network.num_classes is not None:
        # By default, Keras appends a softmax. A module returns logits.
        arguments = f"classes={network.num_classes}, classifier_activation=None"
    return f"load it in EfficientNet{variant.upper()}(weights=None, {arguments})"
