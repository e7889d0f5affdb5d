"""Runs a module's signatures, by `hub.Module` or, where that is missing, `hub.load`."""

from __future__ import annotations

import abc
import dataclasses
import threading
from typing import Any, Collection, Iterable, Mapping

import numpy as np
import tensorflow.compat.v1 as tf

from ... import dependencies
from ...signatures import tag_sets
from ..saved_model import graph_facts, module_files

Outputs = Mapping[str, np.ndarray]


class Runner(abc.ABC):
    """A loaded module. Several threads may run it."""

    @abc.abstractmethod
    def run_all(
        self,
        signatures: Iterable[str],
        inputs: Mapping[str, np.ndarray],
        only: Collection[str] | None = None,
    ) -> dict[str, Outputs]:
        """Runs several signatures on the same inputs.

        Args:
          signatures: the signatures' names.
          inputs: an array for each input, by name.
          only: names of the outputs to return, all by default.

        Returns:
          The outputs of each signature, by the signature's name and the output's.
        """

    def run(self, signature: str, inputs: Mapping[str, np.ndarray]) -> Outputs:
        """Runs one signature and returns its outputs by name."""
        return self.run_all([signature], inputs)[signature]


def open_module(directory: str) -> Runner:
    """Loads the graph of a module for inference.

    Args:
      directory: the module's directory.

    Raises:
      errors.DependencyError: if tensorflow_hub is missing.
    """
    if dependencies.has_hub_module():
        return HubModuleRunner(directory)
    return _HubLoadRunner(directory)


@dataclasses.dataclass(frozen=True)
class Application:
    """A copy of a module's graph, with placeholders as its inputs.

    Attributes:
      scope: the name scope of the copy.
      inputs: the placeholders by the names that the inputs have in the module.
      updates: the update ops of the copy.
    """

    scope: str
    inputs: dict[str, tf.Tensor]
    updates: list[tf.Operation]


class HubModuleRunner(Runner):
    """A module in a graph and a session, its variables at the module's values.

    `hub.Module` copies the module's whole graph each time it is applied. The
    signature only says which tensors are inputs and which are outputs. So signatures
    with the same inputs share one copy here.

    Attributes:
      graph: the graph.
    """

    def __init__(
        self,
        directory: str,
        tags: frozenset[str] = tag_sets.INFERENCE,
        trainable: bool = False,
        config: tf.ConfigProto | None = None,
    ):
        """Loads a module.

        Args:
          directory: the module's directory.
          tags: the tag set of the graph.
          trainable: whether its variables can be trained.
          config: of the session, by default TensorFlow's.

        Raises:
          errors.DependencyError: if tensorflow_hub is missing, or has no `hub.Module`.
          ValueError: if the module has no graph with these tags.
        """
        hub = dependencies.tensorflow_hub_with_module()
        self._meta_graph = _read_meta_graph(directory, tags)
        self.graph = tf.Graph()
        self._placeholders: dict[str, tf.Tensor] = {}
        self._applications: dict[tuple[tuple[str, str], ...], Application] = {}
        self._applying = threading.Lock()
        with self.graph.as_default():
            self._module = hub.Module(directory, trainable=trainable, tags=set(tags))
            self._initializer = tf.global_variables_initializer()
            self._session = tf.Session(config=config)
        self.initialize()

    @property
    def inputs(self) -> Collection[str]:
        """The names of the inputs of all signatures that are applied."""
        return list(self._placeholders)

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """The module's variables by their names in the module."""
        return self._module.variable_map

    def initialize(self) -> None:
        """Sets all variables to the module's values."""
        self._session.run(self._initializer)

    def run_all(
        self,
        signatures: Iterable[str],
        inputs: Mapping[str, np.ndarray],
        only: Collection[str] | None = None,
    ) -> dict[str, Outputs]:
        """See `Runner`."""
        fetches = {name: _select(self.outputs(name), only) for name in signatures}
        return self.evaluate(fetches, inputs)

    def evaluate(
        self,
        fetches: Any,
        inputs: Mapping[str, np.ndarray],
        replaced: Mapping[tf.Tensor, np.ndarray] | None = None,
    ) -> Any:
        """Evaluates tensors and ops of the graph.

        Args:
          fetches: see `tf.Session.run`.
          inputs: an array for each input of the applied signatures, by name.
          replaced: tensors of the graph with the values that they have in this run.
        """
        feeds = {self._placeholders[name]: value for name, value in inputs.items()}
        feeds.update(replaced or {})
        return self._session.run(fetches, feeds)

    def close(self) -> None:
        """Frees the memory of the variables."""
        self._session.close()

    def outputs(self, signature: str) -> dict[str, tf.Tensor]:
        """Returns a signature's outputs by name."""
        application = self.apply(signature)
        outputs = self._meta_graph.signature_def[signature].outputs
        return {
            key: self._find_tensor(application, info.name)
            for key, info in outputs.items()
        }

    def _find_tensor(self, application: Application, name: str) -> tf.Tensor:
        if name in application.inputs:
            return application.inputs[name]
        return self.graph.get_tensor_by_name(f"{application.scope}/{name}")

    def apply(self, signature: str) -> Application:
        """Applies a signature, or returns the application that it shares."""
        inputs = self._meta_graph.signature_def[signature].inputs
        key = tuple(sorted((name, info.name) for name, info in inputs.items()))
        with self._applying, self.graph.as_default():
            if key not in self._applications:
                self._applications[key] = self._apply(signature, inputs)
        return self._applications[key]

    def _apply(self, signature: str, inputs: Mapping[str, Any]) -> Application:
        for name, info in inputs.items():
            if name not in self._placeholders:
                self._placeholders[name] = tf.placeholder(
                    info.dtype, graph_facts.shape(info)
                )
        feeds = {name: self._placeholders[name] for name in inputs}
        before = len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
        outputs = self._module(feeds, signature=signature, as_dict=True)
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)[before:]
        return Application(
            self._find_scope(signature, outputs),
            {info.name: feeds[name] for name, info in inputs.items()},
            updates,
        )

    def _find_scope(self, signature: str, outputs: Mapping[str, tf.Tensor]) -> str:
        for key, info in self._meta_graph.signature_def[signature].outputs.items():
            if outputs[key].name.endswith("/" + info.name):
                return outputs[key].name[: -len("/" + info.name)]
        raise ValueError(f"signature '{signature}' must compute its outputs")


def _read_meta_graph(directory: str, tags: frozenset[str]) -> Any:
    graphs = graph_facts.by_tags(module_files.read_saved_model(directory))
    if tags not in graphs:
        raise ValueError(f"'{directory}' must have a graph for {set(tags)}, found none")
    return graphs[tags]


class _HubLoadRunner(Runner):
    """A module loaded by `hub.load`, run eagerly."""

    def __init__(self, directory: str):
        self._loaded = dependencies.tensorflow_hub().load(directory, tags=[])

    def run_all(
        self,
        signatures: Iterable[str],
        inputs: Mapping[str, np.ndarray],
        only: Collection[str] | None = None,
    ) -> dict[str, Outputs]:
        """See `Runner`."""
        tensors = {name: tf.convert_to_tensor(value) for name, value in inputs.items()}
        found: dict[str, Outputs] = {}
        for name in signatures:
            outputs = self._loaded.signatures[name](**tensors)
            selected = _select(outputs, only)
            found[name] = {key: output.numpy() for key, output in selected.items()}
        return found


def _select(outputs: Mapping[str, Any], only: Collection[str] | None) -> dict[str, Any]:
    return {key: value for key, value in outputs.items() if only is None or key in only}
