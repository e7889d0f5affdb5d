"""`make docs` builds the documentation without a warning."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest

import efficientnet_hub

_ROOT = pathlib.Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="site")
def _site(tmp_path_factory) -> pathlib.Path:
    """The built documentation."""
    site = tmp_path_factory.mktemp("docs") / "site"
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", f"--site-dir={site}"],
        cwd=str(_ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert built.returncode == 0, built.stdout
    return site


def _anchors(page: pathlib.Path) -> set[str]:
    return set(re.findall(r'id="(efficientnet_hub\.[\w.]+)"', page.read_text("utf-8")))


def test_the_reference_has_every_public_name(site):
    names = {f"efficientnet_hub.{name}" for name in efficientnet_hub.__all__}

    assert names <= _anchors(site / "api.html")


def test_the_reference_has_the_arguments_of_a_function(site):
    page = (site / "api.html").read_text("utf-8")

    assert "<code>num_classes</code>" in page


@pytest.mark.parametrize(
    "package", sorted(each.parent.name for each in _ROOT.glob("*/__init__.py"))
)
def test_the_internal_reference_has_every_module(package, site):
    modules = {
        ".".join(("efficientnet_hub", *path.relative_to(_ROOT).with_suffix("").parts))
        for path in (_ROOT / package).rglob("*.py")
        if path.stem not in ("__init__", "generate")
    }

    assert modules - _anchors(site / "internals.html") == set()


def test_the_pages_load_nothing_from_other_servers(site):
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search(r'<(?:script|img|link)[^>]* (?:src|href)="https?:', text)
