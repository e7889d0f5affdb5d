"""The manifest of a published module: hashes, inputs, versions, card and promises."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import tarfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Mapping, Sequence, cast

from ... import (
    __version__,
    dependencies,
    digests,
    errors,
    escaping,
    json_files,
    option_fields,
    paths,
)
from ...efficientnet import config as config_lib
from ...efficientnet import stages
from ..model_card import card as card_lib
from ..storage import archive_reader
from ..weights import addresses
from . import evaluation_summary, image_digests, manifest_schema, sources

if TYPE_CHECKING:  # They import numpy, which `install` does not need.
    from ..verification import promise
    from . import entries

_SCHEMA = 4
_WHAT = "a manifest that efficientnet-hub build wrote"


@dataclasses.dataclass(frozen=True)
class File:
    """A file beside the manifest.

    Attributes:
      name: its name, without folder.
      sha256: the SHA-256 of its content, hexadecimal.
      bytes: its size.
    """

    name: str
    sha256: str
    bytes: int


@dataclasses.dataclass(frozen=True)
class Archive(File):
    """The archive of the module.

    Attributes:
      tar_sha256: the SHA-256 before compression, which does not depend on zlib.
    """

    tar_sha256: str


@dataclasses.dataclass(frozen=True)
class BrowserPage(File):
    """The page for browsers.

    Attributes:
      rendered_by: versions of the packages that rendered the page. Its bytes depend on
        them. The module's do not, so that another version does not make it stale.
    """

    rendered_by: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Network:
    """The network in the module.

    Attributes:
      name: the name of the variant.
      image_size: expected height and width of the images, in pixels.
      parameters: number of trainable parameters.
      multiply_adds: for one image of that size.
    """

    name: str
    image_size: int
    parameters: int
    multiply_adds: int


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What the module was built from.

    Attributes:
      options: the options by name.
      files: the SHA-256 of each file by name.
    """

    options: Mapping[str, Any]
    files: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Module:
    """A module that was built and verified.

    Attributes:
      handle: the module's handle and version.
      archive: its archive.
      page: its documentation page, Markdown.
      files: the SHA-256 of each file in the archive by path.
      card: the content of the documentation page.
      network: the network in the module.
      inputs: what it was built from.
      versions: what it was built by, see `versions`.
      promises: the outcome of each promise by its statement.
      evaluation: what was measured on images, or None.
    """

    handle: str
    archive: Archive
    page: File
    files: Mapping[str, str]
    card: card_lib.Card
    network: Network
    inputs: Inputs
    versions: Mapping[str, str]
    promises: Mapping[str, str]
    evaluation: evaluation_summary.Evaluation | None


@dataclasses.dataclass(frozen=True)
class Manifest(Module):
    """The manifest of a published module.

    Attributes:
      browser_page: the page for browsers, which shows the rest.
    """

    browser_page: BrowserPage


# Some of the names in the document of a manifest, of each schema.
FIELDS = ("archive", "handle", "schema")


def inputs(
    entry: entries.Entry, hash_images: Callable[[str], str] = image_digests.compute
) -> dict[str, Any]:
    """Returns what an entry's bytes depend on: its options, its files' SHA-256.

    Each option of `options.ExportOptions` is among them. For a path, only the
    file's name is recorded, so that a list means the same in every folder. The password
    and the query of an address are left out.

    Args:
      entry: the entry.
      hash_images: returns the hash of a folder of images.
    """
    options = {
        field.name: _record(field, getattr(entry.options, field.name))
        for field in dataclasses.fields(entry.options)
    }
    files = {name: digests.of_file(path) for name, path in entry.files().items()}
    images = entry.images_to_evaluate
    if images is not None:
        options.update(resize=entry.resize, minimum_top_1=entry.minimum_top_1)
        # There may be too many images to list them.
        name = "evaluate/" + os.path.basename(os.path.normpath(images))
        files[name] = hash_images(images)
    return {"handle": entry.versioned_handle, "options": options, "files": files}


def _record(field: dataclasses.Field[Any], value: Any) -> Any:
    if field.name == "weights" and archive_reader.is_address(value):
        return addresses.record(value)
    if option_fields.describe(field).is_path and value is not None:
        return os.path.basename(value)
    return value


def versions() -> dict[str, str]:
    """Returns the versions of the builder that the bytes also depend on.

    Raises:
      errors.DependencyError: if TensorFlow is missing, or older than 1.15.
    """
    import google.protobuf

    return {
        "efficientnet_hub": __version__,
        "efficientnet_hub_sources": sources.compute_digest(),
        "tensorflow": dependencies.tensorflow_version(),
        "protobuf": google.protobuf.__version__,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def describe(
    built_from: Mapping[str, Any],
    built_by: Mapping[str, str],
    card: card_lib.Card,
    archive: str,
    page: str,
    network: config_lib.NetworkConfig,
    findings: Sequence[promise.Finding],
    evaluation: evaluation_summary.Evaluation | None = None,
) -> Module:
    """Describes a module that was built.

    Args:
      built_from: the result of `inputs`.
      built_by: the result of `versions`.
      card: the content of the documentation page.
      archive: path of the archive.
      page: path of the documentation page.
      network: the network in the module.
      findings: the outcome of each promise.
      evaluation: what was measured on images, or None.
    """
    cost = stages.cost(network)
    return Module(
        handle=built_from["handle"],
        archive=_describe_archive(archive),
        page=File(**_describe_file(page)),
        files=_digest_members(archive),
        card=card,
        network=Network(
            name=network.name,
            image_size=network.image_size,
            parameters=cost.parameters,
            multiply_adds=cost.multiply_adds,
        ),
        inputs=Inputs(options=built_from["options"], files=built_from["files"]),
        versions=built_by,
        promises={finding.statement: finding.outcome.value for finding in findings},
        evaluation=evaluation,
    )


def with_browser_page(
    module: Module, browser_page: str, rendered_by: Mapping[str, str]
) -> Manifest:
    """Returns the manifest of a module.

    Args:
      module: the result of `describe`.
      browser_page: path of the page for browsers.
      rendered_by: versions of the packages that rendered that page.
    """
    return Manifest(
        **{
            field.name: getattr(module, field.name)
            for field in dataclasses.fields(module)
        },
        browser_page=BrowserPage(
            **_describe_file(browser_page), rendered_by=rendered_by
        ),
    )


def _describe_file(path: str) -> dict[str, Any]:
    """Returns the values of the fields of `File`."""
    return {
        "name": os.path.basename(path),
        "sha256": digests.of_file(path),
        "bytes": os.path.getsize(path),
    }


def _describe_archive(path: str) -> Archive:
    with gzip.open(path, "rb") as file:
        tar_sha256 = digests.of_stream(cast(BinaryIO, file))
    return Archive(**_describe_file(path), tar_sha256=tar_sha256)


def _digest_members(archive: str) -> dict[str, str]:
    """Returns the SHA-256 of each file in an archive by path."""
    with archive_reader.unpack(archive) as directory, tarfile.open(archive) as tar:
        return {
            os.path.normpath(member.name): digests.of_file(
                os.path.join(directory, member.name)
            )
            for member in tar.getmembers()
            if member.isfile()
        }


def write(path: str, manifest: Manifest) -> None:
    """Writes a manifest."""
    json_files.write(path, dict(dataclasses.asdict(manifest), schema=_SCHEMA))


def read(path: str) -> Manifest:
    """Reads a manifest.

    Raises:
      errors.InputError: if there is none, it has another schema, or a field of it is
        missing or wrong.
    """
    paths.check("manifest", path)
    document = json_files.read(path, _WHAT)
    if not isinstance(document, dict) or "schema" not in document:
        raise json_files.describe_damage(path, _WHAT, "no field 'schema'")
    schema = document["schema"]
    if type(schema) is not int or schema != _SCHEMA:
        raise errors.InputError(
            f"'{path}' must be a manifest of schema {_SCHEMA}, found schema "
            f"{escaping.show_value(schema)}: was it written by another version of "
            "efficientnet-hub?"
        )
    try:
        manifest_schema.check(document)
    except ValueError as error:
        raise json_files.describe_damage(path, _WHAT, str(error)) from error
    return _load_manifest(document)


def _load_manifest(document: Mapping[str, Any]) -> Manifest:
    card = document["card"]
    sections = [_load(card_lib.Section, section) for section in card["sections"]]
    metadata = _load(card_lib.Metadata, card["metadata"])
    parts = {
        "archive": _load(Archive, document["archive"]),
        "page": _load(File, document["page"]),
        "browser_page": _load(BrowserPage, document["browser_page"]),
        "card": _load(card_lib.Card, dict(card, metadata=metadata, sections=sections)),
        "network": _load(Network, document["network"]),
        "inputs": _load(Inputs, document["inputs"]),
        "evaluation": evaluation_summary.load(document["evaluation"]),
    }
    return _load(Manifest, dict(document, **parts))


def _load(dataclass: Any, values: Mapping[str, Any]) -> Any:
    """Returns an object of a dataclass with the values of its fields by name."""
    return dataclass(
        **{field.name: values[field.name] for field in dataclasses.fields(dataclass)}
    )


def changes(
    manifest: Module, built_from: Mapping[str, Any], built_by: Mapping[str, str]
) -> list[str]:
    """Returns the names of the inputs and versions that changed since a build.

    Args:
      manifest: the manifest of the module as it was built.
      built_from: what `inputs` returns now.
      built_by: what `versions` returns now.
    """
    then = {
        "options": manifest.inputs.options,
        "files": manifest.inputs.files,
        "versions": manifest.versions,
    }
    now = json.loads(json.dumps(dict(built_from, versions=built_by)))
    return [
        name
        for group in ("options", "files", "versions")
        for name in sorted(set(then[group]) | set(now[group]))
        if then[group].get(name) != now[group].get(name)
    ]
