"""A manifest in the form that signing tools know: in-toto statement, SLSA provenance.

Formats: https://in-toto.io/Statement/v1 and https://slsa.dev/provenance/v1. It is not
signed here: `cosign attest-blob --statement` and its like do that.
"""

from __future__ import annotations

from typing import Mapping

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://slsa.dev/provenance/v1"
# What a package is called, https://github.com/package-url/purl-spec.
_PACKAGE = "pkg:pypi/%s@%s"
_BUILDER = "efficientnet-hub"
# The manifest's name of the hash of the builder's own sources.
_SOURCES = "efficientnet_hub_sources"


def statement(manifest: Mapping) -> dict:
    """Returns the provenance of what a manifest is of, without times.

    Args:
      manifest: as of `manifest.content`.
    """
    builder = _PACKAGE % (_BUILDER, manifest["versions"]["efficientnet_hub"])
    return {
        "_type": _STATEMENT,
        "subject": [
            {"name": file["name"], "digest": {"sha256": file["sha256"]}}
            for file in map(manifest.get, ("archive", "page", "browser_page"))
        ],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": builder + "#build",
                "externalParameters": dict(
                    manifest["inputs"]["options"], handle=manifest["handle"]
                ),
                "resolvedDependencies": _dependencies(manifest, builder),
            },
            "runDetails": {"builder": {"id": builder}},
        },
    }


def _dependencies(manifest: Mapping, builder: str) -> list[dict]:
    files = manifest["inputs"]["files"]
    versions = manifest["versions"]
    return (
        [{"name": name, "digest": {"sha256": files[name]}} for name in sorted(files)]
        + [{"uri": builder, "digest": {"sha256": versions[_SOURCES]}}]
        + [
            {"uri": _PACKAGE % (name, versions[name])}
            for name in ("tensorflow", "protobuf")
        ]
    )
