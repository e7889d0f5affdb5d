"""The wheel has all packages, and no other folders of the repository."""

from __future__ import annotations

import pathlib
import runpy

import setuptools

_ROOT = pathlib.Path(__file__).resolve().parents[1]


def test_the_wheel_has_every_package(monkeypatch):
    given = {}
    monkeypatch.setattr(setuptools, "setup", lambda **options: given.update(options))

    runpy.run_path(str(_ROOT / "setup.py"))

    folders = [
        path.parent.relative_to(_ROOT)
        for top in _ROOT.glob("[a-z]*/__init__.py")
        for path in top.parent.rglob("__init__.py")
    ]
    expected = {".".join(("efficientnet_hub", *folder.parts)) for folder in folders}
    assert set(given["packages"]) == {"efficientnet_hub", *expected}
    assert "efficientnet_hub.export.weights.naming" in expected
