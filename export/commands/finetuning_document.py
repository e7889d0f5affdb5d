"""Describes a fine-tuning and its result as a JSON document."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ... import digests

if TYPE_CHECKING:
    from ...finetuning import trained as trained_lib
    from .. import exporter


def describe(
    exported: exporter.ExportedModule, trained: trained_lib.Trained
) -> dict[str, Any]:
    """Returns the fields of the document, see docs/json.md.

    Args:
      exported: the new module.
      trained: the result of its training.
    """
    from ...finetuning import descriptions

    archive = exported.archive
    guessing = descriptions.describe_guessing(trained)
    photographs = trained.photographs
    return {
        "epochs": [dataclasses.asdict(each) for each in trained.evaluations],
        "best_epoch": trained.epoch,
        "steps": trained.steps,
        "accuracy": trained.accuracy,
        "stopped_early": trained.stopped_early,
        "class_names": list(trained.class_names),
        "confusion_matrix": trained.confusion_matrix.tolist(),
        "output": exported.directory,
        "digest": digests.of_folder(exported.directory),
        "page": exported.card,
        "archive": archive,
        "archive_sha256": None if archive is None else digests.of_file(archive),
        "notes": [*exported.notes, *([] if guessing is None else [guessing])],
        "photographs": photographs and dataclasses.asdict(photographs),
        "training_dir": trained.training_dir,
    }
