"""The rooms of the house and the arrows between them, read from the imports."""

from __future__ import annotations

import ast
import importlib.util
import pathlib
import sys

import pytest

import efficientnet_hub
from efficientnet_hub.tests import fresh_process

# Resolved: under Bazel this file is a link, and only the real tree has every file.
_ROOT = pathlib.Path(__file__).resolve().parents[1]
_PACKAGE = "efficientnet_hub"

# What each room and each file of the root may import besides itself. A room that
# is not here has no place in the design.
_ARROWS = {
    "digests": set(),
    "errors": set(),
    "dependencies": {"errors"},
    "efficientnet": {"errors"},
    "signatures": {"errors"},
    "builder": {"efficientnet", "signatures", "errors", "dependencies"},
    "finetuning": {"builder", "efficientnet", "signatures"}
    | {"digests", "errors", "dependencies"},
    "export": {"finetuning", "builder", "efficientnet", "signatures"}
    | {"digests", "errors", "dependencies"}
    | {"__init__"},  # for the version
    "__init__": {"dependencies"},
    "__main__": {"export"},
}
# What pip and nox run.
_NOT_OURS = ("setup", "noxfile")
_ROOMS = ("efficientnet", "signatures", "builder", "finetuning", "export")
_SOURCES = sorted(
    [
        path.relative_to(_ROOT)
        for path in _ROOT.glob("*.py")
        if path.stem not in _NOT_OURS
    ]
    + [path.relative_to(_ROOT) for r in _ROOMS for path in (_ROOT / r).rglob("*.py")]
)
_PUBLIC = {
    "export_module",
    "verify_module",
    "build_model",
    "create_module_spec",
    "model_fn",
    "repackage_module",
    "get_class_names",
}

for_every_source = pytest.mark.parametrize(
    "source", _SOURCES, ids=[path.as_posix() for path in _SOURCES]
)


def _parsed(source: pathlib.Path) -> ast.Module:
    return ast.parse((_ROOT / source).read_text(encoding="utf-8"))


def _imported(nodes, source: pathlib.Path) -> set[str]:
    """Returns the full dotted names that import statements name."""
    folder = ".".join((_PACKAGE,) + source.parent.parts)
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            home = importlib.util.resolve_name(relative, folder)
            names.update("%s.%s" % (home, alias.name) for alias in node.names)
    return names


def _room(name: str) -> str:
    """Returns the room, or the file of the root, that a name of ours is in."""
    room = (name.split(".") + [""])[1]
    return room if room in _ARROWS else "__init__"


def _at_import(node: ast.AST):
    """Yields the nodes that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child
            yield from _at_import(child)


@for_every_source
def test_arrows_run_one_way(source):
    own = source.with_suffix("").parts[0]
    imported = _imported(ast.walk(_parsed(source)), source)
    ours = {name for name in imported if name.split(".")[0] == _PACKAGE}

    assert {_room(name) for name in ours} - {own} <= _ARROWS[own]


@for_every_source
def test_a_room_is_never_imported_by_its_bare_name(source):
    # Other people's packages have these names.
    imported = _imported(ast.walk(_parsed(source)), source)

    assert not {name.split(".")[0] for name in imported} & set(_ARROWS)


@for_every_source
def test_tensorflow_hub_is_imported_where_it_is_used_only(source):
    imported = _imported(_at_import(_parsed(source)), source)

    assert "tensorflow_hub" not in {name.split(".")[0] for name in imported}


@for_every_source
def test_a_source_says_what_it_is_for(source):
    assert ast.get_docstring(_parsed(source))


@for_every_source
def test_a_source_is_python_3_7(source):
    # Python 3.7 itself has no such argument and needs none.
    version = {"feature_version": (3, 7)} if sys.version_info >= (3, 8) else {}

    ast.parse((_ROOT / source).read_text(encoding="utf-8"), **version)


def test_no_file_is_named_for_nothing():
    names = {
        path.stem
        for folder in _ROOMS + ("tests", "bazel", "benchmarks")
        for path in (_ROOT / folder).rglob("*")
    }
    names |= {path.stem for path in _ROOT.glob("*.py")}

    for word in ("utils", "util", "helpers", "helper", "common", "misc"):
        assert not [name for name in names if word in name.split("_")], word


def test_the_package_has_the_promised_names_and_no_others():
    assert set(efficientnet_hub.__all__) == _PUBLIC
    assert dir(efficientnet_hub) == sorted(_PUBLIC)
    with pytest.raises(AttributeError, match="has no attribute 'train'"):
        efficientnet_hub.train  # noqa: B018


@pytest.mark.parametrize("name", sorted(_PUBLIC))
def test_a_public_name_is_a_function(name):
    assert callable(getattr(efficientnet_hub, name))


def test_the_package_is_imported_without_tensorflow():
    printed = fresh_process.run(
        "import sys, efficientnet_hub\n"
        "print('tensorflow' in sys.modules, *dir(efficientnet_hub))"
    )

    assert printed.split() == ["False"] + sorted(_PUBLIC)


def test_a_missing_tensorflow_is_told_when_it_is_needed():
    printed = fresh_process.run(
        "import sys\n"
        "sys.modules['tensorflow'] = None  # as if it were not installed\n"
        "import efficientnet_hub\n"
        "try:\n"
        "    efficientnet_hub.build_model\n"
        "except ImportError as error:\n"
        "    print(type(error).__name__, error)"
    )

    assert printed.strip() == (
        "DependencyError building and running modules needs the package "
        "'tensorflow', which is missing: pip install 'efficientnet-hub[tf]'"
    )
