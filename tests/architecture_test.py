"""The direction of the imports between packages."""

from __future__ import annotations

import ast
import functools
import importlib.util
import pathlib
import re
import sys
from typing import Callable

import graphlib
import pytest

import efficientnet_hub
from efficientnet_hub.tests import fresh_process

# Resolved: under Bazel this file is a link, and only the real tree has every file.
_ROOT = pathlib.Path(__file__).resolve().parents[1]
_PACKAGE = "efficientnet_hub"

_ROOT_MODULES = {"aligned_arrays", "atomic_files", "bounded_files", "dependencies"}
_ROOT_MODULES |= {"digests"}
_ROOT_MODULES |= {"errors", "escaping", "json_files", "option_fields", "paths"}
_ROOT_MODULES |= {"onednn", "progress_bars", "recorded_facts"}
_NETWORK = {"builder", "efficientnet", "signatures"}

# What each package, and each module of the root, may import besides itself.
_ALLOWED = {
    "aligned_arrays": set(),
    "atomic_files": {"errors"},
    "digests": set(),
    "errors": set(),
    "escaping": set(),
    "onednn": set(),
    "option_fields": set(),
    "paths": {"errors"},
    "dependencies": {"errors"},
    "progress_bars": {"dependencies", "errors", "escaping"},
    "bounded_files": {"errors", "paths"},
    "json_files": {"bounded_files", "errors", "escaping"},
    "recorded_facts": {"atomic_files", "errors", "escaping", "json_files"},
    "efficientnet": {"errors", "escaping"},
    "signatures": {"errors", "escaping", "paths"},
    "builder": {"efficientnet", "signatures"}
    | {"aligned_arrays", "dependencies", "errors", "escaping"},
    "photographs": {"dependencies", "digests", "errors", "escaping", "paths"},
    "evaluation": {"efficientnet", "photographs", "signatures"} | _ROOT_MODULES,
    "embedding": {"evaluation", "signatures"} | _ROOT_MODULES,
    "finetuning": _NETWORK | {"evaluation", "photographs"} | _ROOT_MODULES,
    "export/storage": {"errors", "escaping", "paths"},
    "export/saved_model": {"signatures", "errors", "escaping", "json_files", "paths"},
    "export/graph_passes": {"signatures", "errors"},
    "export/weights/containers": {"export/storage", "aligned_arrays", "bounded_files"}
    | {"dependencies", "digests", "errors", "escaping", "json_files", "paths"},
    "export/weights/naming": {"efficientnet", "errors", "escaping"},
    "export/weights": {"efficientnet", "signatures"}
    | {"export/saved_model", "export/storage"}
    | {"export/weights/containers", "export/weights/naming"}
    | _ROOT_MODULES,
    "export/model_card": _NETWORK | {"evaluation", "export/weights", "escaping"},
    "export/writers": {"builder", "signatures"}
    | {"export/graph_passes", "export/model_card", "export/saved_model"}
    | {"export/storage", "export/weights/containers"}
    | _ROOT_MODULES,
    "export": _NETWORK
    | {"export/graph_passes", "export/model_card", "export/saved_model"}
    | {"export/storage", "export/weights", "export/writers"}
    | _ROOT_MODULES,
    "export/execution": {
        "efficientnet",
        "export",
        "export/saved_model",
        "photographs",
        "signatures",
    }
    | _ROOT_MODULES,
    "export/classification": {"export/execution", "export/storage", "export/weights"}
    | {"photographs", "signatures"}
    | _ROOT_MODULES,
    "export/conversion": {"builder", "efficientnet", "export", "export/storage"}
    | {"export/weights"}
    | _ROOT_MODULES,
    "export/evaluation": {"evaluation", "export", "export/classification"}
    | {"export/execution", "export/storage", "photographs", "signatures"}
    | _ROOT_MODULES,
    "export/embedding": {"embedding", "evaluation", "export", "export/classification"}
    | {"export/execution", "export/saved_model", "export/storage", "export/weights"}
    | {"photographs", "signatures"}
    | _ROOT_MODULES,
    "export/finetuning": {"builder", "efficientnet", "finetuning", "photographs"}
    | {"export", "export/saved_model", "export/storage", "export/weights"}
    | _ROOT_MODULES,
    "spark": {"embedding", "export", "export/embedding", "export/execution"}
    | {"export/storage", "photographs"}
    | _ROOT_MODULES,
    "export/verification": _NETWORK
    | {"export/execution"}
    | {"export", "export/graph_passes", "export/saved_model"}
    | {"export/storage", "export/weights", "export/weights/naming"}
    | _ROOT_MODULES,
    "export/comparison": {"builder", "efficientnet", "photographs"}
    | {"export/classification", "export/execution"}
    | {"signatures", "export", "export/saved_model", "export/storage"}
    | {"export/weights", "export/weights/containers"}
    | _ROOT_MODULES,
    "export/pages": {"efficientnet", "export/classification", "export/model_card"}
    | {"export/weights"}
    | _ROOT_MODULES,
    "export/collection": {"builder", "efficientnet", "export", "export/model_card"}
    | {"export/pages", "export/storage", "export/verification", "export/weights"}
    | {"evaluation", "export/evaluation", "photographs"}
    | {"__init__"}  # for the version
    | _ROOT_MODULES,
    "export/hosting": {"export/collection", "export/storage", "__init__"}
    | _ROOT_MODULES,
    "export/hub_cache": {"export", "export/collection", "export/saved_model"}
    | {"export/storage", "export/weights/containers", "export/writers", "signatures"}
    | _ROOT_MODULES,
    "export/commands": {
        "efficientnet",
        "embedding",
        "evaluation",
        "finetuning",
        "photographs",
    }
    | {"signatures", "spark", "export"}
    | {"export/classification", "export/conversion", "export/embedding"}
    | {"export/evaluation", "export/execution", "export/finetuning"}
    | {"export/saved_model", "export/storage", "export/weights"}
    | {"export/collection", "export/comparison", "export/hosting"}
    | {"export/hub_cache"}
    | {"export/verification", "export/writers"}
    | {"__init__"}
    | _ROOT_MODULES,
    # The public names, which it imports when they are first used.
    "__init__": {"builder", "efficientnet", "signatures", "dependencies"}
    | {"export", "export/conversion", "export/verification"},
    "__main__": {"export/commands"},
}
# Programs of pip and nox.
_NOT_OURS = ("setup", "noxfile")
_PACKAGES = ("efficientnet", "signatures", "builder", "photographs", "evaluation")
_PACKAGES += ("embedding", "finetuning", "export", "spark")
_SOURCES = sorted(
    [
        path.relative_to(_ROOT)
        for path in _ROOT.glob("*.py")
        if path.stem not in _NOT_OURS
    ]
    + [path.relative_to(_ROOT) for r in _PACKAGES for path in (_ROOT / r).rglob("*.py")]
)
_PUBLIC = {
    "export_module",
    "verify_module",
    "build_model",
    "create_module_spec",
    "model_fn",
    "repackage_module",
    "convert_weights",
    "get_class_names",
}


@functools.lru_cache(maxsize=None)
def _parsed(source: pathlib.Path) -> ast.Module:
    return ast.parse((_ROOT / source).read_text(encoding="utf-8"))


def _imported(nodes, source: pathlib.Path) -> set[str]:
    """Returns the full dotted names that import statements name."""
    folder = ".".join((_PACKAGE, *source.parent.parts))
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            home = importlib.util.resolve_name(relative, folder)
            names.update(f"{home}.{alias.name}" for alias in node.names)
    return names


def _place(name: str) -> str:
    """Returns the package, or the module of the root, of a name of this package."""
    parts = name.split(".")[1:]
    for length in range(len(parts), 0, -1):
        path = _ROOT.joinpath(*parts[:length])
        if (path / "__init__.py").is_file():
            return "/".join(parts[:length])
        if length == 1 and path.with_suffix(".py").is_file():
            return parts[0]
    return "__init__"


def _at_import(node: ast.AST):
    """Yields the nodes that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child
            yield from _at_import(child)


# One test for all sources, not one for each: pytest takes longer than the check.
def _find_sources(breaks_rule: Callable[[pathlib.Path], bool]) -> list[str]:
    """Returns the sources that break a rule."""
    return [source.as_posix() for source in _SOURCES if breaks_rule(source)]


def _import_firsts(nodes, source: pathlib.Path) -> set[str]:
    """Returns the packages that import statements name, ours and those of others."""
    return {name.split(".")[0] for name in _imported(nodes, source)}


def test_imports_go_one_way():
    def breaks_rule(source):
        own = _place(".".join((_PACKAGE, *source.with_suffix("").parts)))
        imported = _imported(ast.walk(_parsed(source)), source)
        ours = {name for name in imported if name.split(".")[0] == _PACKAGE}
        return not {_place(name) for name in ours} - {own} <= _ALLOWED[own]

    assert _find_sources(breaks_rule) == []


def test_no_package_may_import_one_that_imports_it():
    graph = {place: sorted(allowed) for place, allowed in _ALLOWED.items()}
    # The root's __init__.py is imported for the version only, which needs no package.
    graph["__init__"] = []

    graphlib.TopologicalSorter(graph).prepare()


def test_no_file_imports_one_that_imports_it():
    files = {".".join((_PACKAGE, *each.with_suffix("").parts)) for each in _SOURCES}
    graph = {
        ".".join((_PACKAGE, *source.with_suffix("").parts)): _imported(
            ast.walk(_parsed(source)), source
        )
        & files
        for source in _SOURCES
        # The public names, which it imports when they are first used.
        if source.as_posix() != "__init__.py"
    }

    graphlib.TopologicalSorter(graph).prepare()


def test_the_map_of_the_packages_is_in_the_order_of_the_imports():
    page = (_ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    table = page.split("\n## Packages\n")[1].split("\n## ")[0]
    packages = re.findall(r"^\| `(.+?)` \|", table, re.M)

    for position, package in enumerate(packages):
        later = set(packages[position:])
        assert not (_ALLOWED[package] & later), package


def test_the_package_imports_itself_by_relative_imports():
    # Tools that resolve imports by path follow only these, because the root is the
    # package.
    def breaks_rule(source):
        absolute = [
            node
            for node in ast.walk(_parsed(source))
            if not (isinstance(node, ast.ImportFrom) and node.level)
        ]
        return _PACKAGE in _import_firsts(absolute, source)

    assert _find_sources(breaks_rule) == []


@pytest.mark.parametrize("folder", ["tests", "examples", "benchmarks", "bazel"])
def test_users_of_the_package_import_it_by_its_name(folder):
    for path in (_ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_no_package_is_imported_by_its_bare_name():
    # Other people's packages have these names.
    def breaks_rule(source):
        imported = _import_firsts(ast.walk(_parsed(source)), source)
        return bool(imported & set(_ALLOWED))

    assert _find_sources(breaks_rule) == []


def test_tensorflow_hub_is_only_imported_inside_functions():
    def breaks_rule(source):
        return "tensorflow_hub" in _import_firsts(_at_import(_parsed(source)), source)

    assert _find_sources(breaks_rule) == []


def test_a_source_has_a_docstring():
    assert _find_sources(lambda source: not ast.get_docstring(_parsed(source))) == []


def test_a_source_is_python_3_7():
    # Python 3.7 itself has no such argument and needs none.
    version = {"feature_version": (3, 7)} if sys.version_info >= (3, 8) else {}

    def breaks_rule(source):
        try:
            ast.parse((_ROOT / source).read_text(encoding="utf-8"), **version)
        except SyntaxError:
            return True
        return False

    assert _find_sources(breaks_rule) == []


def test_no_file_has_a_meaningless_name():
    names = {
        path.stem
        for folder in _PACKAGES + ("tests", "bazel", "benchmarks")
        for path in (_ROOT / folder).rglob("*")
    }
    names |= {path.stem for path in _ROOT.glob("*.py")}

    for word in ("utils", "util", "helpers", "helper", "common", "misc"):
        assert not [name for name in names if word in name.split("_")], word


def test_the_package_has_the_documented_names_and_no_others():
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


def test_a_missing_tensorflow_is_reported_when_it_is_needed():
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
