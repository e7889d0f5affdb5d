"""The build of one module of a list."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.collection import entries, manifest, module_build
from efficientnet_hub.tests.export.collection import list_builds


def test_another_tensorflow_than_the_manifest_would_name_builds_nothing(tmp_path):
    (tmp_path / "modules.yaml").write_text(
        list_builds.SMALL.replace("efficientnet-small-lite", "efficientnet-lite0")
    )
    (entry,) = entries.read(str(tmp_path / "modules.yaml"))
    output = tmp_path / "published"
    versions = dict(manifest.versions(), tensorflow="1.15.0")

    with pytest.raises(errors.InputError, match="version of its package, 1.15.0, foun"):
        module_build.build(entry, str(output), manifest.inputs(entry), versions)

    assert not output.exists()
