"""A statement has the fields that in-toto and SLSA's provenance require."""

from __future__ import annotations

from efficientnet_hub.export.collection import manifest, provenance
from efficientnet_hub.export.model_card import card

_CARD = card.Card(
    handle="me/a/1",
    summary="What it is.",
    untrained=False,
    metadata=card.Metadata(
        "1.tar.gz", "a task", None, "efficientnet", "true", "hub", "mit"
    ),
    sections=[],
)
_MANIFEST = manifest.Manifest(
    handle="me/a/1",
    archive=manifest.Archive("1.tar.gz", "a" * 64, bytes=3, tar_sha256="b" * 64),
    page=manifest.File("1.md", "c" * 64, bytes=2),
    browser_page=manifest.BrowserPage("1.html", "9" * 64, bytes=1, rendered_by={}),
    files={},
    card=_CARD,
    network=manifest.Network("efficientnet-b0", 224, parameters=1, multiply_adds=1),
    inputs=manifest.Inputs(
        options={"model": "efficientnet-b0", "seed": 0},
        files={"weights/w.pth": "d" * 64, "labels/l.txt": "e" * 64},
    ),
    versions={
        "efficientnet_hub": "0.1.0",
        "efficientnet_hub_sources": "f" * 64,
        "tensorflow": "2.15.1",
        "protobuf": "4.25.9",
        "zlib": "1.2.13",
    },
    promises={},
    evaluation=None,
)


def test_the_subjects_are_the_published_files():
    statement = provenance.build_statement(_MANIFEST)

    # https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [
        {"name": "1.tar.gz", "digest": {"sha256": "a" * 64}},
        {"name": "1.md", "digest": {"sha256": "c" * 64}},
        {"name": "1.html", "digest": {"sha256": "9" * 64}},
    ]


def test_the_predicate_has_the_inputs_and_the_builder():
    statement = provenance.build_statement(_MANIFEST)

    # https://slsa.dev/spec/v1.0/provenance
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    definition = statement["predicate"]["buildDefinition"]
    assert definition["buildType"].startswith("pkg:pypi/efficientnet-hub@0.1.0")
    assert definition["externalParameters"] == {
        "handle": "me/a/1",
        "model": "efficientnet-b0",
        "seed": 0,
    }
    assert definition["resolvedDependencies"] == [
        {"name": "labels/l.txt", "digest": {"sha256": "e" * 64}},
        {"name": "weights/w.pth", "digest": {"sha256": "d" * 64}},
        {"uri": "pkg:pypi/efficientnet-hub@0.1.0", "digest": {"sha256": "f" * 64}},
        {"uri": "pkg:pypi/tensorflow@2.15.1"},
        {"uri": "pkg:pypi/protobuf@4.25.9"},
    ]
    builder = statement["predicate"]["runDetails"]["builder"]
    assert builder == {"id": "pkg:pypi/efficientnet-hub@0.1.0"}
