"""Image files and their classes."""

from __future__ import annotations

import dataclasses
from typing import Sequence


@dataclasses.dataclass(frozen=True)
class Photographs:
    """Image files and their classes.

    Attributes:
      class_names: the name of each class, sorted.
      paths: the files.
      labels: the index of each file's class.
      digests: the SHA-256 of each file's content.
    """

    class_names: Sequence[str]
    paths: Sequence[str]
    labels: Sequence[int]
    digests: Sequence[str]

    def select(self, indices: Sequence[int]) -> Photographs:
        """Returns the photographs with these indices, with the same class names."""
        return dataclasses.replace(
            self,
            paths=[self.paths[index] for index in indices],
            labels=[self.labels[index] for index in indices],
            digests=[self.digests[index] for index in indices],
        )

    def join(self, others: Photographs) -> Photographs:
        """Returns these photographs followed by others with the same class names."""
        return dataclasses.replace(
            self,
            paths=[*self.paths, *others.paths],
            labels=[*self.labels, *others.labels],
            digests=[*self.digests, *others.digests],
        )
