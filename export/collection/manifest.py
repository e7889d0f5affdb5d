"""A published module's manifest: what was built, from what, by what, and its hashes."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import tarfile
import zlib
from typing import Iterator, Mapping, Sequence

from ... import __version__, digests, errors
from ...efficientnet import config as config_lib
from ...efficientnet import stages
from ..storage import archive_reader
from ..verification import promise
from . import entries

_SCHEMA = 2
# The rooms whose code makes a module's bytes.
_ROOMS = ("efficientnet", "signatures", "builder", "export")
_ENDINGS = (".py", ".json", ".txt", ".html", ".css")
# Tables that they copy into pages.
_DOCUMENTS = (os.path.join("docs", "compatibility.md"),)
_OPTIONS = (
    "model",
    "task",
    "weights",
    "num_classes",
    "image_size",
    "preprocessing",
    "seed",
    "moving_averages",
    "new_classifier",
)


def inputs(entry: entries.Entry) -> dict:
    """Returns what an entry's bytes depend on: its options, its files' SHA-256.

    Paths are left out, so that a list means the same in every folder.
    """
    files = entry.files()
    options = {name: getattr(entry, name) for name in _OPTIONS}
    if any(name.startswith("weights/") for name in files):
        options["weights"] = os.path.basename(entry.weights)
    return {
        "handle": entry.versioned_handle,
        "options": options,
        "files": {name: digests.of_file(path) for name, path in files.items()},
    }


def versions() -> dict:
    """Returns what the bytes depend on beside the inputs: the builder's versions."""
    import google.protobuf
    import tensorflow

    return {
        "efficientnet_hub": __version__,
        "efficientnet_hub_sources": _digest_of_sources(),
        "tensorflow": tensorflow.__version__,
        "protobuf": google.protobuf.__version__,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def _digest_of_sources() -> str:
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    paths = [
        os.path.relpath(os.path.join(parent, name), root)
        for room in _ROOMS
        for parent, _, names in os.walk(os.path.join(root, room))
        for name in names
        if name.endswith(_ENDINGS)
    ]
    return digests.of_texts(
        f"{path} {digests.of_file(os.path.join(root, path))}"
        for path in sorted([*paths, *_DOCUMENTS])
    )


def content(
    built_from: Mapping,
    built_by: Mapping,
    archive: str,
    page: str,
    network: config_lib.NetworkConfig,
    findings: Sequence[promise.Finding],
) -> dict:
    """Returns the manifest of what was built, but for the page that is made of it.

    Args:
      built_from: as of `inputs`.
      built_by: as of `versions`.
      archive: path of the archive.
      page: path of the documentation page.
      network: the network in the module.
      findings: what came of each promise.
    """
    return {
        "schema": _SCHEMA,
        "handle": built_from["handle"],
        "archive": dict(_of_file(archive), tar_sha256=_digest_of_tar(archive)),
        "page": _of_file(page),
        "files": _digests_of_members(archive),
        "network": dict(
            dataclasses.asdict(stages.cost(network)), image_size=network.image_size
        ),
        "inputs": {name: built_from[name] for name in ("options", "files")},
        "versions": dict(built_by),
        "promises": {finding.statement: finding.outcome.value for finding in findings},
    }


def with_browser_page(
    manifest: Mapping, browser_page: str, rendered_by: Mapping
) -> dict:
    """Returns the manifest with the page for browsers, which tells what is in it.

    Args:
      manifest: as of `content`.
      browser_page: path of the page.
      rendered_by: versions of what rendered it. The page's bytes depend on them, the
        module's do not: for another one nothing is built anew.
    """
    return dict(
        manifest, browser_page=dict(_of_file(browser_page), rendered_by=rendered_by)
    )


def write(path: str, document: Mapping) -> None:
    """Writes a manifest, or what is told of it, as JSON, its keys in order."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2, sort_keys=True, ensure_ascii=False)
        file.write("\n")


def read(path: str) -> dict:
    """Reads a manifest.

    Raises:
      errors.InputError: if there is none.
    """
    try:
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        if manifest["schema"] == _SCHEMA:
            return manifest
        reason = "it is of schema {!r}".format(manifest["schema"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = errors.first_line(error)
    raise errors.InputError(
        f"'{path}' must be a manifest that efficientnet-hub build wrote, but {reason}"
    )


def differences(path: str, module: str | None = None) -> list[str]:
    """Returns what is not as a manifest says, a sentence each.

    Args:
      path: the manifest's, with the pages beside it.
      module: the module's archive or directory. It may have come without its pages. By
        default the archive beside the manifest, where the pages must be too.

    Raises:
      errors.InputError: if there is no manifest.
    """
    manifest = read(path)
    folder = os.path.dirname(path)
    pages = {
        os.path.join(folder, manifest[page]["name"]): manifest[page]["sha256"]
        for page in ("page", "browser_page")
    }
    if module is not None:
        pages = {page: sha256 for page, sha256 in pages.items() if os.path.exists(page)}
    found = list(_differences(pages))
    if module is None:
        module = os.path.join(folder, manifest["archive"]["name"])
    if not os.path.isdir(module):
        return found + list(_differences({module: manifest["archive"]["sha256"]}))
    expected = {
        os.path.join(module, name): sha256 for name, sha256 in manifest["files"].items()
    }
    unknown = set(_files_below(module)) - set(expected)
    found += [f"'{name}' is no part of the module" for name in sorted(unknown)]
    return found + list(_differences(expected))


def _differences(expected: Mapping[str, str]) -> Iterator[str]:
    """Yields what is not as expected of files, of which the SHA-256 are given."""
    for path, sha256 in expected.items():
        if not os.path.isfile(path):
            yield f"'{path}' is missing"
            continue
        found = digests.of_file(path)
        if found != sha256:
            yield f"'{path}' must have SHA-256 {sha256}, found {found}"


def _files_below(folder: str) -> list[str]:
    return [
        os.path.join(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
    ]


def changes(manifest: Mapping, built_from: Mapping, built_by: Mapping) -> list[str]:
    """Returns the names of what a module would be built from otherwise now.

    Args:
      manifest: of the module as it was built.
      built_from: as of `inputs`, now.
      built_by: as of `versions`, now.
    """
    then = dict(manifest["inputs"], versions=manifest["versions"])
    now = json.loads(json.dumps(dict(built_from, versions=built_by)))
    return [
        name
        for group in ("options", "files", "versions")
        for name in sorted(set(then[group]) | set(now[group]))
        if then[group].get(name) != now[group].get(name)
    ]


def _of_file(path: str) -> dict:
    return {
        "name": os.path.basename(path),
        "sha256": digests.of_file(path),
        "bytes": os.path.getsize(path),
    }


def _digest_of_tar(archive: str) -> str:
    """Returns the SHA-256 before compression, which no zlib changes."""
    with gzip.open(archive, "rb") as file:
        return digests.of_stream(file)


def _digests_of_members(archive: str) -> dict:
    with archive_reader.unpack(archive) as directory, tarfile.open(archive) as tar:
        return {
            os.path.normpath(member.name): digests.of_file(
                os.path.join(directory, member.name)
            )
            for member in tar.getmembers()
            if member.isfile()
        }
