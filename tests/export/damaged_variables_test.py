"""A module whose variables would stop TensorFlow is refused by each command."""

from __future__ import annotations

import os
import tarfile
import tempfile

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import repackaging
from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.export.verification import verifier
from efficientnet_hub.tests.export.verification import spoiling
from efficientnet_hub.tests.export.weights.containers import crafted_checkpoint as craft


def _classify(module, tmp_path):
    list(module_classification.classify_images(module, []))


def _verify(module, tmp_path):
    verifier.verify_module(module)


def _repackage(module, tmp_path):
    repackaging.repackage_module(module, str(tmp_path / "out"))


@pytest.fixture(params=["directory", "archive"], name="module")
def _module(request, tmp_path) -> str:
    """A module whose index has an entry with a negative size, or its archive."""
    module = spoiling.write(tmp_path / "m")
    index = craft.index([(b"", craft.header()), (b"v", craft.tensor([-6]))])
    path = os.path.join(module, "variables", "variables.index")
    with open(path, "wb") as file:
        file.write(index)
    if request.param == "directory":
        return module
    with tarfile.open(f"{module}.tar.gz", "w:gz") as tar:
        tar.add(module, ".")
    return f"{module}.tar.gz"


@pytest.mark.parametrize("use", [_classify, _verify, _repackage])
def test_the_module_is_refused_by_its_name(use, module, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))

    with pytest.raises(errors.InputError) as caught:
        use(module, tmp_path)

    assert str(caught.value) == (
        f"module '{module}' must have sound variables, found 'v' of an impossible "
        "shape: is a file of it missing, truncated or damaged?"
    )
    assert not os.listdir(tmp_path / "temporary") and not (tmp_path / "out").exists()
