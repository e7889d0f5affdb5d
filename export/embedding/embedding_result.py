"""What `embed` wrote, as data."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

from ...embedding import tables


@dataclasses.dataclass(frozen=True)
class Embedding:
    """A table that was written.

    Attributes:
      module: the path of the module.
      images: the folder of the images.
      files: the files of the table.
      columns: those beside the path and the error.
      facts: how the values were computed, by name.
      count: the number of rows.
      damaged: the number of images that cannot be read.
    """

    module: str
    images: str
    files: Sequence[str]
    columns: Sequence[tables.Column]
    facts: Mapping[str, Any]
    count: int
    damaged: int

    def to_json(self) -> dict[str, Any]:
        """Returns values that JSON can represent; docs/json.md describes them."""
        return {
            "module": {"path": self.module, "sha256": self.facts["module"]},
            "images": {
                "folder": self.images,
                "count": self.count,
                "damaged": self.damaged,
            },
            "resize": self.facts["resize"],
            "image_size": self.facts["image_size"],
            "signature": self.facts["signature"],
            "output": self.facts["output"],
            "columns": [
                {"name": each.name, "kind": each.kind, "shape": list(each.shape)}
                for each in self.columns
            ],
            "files": list(self.files),
        }
