"""The module under verification: its graphs as written, and ways to run it."""

from __future__ import annotations

import os
from typing import Mapping

import numpy as np
import tensorflow.compat.v1 as tf

from ... import dependencies
from ...signatures import names as signatures_lib
from ...signatures import tag_sets as tag_sets_lib
from .. import runner
from ..saved_model import graph_facts, module_files, saved_model_messages
from . import promise
from . import trainer as trainer_lib

# Small enough to be quick, large enough for a batch norm at the last resolution.
_TRAINING_IMAGE_SIZE = (64, 64)
_TRAINING_BATCH = 4


class Subject:
    """A module under verification.

    Attributes:
      directory: where it lies.
      saved_model: its SavedModel message.
    """

    def __init__(self, directory: str):
        self.directory = directory
        self.saved_model = module_files.read_saved_model(directory)
        self._checkpoint = None
        self._runner = None
        self._trainer = None
        self._meta_graphs = {
            frozenset(meta_graph.meta_info_def.tags): meta_graph
            for meta_graph in self.saved_model.meta_graphs
        }

    @property
    def tag_sets(self) -> list[frozenset[str]]:
        """The tag sets of its graphs."""
        return list(self._meta_graphs)

    def meta_graph(self, tags: frozenset[str]):
        """The MetaGraphDef of a tag set."""
        if tags == tag_sets_lib.SERVE and tags not in self._meta_graphs:
            raise promise.AbsentError('there is no graph tagged {"serve"}')
        promise.expect(
            tags in self._meta_graphs, "there is no graph tagged %s", told(tags)
        )
        return self._meta_graphs[tags]

    def signature(self, name: str, tags: frozenset[str] = tag_sets_lib.INFERENCE):
        """The SignatureDef of that name.

        Raises:
          promise.AbsentError: if it is missing and optional.
          promise.BrokenError: if it is missing.
        """
        signatures = self.meta_graph(tags).signature_def
        if name not in signatures and name.endswith(signatures_lib.WITH_BN_HPARAMS):
            raise promise.AbsentError(f"there is no signature '{name}'")
        promise.expect(name in signatures, "%s has no signature '%s'", told(tags), name)
        return signatures[name]

    @property
    def is_classifier(self) -> bool:
        """Whether the module has a classification signature."""
        signatures = self.meta_graph(tag_sets_lib.INFERENCE).signature_def
        return signatures_lib.CLASSIFICATION in signatures

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
        """Names of the signatures with a momentum, whether or not they are there."""
        return [
            name + signatures_lib.WITH_BN_HPARAMS
            for name in self.image_signatures()[1:]
        ]

    def variables(self, tags: frozenset[str]) -> dict[str, bool]:
        """Whether each variable of a graph is trainable, by its name."""
        return graph_facts.variables(self.meta_graph(tags))

    def collection(self, tags: frozenset[str], name: str):
        """The CollectionDef of that name, an empty one if there is none."""
        collections = self.meta_graph(tags).collection_def
        if name in collections:
            return collections[name]
        return saved_model_messages.CollectionDef()

    def attached(self, key: str, message_class, tags: frozenset[str]):
        """The attached message of that key, or None."""
        return graph_facts.attached_message(self.meta_graph(tags), key, message_class)

    def checkpoint(self) -> Mapping[str, np.ndarray]:
        """The value of each variable by name, as stored."""
        if self._checkpoint is None:
            reader = tf.train.load_checkpoint(
                os.path.join(self.directory, module_files.VARIABLES_PREFIX)
            )
            names = reader.get_variable_to_shape_map()
            self._checkpoint = {name: reader.get_tensor(name) for name in names}
        return self._checkpoint

    def images(self, batch: int = 2, size: tuple[int, int] | None = None) -> np.ndarray:
        """Returns images that differ, float32 `[batch, height, width, 3]`."""
        height, width = size or graph_facts.expected_image_size(
            self.meta_graph(tag_sets_lib.INFERENCE)
        )
        noise = np.random.RandomState(7).uniform(size=[batch, height, width, 3])
        # Each of its own colours: noise of one kind looks all the same to a network.
        tint = np.linspace(0, 1, 3 * batch).reshape([batch, 1, 1, 3])
        return (0.5 * noise + 0.5 * tint).astype(np.float32)

    def run(
        self, signature: str, images: np.ndarray, momentum: float | None = None
    ) -> dict[str, np.ndarray]:
        """Applies a signature of {} and returns its outputs by name.

        By `hub.Module`, or where tensorflow_hub has none any more by `hub.load`.
        """
        self.signature(signature)
        inputs = {signatures_lib.IMAGES: images}
        if momentum is not None:
            inputs[signatures_lib.BATCH_NORM_MOMENTUM] = np.float32(momentum)
        if self._runner is None:
            self._runner = runner.open_module(self.directory)
        return self._runner.run(signature, inputs)

    def trainer(self) -> trainer_lib.Trainer:
        """The module in a training program, its variables at their own values.

        Raises:
          promise.UncheckedError: if tensorflow_hub has no `hub.Module`.
        """
        if not dependencies.has_hub_module():
            raise promise.UncheckedError("needs hub.Module, of tensorflow_hub < 0.16")
        self.meta_graph(tag_sets_lib.TRAIN)
        if self._trainer is None:
            images = self.images(_TRAINING_BATCH, _TRAINING_IMAGE_SIZE)
            self._trainer = trainer_lib.Trainer(self.directory, images)
        self._trainer.initialize()
        return self._trainer


def told(tags: frozenset[str]) -> str:
    """A tag set as it is written, e.g. {"train"}."""
    return "{{{}}}".format(", ".join(f'"{tag}"' for tag in sorted(tags)))
