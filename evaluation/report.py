"""The result of an evaluation, as data."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

from .. import escaping
from ..photographs import reports
from . import class_folders, confusions, intervals, resizes
from . import metrics as metrics_lib

# Increased when a name is renamed or removed, or its value has another meaning.
SCHEMA = 1
_MOST_CONFUSIONS = 20
_MOST_FOLDERS = 5  # In a note.
_DIGITS = 6  # Of fractions. Their intervals are much wider.
_RANGE = "RGB in [0, 1], turned as the EXIF orientation says"


@dataclasses.dataclass(frozen=True)
class Images:
    """The images of an evaluation.

    Attributes:
      folder: as the user gave it.
      digest: a hash of their contents and classes, independent of paths.
      folders: the names of the folders, sorted. Several may be of one class.
      counts: number of images of each folder that were evaluated.
      skipped: the path of each image that was left out, and why.
      left_out: how many files are no images, see `photographs.folders.Found`.
    """

    folder: str
    digest: str
    folders: Sequence[str]
    counts: Sequence[int]
    skipped: Sequence[tuple[str, str]] = ()
    left_out: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class EvaluationReport:
    """The result of an evaluation.

    Attributes:
      classes: those of the module.
      module_digest: a hash of the contents of the module's files.
      images: what was classified.
      assignment: which folder is which class.
      resize: one of `resizes.RESIZES`.
      image_size: height and width in pixels.
      is_lite: whether the network is a Lite variant.
      metrics: the result.
    """

    classes: class_folders.Classes
    module_digest: str
    images: Images
    assignment: class_folders.Assignment
    resize: str
    image_size: tuple[int, int]
    is_lite: bool
    metrics: metrics_lib.Metrics

    @property
    def folders(self) -> dict[int, list[str]]:
        """The names of the folders of each class that has some."""
        found: dict[int, list[str]] = {}
        for index, folder in zip(self.assignment.indices, self.images.folders):
            found.setdefault(index, []).append(folder)
        return found

    @property
    def preprocessing(self) -> str:
        """How images were cropped, resized and read, for people."""
        how = resizes.describe(self.resize, *self.image_size, self.is_lite)
        return f"{how}; {_RANGE}"

    def list_confusions(self, limit: int) -> list[confusions.Confusion]:
        """Returns the most frequent confusions between classes."""
        matrix = self.metrics.confusion_matrix
        names = [self.classes.name(index) for index in range(self.classes.count)]
        return confusions.list_most_frequent(matrix, names, limit)

    def list_notes(self) -> list[str]:
        """Returns a sentence for everything that is suspicious."""
        left_out = reports.describe_left_out(self.images.left_out)
        return [
            *self._list_shifts(),
            *self._list_empty_folders(),
            *([] if left_out is None else [left_out]),
        ]

    def _list_shifts(self) -> list[str]:
        causes = {
            1: "does class 0 of the module mean the background?",
            -1: "do the labels start with a background class, which the module lacks?",
        }
        return [
            f"the accuracy is {found.value:.4f} instead of "
            f"{self.metrics.top_1.value:.4f} if the index of each class is {shift:+d}: "
            f"{causes[shift]}"
            for shift, found in self.metrics.shifted.items()
        ]

    def _list_empty_folders(self) -> list[str]:
        empty = [
            folder
            for folder, count in zip(self.images.folders, self.images.counts)
            if not count
        ]
        if not empty:
            return []
        shown = escaping.list_names(empty, _MOST_FOLDERS)
        return [f"folders without images that were evaluated: {len(empty)} ({shown})"]

    def to_json(self) -> dict[str, Any]:
        """Returns everything, as docs/evaluation.md describes it."""
        return escaping.escape_document(self._make_document())

    def _make_document(self) -> dict[str, Any]:
        found = self.metrics
        return {
            "schema": SCHEMA,
            "module": {
                "path": self.classes.module,
                "digest": self.module_digest,
                "classes": self.classes.count,
            },
            "images": {
                "folder": self.images.folder,
                "digest": self.images.digest,
                "count": found.images,
                "skipped": [
                    {"path": path, "reason": reason}
                    for path, reason in self.images.skipped
                ],
                "left_out": dict(sorted(self.images.left_out.items())),
            },
            "preprocessing": {
                "resize": self.resize,
                "height": self.image_size[0],
                "width": self.image_size[1],
                "description": self.preprocessing,
            },
            "labels": self.assignment.rule,
            "confidence": intervals.CONFIDENCE,
            "top_1": _format_estimate(found.top_1),
            "top_5": _format_estimate(found.top_5),
            "cross_entropy": round(found.cross_entropy, _DIGITS),
            "classes": self._format_classes(),
            "confusions": [
                {
                    "class": each.name,
                    "predicted": each.taken_for,
                    "count": each.count,
                    "of": each.of,
                }
                for each in self.list_confusions(_MOST_CONFUSIONS)
            ],
            "confusion_matrix": [list(each) for each in found.confusion_matrix],
            "shifted_top_1": {
                f"{shift:+d}": _format_estimate(each)
                for shift, each in found.shifted.items()
            },
            "notes": self.list_notes(),
        }

    def _format_classes(self) -> list[dict[str, Any]]:
        names = self.classes.names
        return [
            {
                "index": each.index,
                "name": None if names is None else names[each.index],
                "folder": next(iter(self.folders.get(each.index, [])), None),
                "folders": list(self.folders.get(each.index, [])),
                "images": each.images,
                "predicted": each.predicted,
                "recall": _format_estimate(each.recall),
                "precision": _format_estimate(each.precision),
            }
            for each in self.metrics.classes
        ]


def _format_estimate(found: intervals.Estimate | None) -> Mapping[str, float] | None:
    if found is None:
        return None
    return {name: round(value, _DIGITS) for name, value in found._asdict().items()}
