"""A small network as a whole module, and ways to spoil it."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
from unittest import mock

from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.verification import promise
from efficientnet_hub.export.verification import subject as subject_lib
from efficientnet_hub.export.weights import random_init
from efficientnet_hub.export.writers import hub_format
from efficientnet_hub.signatures import provenance

# All resolutions of b0, and one block with a residual.
_STAGES = (
    config_lib.StageConfig(1, 3, 1, 1, 16),
    config_lib.StageConfig(1, 3, 2, 6, 24),
    config_lib.StageConfig(1, 5, 2, 6, 40),
    config_lib.StageConfig(1, 3, 2, 6, 80),
    config_lib.StageConfig(2, 5, 2, 6, 192),
)


def small_config(**changes) -> module_config.ModuleConfig:
    """Narrow and shallow, at 64 x 64 pixels, for 10 classes."""
    network = config_lib.get_config(
        "efficientnet-b0",
        width_coefficient=0.25,
        stages=_STAGES,
        survival_probability=0.6,  # Each verification sees the residual come and go.
        image_size=64,
        num_classes=10,
    )
    network = dataclasses.replace(network, **changes)
    names = None if network.num_classes is None else list("abcdefghij")
    return module_config.ModuleConfig(network, names, provenance.Provenance("a test"))


def meta_graphs(config: module_config.ModuleConfig | None = None) -> list:
    """The MetaGraphDefs of a module, for {}, {"train"} and {"serve"}."""
    config = config or small_config()
    inference, serving = graphs.inference_graphs(config)
    return _export([inference, graphs.training_graph(config), serving], config)


def _export(module_graphs: list, config: module_config.ModuleConfig) -> list:
    attachments = graphs.attachments(config)
    return [hub_format.export_meta_graph(graph, attachments) for graph in module_graphs]


@functools.lru_cache(maxsize=None)
def _good_meta_graphs() -> tuple:
    return tuple(meta_graphs())


def good_meta_graphs() -> list:
    """Copies of the MetaGraphDefs of a good module, to be spoilt."""
    return copy.deepcopy(list(_good_meta_graphs()))


def with_training_graph(config: module_config.ModuleConfig | None = None) -> list:
    """Those of a good module, with a new graph for {"train"}."""
    config = config or small_config()
    found = good_meta_graphs()
    found[1:2] = _export([graphs.training_graph(config)], config)
    return found


@functools.lru_cache(maxsize=None)
def _good_variables() -> dict:
    return _draw_variables(small_config())


def _draw_variables(config: module_config.ModuleConfig) -> dict:
    shapes = graphs.inference_graphs(config)[0].variable_shapes()
    return random_init.draw(shapes, seed=0)


def write(folder, spoilt=None, values=None, config=None) -> str:
    """Writes a module.

    Args:
      folder: a new folder.
      spoilt: its MetaGraphDefs, by default those of the configuration.
      values: called with name and array of each variable, returns another array.
      config: its configuration.

    Returns:
      The folder's path.
    """
    variables = _draw_variables(config) if config else dict(_good_variables())
    if values:
        variables = {name: values(name, value) for name, value in variables.items()}
    return _write(
        folder, variables, spoilt or (meta_graphs(config) if config else None)
    )


def write_renamed(folder, old: str, new: str) -> str:
    """Writes a good module with a part of its variables' names replaced.

    Args:
      folder: a new folder.
      old: a part of the names.
      new: its replacement, of the same length.

    Returns:
      The folder's path.
    """
    assert len(old) == len(new)
    renamed = [
        type(graph).FromString(
            graph.SerializeToString().replace(old.encode(), new.encode())
        )
        for graph in good_meta_graphs()
    ]
    variables = {
        name.replace(old, new): value for name, value in _good_variables().items()
    }
    return _write(folder, variables, renamed)


def _write(folder, variables, spoilt) -> str:
    folder.mkdir(exist_ok=True)
    hub_format.write_variables(str(folder), variables)
    hub_format.write_graphs(str(folder), spoilt or good_meta_graphs())
    return str(folder)


def outcomes(promises, module: str) -> dict[str, promise.Outcome]:
    """Returns the outcome of each promise that is not kept, by statement."""
    return outcomes_of(promises, subject_lib.Subject(module))


def outcomes_of(promises, subject) -> dict[str, promise.Outcome]:
    """Returns the outcome of each promise that is not kept, by statement."""
    found = promise.check_all(promises, subject)
    return {f.statement: f.outcome for f in found if f.outcome != promise.Outcome.KEPT}


@contextlib.contextmanager
def replaced(target: str, replacement):
    """Replaces something of the package while graphs are built."""
    with mock.patch("efficientnet_hub." + target, replacement):
        yield
