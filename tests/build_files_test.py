"""The BUILD files are up to date: each target depends on its imports."""

from __future__ import annotations

import ast
import importlib.util
import os
import pathlib
import runpy
import sys

import pytest

# Resolved: under Bazel this file is a link, and only the real tree has every file.
_ROOT = pathlib.Path(__file__).resolve().parents[1]
_GENERATOR = _ROOT / "bazel" / "generate_build_files.py"
_WEIGHTS_GENERATOR = _ROOT / "bazel" / "generate_packaged_weights.py"

_TEST_A = "def test_a():\n    pass\n"

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="the generator reads TOML by Python 3.11"
)


@pytest.fixture(scope="module")
def generator():
    specification = importlib.util.spec_from_file_location("generator", _GENERATOR)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_build_files_are_up_to_date(generator):
    stale = [
        path.relative_to(_ROOT).as_posix()
        for path, text in generator.generate(_ROOT).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]

    assert stale == [], "run `make format`"


def test_the_list_of_packaged_weights_is_up_to_date():
    generator = runpy.run_path(str(_WEIGHTS_GENERATOR))

    text = (_ROOT / generator["OUTPUT"]).read_text(encoding="utf-8")

    assert text == generator["generate"](_ROOT), "run `make format`"


def test_every_python_file_is_in_a_build_file(generator):
    files = {
        file
        for file in _files("*.py")
        if not any(map(file.match, generator.NOT_FOR_BAZEL))
        and file.parts[0] != "benchmarks"  # Programs that nox runs.
    }

    generators = {path.relative_to(_ROOT) for path in (_GENERATOR, _WEIGHTS_GENERATOR)}
    assert files - set(_named_sources()) - generators == set()


@pytest.mark.parametrize(
    "lines, is_manual",
    [
        (f"@pytest.mark.slow\n{_TEST_A}", True),
        (f"pytestmark = pytest.mark.slow\n{_TEST_A}", True),
        (f"pytestmark = [pytest.mark.slow]\n{_TEST_A}", True),
        (f"@pytest.mark.slow\n{_TEST_A}def test_b():\n    pass\n", False),
        (_TEST_A, False),
    ],
)
def test_bazel_leaves_out_a_file_of_slow_tests(lines, is_manual, generator, tmp_path):
    for folder in ("bazel", "tests"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bazel" / "attributes.toml").write_text("")
    (tmp_path / "tests" / "lists_test.py").write_text(lines)

    text = generator.generate(tmp_path)[tmp_path / "tests" / "BUILD"]

    assert ('tags = ["manual"]' in text) == is_manual


@pytest.mark.parametrize(
    "line, has_it",
    [
        ('_FOLDER = pathlib.Path(__file__).parent / "testdata" / "lists"', True),
        ('_FOLDER = "tests/testdata/lists"', True),
        ('"""The folder tests/testdata has lists."""', False),
        ('_FOLDER = "testdata_of_others"', False),
    ],
)
def test_a_test_that_opens_testdata_has_it(line, has_it, generator, tmp_path):
    for folder in ("bazel", "tests"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bazel" / "attributes.toml").write_text("")
    (tmp_path / "tests" / "lists_test.py").write_text(line + "\n")

    text = generator.generate(tmp_path)[tmp_path / "tests" / "BUILD"]

    assert ('data = ["//tests:testdata"]' in text) == has_it


def test_build_files_name_no_missing_file():
    assert [str(path) for path in _named_sources() if not (_ROOT / path).exists()] == []


def _files(pattern):
    """Yields the paths, from the root, of the files Bazel looks at."""
    ignored = set((_ROOT / ".bazelignore").read_text().split())
    for folder, subfolders, names in os.walk(str(_ROOT)):
        path = pathlib.Path(folder).relative_to(_ROOT)
        subfolders[:] = [
            name
            for name in subfolders
            if not name.startswith(".") and (path / name).as_posix() not in ignored
        ]
        yield from (path / name for name in names if (path / name).match(pattern))


def _named_sources():
    """Yields the path of each source that a BUILD file names."""
    for build in _files("BUILD"):
        for node in ast.walk(ast.parse((_ROOT / build).read_text())):
            if isinstance(node, ast.keyword) and node.arg in ("src", "srcs"):
                for constant in ast.walk(node.value):
                    if isinstance(constant, ast.Constant) and (
                        "*" not in constant.value  # a pattern of `glob`
                    ):
                        yield build.parent / constant.value


_SOURCES = {
    "__init__.py": "",
    "__main__.py": "from .export import main",
    "errors.py": "",
    "export/__init__.py": "",
    "export/main.py": "from .. import errors\nfrom . import writer",
    "export/writer.py": "def write():\n    from ..errors import InputError",
    "export/data.json": "",
    "tests/conftest.py": "",
    "tests/export/writer_test.py": (
        "import efficientnet_hub\nfrom efficientnet_hub.export import writer"
    ),
}
_ATTRIBUTES = """\
["//export:writer"]
data = ["data.json"]

["//tests/export:writer_test"]
tags = ["manual"]
deps = ["//export:main"]
"""
_EXPORT = """\
# Generated from the imports: run `make format`.

package(default_visibility = ["//:__subpackages__"])

py_library(
    name = "init",
    srcs = ["__init__.py"],
)

py_library(
    name = "main",
    srcs = ["main.py"],
    deps = [
        ":writer",
        "//:errors",
    ],
)

py_library(
    name = "writer",
    srcs = ["writer.py"],
    data = ["data.json"],
    deps = ["//:errors"],
)
"""
_TESTS = """\
# Generated from the imports: run `make format`.

load("//bazel:pytest.bzl", "pytest_test")

package(default_visibility = ["//:__subpackages__"])

pytest_test(
    name = "writer_test",
    src = "writer_test.py",
    tags = ["manual"],
    deps = [
        "//:efficientnet_hub",
        "//export:main",
        "//export:writer",
        "//tests:conftest",
    ],
)
"""


@pytest.fixture
def project(tmp_path):
    for name, text in _SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "bazel").mkdir()
    (tmp_path / "bazel" / "attributes.toml").write_text(_ATTRIBUTES)
    return tmp_path


def test_a_target_depends_on_what_its_file_imports(generator, project):
    texts = generator.generate(project)

    assert texts[project / "export" / "BUILD"] == _EXPORT
    assert texts[project / "tests" / "export" / "BUILD"] == _TESTS


def test_an_attribute_of_a_missing_file_is_refused(generator, project):
    (project / "export" / "writer.py").rename(project / "export" / "moved.py")

    with pytest.raises(ValueError, match="found //export:writer: was a file moved"):
        generator.generate(project)
