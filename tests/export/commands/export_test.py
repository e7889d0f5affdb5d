"""Tests `export`: its flags, what it prints, and what it leaves when it is refused."""

from __future__ import annotations

import os
import pathlib
import tempfile

import pytest

from efficientnet_hub.export import exporter
from efficientnet_hub.export.commands import main
from efficientnet_hub.tests.export.commands import program

_EXPORT_LITE0 = ["export", "--model=efficientnet-lite0"]
# A value for each flag, other than the default.
_SAMPLES = {
    "model": "efficientnet-b2",
    "weights": "model.ckpt",
    "task": "feature-vector",
    "num_classes": 3,
    "labels": "labels.txt",
    "image_size": 300,
    "preprocessing": "advprop",
    "seed": 7,
    "moving_averages": "never",
    "recompute": "none",
    "source_model": "timm/efficientnet_b2",
    "new_classifier": True,
    "output": "module",
    "format": "savedmodel",
    "archive": "module.tar.gz",
    "overwrite": True,
    "report": True,
}
# A disk with space for the graphs of lite0 but not for its weights.
_ON_A_SMALL_DISK = ("bash", "-c", 'ulimit -f 4096 && exec "$@"', "bash")


def _tree(folder: pathlib.Path) -> dict[pathlib.Path, bytes | None]:
    """Returns the content of each file below a folder, None for folders."""
    return {
        path: path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_an_export_says_what_it_wrote(printed, feature_vector_module):
    written = [feature_vector_module + end for end in ("", ".md", ".tar.gz")]

    assert printed[-3:] == ["wrote " + path for path in written]
    assert all(map(os.path.exists, written))


def test_an_export_says_that_random_weights_are_untrained(printed):
    assert "untrained" in printed[0]


def test_every_flag_reaches_the_export(monkeypatch):
    received = {}

    def _export_module(**options):
        received.update(options)
        return exporter.ExportedModule("module", "card", None, [], documentation=None)

    monkeypatch.setattr(exporter, "export_module", _export_module)

    assert main.main(main.parse(program.argv("export", _SAMPLES))) == 0

    assert dict(received, report=True) == _SAMPLES


def test_an_argument_without_a_sample_is_found():
    # The tests of all commands find a flag that they do not know.
    for missing in _SAMPLES:
        samples = {name: _SAMPLES[name] for name in _SAMPLES if name != missing}
        with pytest.raises(AssertionError, match="needs a sample value"):
            program.argv("export", samples)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ("--weights=random --output={0}/there", "there' must be a new path"),
        ("--weights=random --output=", "output must be a path, found ''"),
        ("--weights=random --output=gs://b/m", "output must be a path on this"),
        ("--weights=random --output={0}/file/module", "folder that can be written"),
        ("--weights=random --output={0}/a/module --labels={0}/none", "found no file"),
        ("--weights={0}/none/model.ckpt --output={0}/a/module", "none/model.ckpt"),
    ],
    ids=["existing", "empty", "address", "unwritable", "labels", "weights"],
)
def test_an_export_that_is_refused_leaves_nothing_behind(
    flags, sentence, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("mine")
    (tmp_path / "file").write_text("no folder")
    before = _tree(tmp_path)

    finished = program.run_here(*_EXPORT_LITE0, *flags.format(tmp_path).split())

    assert sentence in program.check_refusal(finished)
    assert _tree(tmp_path) == before


@pytest.mark.slow
def test_a_full_disk_is_reported_and_nothing_stays_on_it(tmp_path):
    flags = ["--weights=random", "--output=%s" % (tmp_path / "a" / "module")]

    sentence = program.refusal(*_EXPORT_LITE0, *flags, under=_ON_A_SMALL_DISK)

    assert f"'{tmp_path / 'a' / 'module'}': is the disk full?" in sentence
    assert not list(tmp_path.iterdir())
