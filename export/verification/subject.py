"""The module under verification: its files, and ways to run it."""

from __future__ import annotations

import os
from typing import Any, Iterable, Mapping

import numpy as np
import tensorflow.compat.v1 as tf

from ... import dependencies
from ...builder import regularization
from ...signatures import names as signatures_lib
from ...signatures import tag_sets as tag_sets_lib
from ..execution import runner as runner_lib
from ..saved_model import (
    attached_facts,
    graph_facts,
    module_files,
    saved_model_messages,
)
from . import promise
from . import trainer as trainer_lib

# Neither square nor a multiple of a stride of the network.
ODD_SIZE = (65, 97)
# Small enough to be fast, large enough for a batch norm at the last resolution.
_SMALL_SIZE = (64, 64)
_BATCH = 2
_TRAINING_BATCH = 4


class Subject:
    """A module under verification.

    Attributes:
      directory: the module's directory.
      name: what the user calls the module.
      saved_model: its SavedModel message.
    """

    def __init__(self, directory: str, name: str | None = None):
        self.directory = directory
        self.name = name or directory
        self.saved_model = module_files.read_saved_model(directory, name)
        self._checkpoint: dict[str, np.ndarray] = {}
        self._runner: runner_lib.Runner | None = None
        self._trainer: trainer_lib.Trainer | None = None
        self._outputs: dict[tuple[int, int], dict[str, runner_lib.Outputs]] = {}
        self._defaults: dict[tuple[tuple[int, int], int], dict[str, np.ndarray]] = {}
        self._served: dict[str, np.ndarray] = {}
        self._meta_graphs = graph_facts.by_tags(self.saved_model)

    @property
    def tag_sets(self) -> list[frozenset[str]]:
        """The tag sets of its graphs."""
        return list(self._meta_graphs)

    def meta_graph(self, tags: frozenset[str]) -> Any:
        """The MetaGraphDef of a tag set.

        Raises:
          promise.AbsentError: if it is missing and optional.
          promise.BrokenError: if it is missing.
        """
        if tags == tag_sets_lib.SERVE and tags not in self._meta_graphs:
            raise promise.AbsentError('there is no graph tagged {"serve"}')
        promise.expect(
            tags in self._meta_graphs,
            f"there is no graph tagged {tag_sets_lib.format_tags(tags)}",
        )
        return self._meta_graphs[tags]

    def signature(
        self, name: str, tags: frozenset[str] = tag_sets_lib.INFERENCE
    ) -> Any:
        """The SignatureDef of that name.

        Raises:
          promise.AbsentError: if it is missing and optional.
          promise.BrokenError: if it is missing.
        """
        signatures = self.meta_graph(tags).signature_def
        if name not in signatures and name.endswith(signatures_lib.WITH_BN_HPARAMS):
            raise promise.AbsentError(f"there is no signature '{name}'")
        promise.expect(
            name in signatures,
            f"{tag_sets_lib.format_tags(tags)} must have the signature '{name}', found "
            "none",
        )
        return signatures[name]

    @property
    def is_classifier(self) -> bool:
        """Whether the module has a classification signature."""
        signatures = self.meta_graph(tag_sets_lib.INFERENCE).signature_def
        return signatures_lib.CLASSIFICATION in signatures

    def require_classifier(self) -> None:
        """Raises NotApplicableError unless the module has a classifier."""
        if not self.is_classifier:
            raise promise.NotApplicableError("the module has no classifier")

    @property
    def main_signature(self) -> str:
        """Name of the signature that 'default' is the same as."""
        if self.is_classifier:
            return signatures_lib.CLASSIFICATION
        return signatures_lib.FEATURE_VECTOR

    def image_signatures(self) -> list[str]:
        """Names of the signatures that take images alone."""
        names = [signatures_lib.DEFAULT, signatures_lib.FEATURE_VECTOR]
        return names + [signatures_lib.CLASSIFICATION] * self.is_classifier

    def hparams_signatures(self) -> list[str]:
        """Names of the signatures that take a momentum, even if they are missing."""
        return [
            name + signatures_lib.WITH_BN_HPARAMS
            for name in self.image_signatures()[1:]
        ]

    def variables(self, tags: frozenset[str]) -> dict[str, bool]:
        """Whether each variable of a graph is trainable, by its name."""
        return graph_facts.variables(self.meta_graph(tags))

    def trainable_kernels(self) -> list[str]:
        """Names of the kernels that {"train"} trains.

        Raises:
          promise.AbsentError: if no trainable variable has a kernel's name.
        """
        kernels = [
            name
            for name, trainable in self.variables(tag_sets_lib.TRAIN).items()
            if trainable and regularization.is_kernel(name)
        ]
        if not kernels:
            raise promise.AbsentError("no trainable variable is named 'kernel'")
        return kernels

    def collection(self, tags: frozenset[str], name: str) -> Any:
        """The CollectionDef of that name, an empty one if there is none."""
        collections = self.meta_graph(tags).collection_def
        if name in collections:
            return collections[name]
        return saved_model_messages.CollectionDef()

    def attached(
        self,
        key: str,
        message_class: type[Any],
        tags: frozenset[str],
    ) -> Any:
        """The attached message of that key, or None."""
        return graph_facts.attached_message(self.meta_graph(tags), key, message_class)

    def read_facts(self) -> Mapping[str, str] | None:
        """What the module says of its network, or None."""
        meta_graph = self.meta_graph(tag_sets_lib.INFERENCE)
        return attached_facts.read_network(meta_graph, self.name)

    def checkpoint(self) -> Mapping[str, np.ndarray]:
        """The value of each variable by name, as stored."""
        if not self._checkpoint:
            reader = tf.train.load_checkpoint(
                os.path.join(self.directory, module_files.VARIABLES_PREFIX)
            )
            names = reader.get_variable_to_shape_map()
            self._checkpoint = {name: reader.get_tensor(name) for name in names}
        return self._checkpoint

    @property
    def expected_size(self) -> tuple[int, int]:
        """The height and width that the module says its images should have."""
        return graph_facts.expected_image_size(self.meta_graph(tag_sets_lib.INFERENCE))

    @property
    def small_size(self) -> tuple[int, int]:
        """The height and width for checks at any size, or those the module fixes."""
        info = self.signature(signatures_lib.DEFAULT).inputs[signatures_lib.IMAGES]
        fixed = (graph_facts.shape(info) or [None] * 4)[1:3]
        height, width = (length or small for length, small in zip(fixed, _SMALL_SIZE))
        return height, width

    def outputs(self, size: tuple[int, int]) -> dict[str, runner_lib.Outputs]:
        """The outputs of each image signature for `images(size)`, computed once.

        Args:
          size: the images' height and width.
        """
        if size not in self._outputs:
            self._outputs[size] = self.run(self.image_signatures(), images(size))
        return self._outputs[size]

    def defaults(self, size: tuple[int, int], run: int = 1) -> dict[str, np.ndarray]:
        """The output 'default' of each image signature for `images(size)`.

        Each run is computed once. The other outputs are not kept: at the expected size
        they take a lot of memory.

        Args:
          size: the images' height and width.
          run: 1, or 2 for a second run on the same images.
        """
        if (size, run) not in self._defaults:
            self._defaults[size, run] = self.run_defaults(images(size))
        return self._defaults[size, run]

    def run_defaults(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        """Runs all image signatures, and returns the output 'default' of each.

        Args:
          batch: float32 `[batch, height, width, 3]`.
        """
        outputs = self.run(self.image_signatures(), batch)
        return {name: outputs[name][signatures_lib.DEFAULT] for name in outputs}

    def run(
        self,
        signatures: Iterable[str],
        batch: np.ndarray,
        momentum: float | None = None,
    ) -> dict[str, runner_lib.Outputs]:
        """Runs signatures of {} on images.

        By `hub.Module`, or where tensorflow_hub has none by `hub.load`.

        Args:
          signatures: the signatures' names.
          batch: float32 `[batch, height, width, 3]`.
          momentum: the further input of the signatures that take a momentum.

        Returns:
          The outputs of each signature, by the signature's name and the output's.
        """
        for name in signatures:
            self.signature(name)
        inputs: dict[str, Any] = {signatures_lib.IMAGES: batch}
        if momentum is not None:
            inputs[signatures_lib.BATCH_NORM_MOMENTUM] = np.float32(momentum)
        if self._runner is None:
            self._runner = runner_lib.open_module(self.directory)
        return self._runner.run_all(signatures, inputs)

    def serve(self) -> Mapping[str, np.ndarray]:
        """Runs 'serving_default' of {"serve"} by TensorFlow's own loader, once.

        Returns:
          The outputs for `images(small_size)`, by name.
        """
        self.meta_graph(tag_sets_lib.SERVE)
        if not self._served:
            with tf.Graph().as_default(), tf.Session() as session:
                meta_graph = tf.saved_model.loader.load(
                    session, sorted(tag_sets_lib.SERVE), self.directory
                )
                signature = meta_graph.signature_def[signatures_lib.SERVING_DEFAULT]
                self._served = session.run(
                    {key: info.name for key, info in signature.outputs.items()},
                    {
                        signature.inputs[signatures_lib.IMAGES].name: images(
                            self.small_size
                        )
                    },
                )
        return self._served

    def trainer(self) -> trainer_lib.Trainer:
        """The module in a training program.

        Raises:
          promise.UncheckedError: if tensorflow_hub has no `hub.Module`.
        """
        if not dependencies.has_hub_module():
            raise promise.UncheckedError(dependencies.NEEDS_HUB_MODULE)
        self.meta_graph(tag_sets_lib.TRAIN)
        if self._trainer is None:
            batch = images(_SMALL_SIZE, _TRAINING_BATCH)
            self._trainer = trainer_lib.Trainer(
                self.directory, batch, self.image_signatures()
            )
        return self._trainer


def images(size: tuple[int, int], batch: int = _BATCH) -> np.ndarray:
    """Returns images that differ, float32 `[batch, height, width, 3]` in [0, 1]."""
    height, width = size
    noise = np.random.RandomState(7).uniform(size=[batch, height, width, 3])
    # Each has a color of its own: all noise of one kind looks alike to a network.
    tint = np.linspace(0, 1, 3 * batch).reshape([batch, 1, 1, 3])
    return (0.5 * noise + 0.5 * tint).astype(np.float32)
