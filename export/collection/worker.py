"""Builds, verifies and publishes one module of a list, in a process of its own.

    python -m efficientnet_hub.export.collection.worker < job.json

Exit status 0: it was published. Otherwise standard error tells why, in one line.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Mapping

from ... import errors
from .. import exporter
from ..pages import module_page, rendering, samples
from ..storage import publication
from ..verification import verifier
from . import entries, layout, manifest, provenance

# The archive comes into view last: what is seen of a version is whole.
_IN_ORDER = ("page", "browser_page", "manifest", "provenance", "archive")


def build(
    entry: entries.Entry, folder: str, built_from: Mapping, built_by: Mapping
) -> None:
    """Builds a module, and publishes it once it was verified.

    Args:
      entry: what to build.
      folder: of the collection.
      built_from: what `manifest.inputs` said when it was decided to build.
      built_by: what `manifest.versions` said.

    Raises:
      errors.InputError: if an input is wrong, was changed meanwhile, or the module
        breaks a promise; nothing is published then.
    """
    destination = layout.paths(folder, entry.versioned_handle)
    with publication.staging(destination.archive) as staged:
        stem = os.path.join(staged, str(entry.version))
        paths = layout.beside(stem)
        exported = exporter.export_config(
            entry.config(),
            entry.weights,
            stem,
            archive=paths.archive,
            moving_averages=entry.moving_averages,
            new_classifier=entry.new_classifier,
        )
        report = verifier.verify_module(paths.archive, strict=_has_class_names(entry))
        if not report.passed:
            raise errors.InputError(
                "the module must keep its promises to be published, found: {}".format(
                    "; ".join(map(str, report.failures))
                )
            )
        if manifest.inputs(entry) != built_from:
            raise errors.InputError(
                "the files that it is built from must not change meanwhile, but did"
            )
        written = _write_browser_page(
            entry,
            paths,
            manifest.describe(
                built_from,
                built_by,
                exported.documentation,
                paths.archive,
                paths.page,
                entry.config().network,
                report.findings,
            ),
        )
        manifest.write(paths.manifest, written)
        provenance.write(paths.provenance, written)
        for name in _IN_ORDER:
            publication.publish(
                getattr(paths, name), getattr(destination, name), overwrite=True
            )


def _write_browser_page(
    entry: entries.Entry, paths: layout.Paths, module: manifest.Module
) -> manifest.Manifest:
    """Writes the page for browsers, and returns the manifest of all files."""
    html = module_page.render(
        module.card,
        module_page.Build(
            archive=module.archive.name,
            archive_sha256=module.archive.sha256,
            archive_bytes=module.archive.bytes,
            page=module.page.name,
            tensorflow=module.versions["tensorflow"],
            promises=module.promises,
        ),
        entry.config().network,
        list(samples.classify(paths.archive, entry.samples_to_show)),
    )
    with open(paths.browser_page, "w", encoding="utf-8") as file:
        file.write(html)
    return manifest.with_browser_page(module, paths.browser_page, rendering.versions())


def _has_class_names(entry: entries.Entry) -> bool:
    """Whether every optional part can be there."""
    config = entry.config()
    return config.network.num_classes is None or config.class_names is not None


def main() -> int:
    """Reads a job from standard input, and does it."""
    job = json.load(sys.stdin)
    try:
        build(
            entries.Entry(**job["entry"]), job["folder"], job["inputs"], job["versions"]
        )
    except (errors.InputError, errors.DependencyError, OSError) as error:
        print(errors.first_line(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
