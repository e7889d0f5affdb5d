"""The provenance of a published module, for signing tools.

It is an in-toto statement (https://in-toto.io/Statement/v1) with SLSA provenance
(https://slsa.dev/provenance/v1). This package does not sign it. Tools such as
`cosign attest-blob --statement` do.
"""

from __future__ import annotations

from typing import Any

from ... import json_files
from . import manifest as manifest_lib

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://slsa.dev/provenance/v1"
_BUILDER = "efficientnet-hub"
# The name, in the manifest's versions, of the hash of the builder's own sources.
_SOURCES = "efficientnet_hub_sources"

# Some of the names in a statement.
FIELDS = ("_type", "predicateType", "subject")


def write(path: str, manifest: manifest_lib.Manifest) -> None:
    """Writes the provenance of the module that a manifest describes."""
    json_files.write(path, build_statement(manifest))


def build_statement(manifest: manifest_lib.Manifest) -> dict[str, Any]:
    """Returns the provenance of the module that a manifest describes, without times."""
    builder = _package_url(_BUILDER, manifest.versions["efficientnet_hub"])
    return {
        "_type": _STATEMENT,
        "subject": [
            {"name": file.name, "digest": {"sha256": file.sha256}}
            for file in (manifest.archive, manifest.page, manifest.browser_page)
        ],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": builder + "#build",
                "externalParameters": dict(
                    manifest.inputs.options, handle=manifest.handle
                ),
                "resolvedDependencies": _list_dependencies(manifest, builder),
            },
            "runDetails": {"builder": {"id": builder}},
        },
    }


def _list_dependencies(
    manifest: manifest_lib.Manifest, builder: str
) -> list[dict[str, Any]]:
    files, versions = manifest.inputs.files, manifest.versions
    return (
        [{"name": name, "digest": {"sha256": files[name]}} for name in sorted(files)]
        + [{"uri": builder, "digest": {"sha256": versions[_SOURCES]}}]
        + [
            {"uri": _package_url(name, versions[name])}
            for name in ("tensorflow", "protobuf")
        ]
    )


def _package_url(name: str, version: str) -> str:
    """Returns the URL of a package, see https://github.com/package-url/purl-spec."""
    return f"pkg:pypi/{name}@{version}"
