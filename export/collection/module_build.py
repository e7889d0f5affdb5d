"""Builds, verifies and publishes one module of a list."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Mapping

from ... import dependencies, errors
from ...builder import module_config
from ...evaluation import report as report_lib
from .. import exporter, module_configuration, options
from ..model_card import card as card_lib
from ..pages import module_page, rendering, samples
from ..storage import publication
from ..verification import promise, verifier
from . import entries, evaluation, layout, manifest, provenance

# The archive is published last: a version with an archive is complete.
_IN_ORDER = sorted(
    (field.name for field in dataclasses.fields(layout.Paths)), key="archive".__eq__
)

_NOT_APPLICABLE = promise.Outcome.NOT_APPLICABLE.value


def build(
    entry: entries.Entry,
    folder: str,
    built_from: Mapping[str, Any],
    built_by: Mapping[str, str],
) -> None:
    """Builds a module, verifies it, and publishes it.

    Args:
      entry: what to build.
      folder: of the collection.
      built_from: what `manifest.inputs` returned before the build.
      built_by: what `manifest.versions` returned before the build.

    Raises:
      errors.InputError: if an input is wrong or changed during the build, TensorFlow is
        not that of `built_by`, or the module breaks a promise; nothing is published
        then.
    """
    _check_tensorflow(built_by["tensorflow"])
    destination = layout.paths(folder, entry.versioned_handle)
    with publication.staging(destination.archive) as staged:
        stem = os.path.join(staged, str(entry.version))
        paths = layout.beside(stem)
        exported = exporter.export(
            entry.options,
            options.OutputOptions(output=stem, archive=paths.archive),
            handle=entry.versioned_handle,
        )
        # Weights may say the image size and the classes, which the list does not.
        config = module_configuration.read(exported.directory, exported.directory)
        report = _verify(config, paths.archive)
        evaluated = evaluation.evaluate(entry, paths.archive)
        card = exported.documentation
        if evaluated is not None:
            card = evaluation.add_to_card(card, evaluated)
            _write_card(paths.page, card)
        _check_unchanged(entry, built_from, evaluated)
        written = _write_browser_page(
            entry,
            config,
            paths,
            manifest.describe(
                built_from,
                built_by,
                card,
                paths.archive,
                paths.page,
                config.network,
                report.findings,
                None if evaluated is None else evaluation.summarize(evaluated),
            ),
        )
        manifest.write(paths.manifest, written)
        provenance.write(paths.provenance, written)
        _publish(paths, destination)


def _check_tensorflow(version: str) -> None:
    """Checks that the manifest names the TensorFlow that builds."""
    found = dependencies.tensorflow().__version__
    if found != version:
        raise errors.InputError(
            f"TensorFlow must have the version of its package, {version}, found "
            f"{found}: install it again"
        )


def _verify(config: module_config.ModuleConfig, archive: str) -> promise.Report:
    """Returns the report on an archive of a configuration.

    Raises:
      errors.InputError: if the module breaks a promise.
    """
    report = verifier.verify_module(archive, strict=_has_class_names(config))
    if not report.passed:
        raise errors.InputError(
            "the module must keep its promises to be published, found: "
            f"{'; '.join(map(str, report.failures))}"
        )
    return report


def _write_card(path: str, card: card_lib.Card) -> None:
    with errors.naming(path), open(path, "w", encoding="utf-8") as file:
        file.write(card.to_markdown())


def _check_unchanged(
    entry: entries.Entry,
    built_from: Mapping[str, Any],
    evaluated: report_lib.EvaluationReport | None,
) -> None:
    # The evaluation has hashed the images, and refuses one that changed afterwards.
    measured = "" if evaluated is None else evaluated.images.digest
    if manifest.inputs(entry, lambda _: measured) != built_from:
        raise errors.InputError(
            "the files that a module is built from must not change during the build, "
            "found a change"
        )


def _write_browser_page(
    entry: entries.Entry,
    config: module_config.ModuleConfig,
    paths: layout.Paths,
    module: manifest.Module,
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
            promises={s: o for s, o in module.promises.items() if o != _NOT_APPLICABLE},
            not_applicable=[
                s for s, o in module.promises.items() if o == _NOT_APPLICABLE
            ],
        ),
        config.network,
        list(samples.classify(paths.archive, entry.samples_to_show)),
        config.class_names,
    )
    page = paths.browser_page
    with errors.naming(page), open(page, "w", encoding="utf-8") as file:
        file.write(html)
    return manifest.with_browser_page(module, paths.browser_page, rendering.versions())


def _publish(built: layout.Paths, destination: layout.Paths) -> None:
    publication.publish_all(
        [(getattr(built, name), getattr(destination, name)) for name in _IN_ORDER],
        overwrite=True,
    )


def _has_class_names(config: module_config.ModuleConfig) -> bool:
    """Whether the module can have every optional part."""
    return config.network.num_classes is None or config.class_names is not None
