"""Writes the BUILD files: a target for each Python file, its deps from its imports.

    python bazel/generate_build_files.py

What the imports do not say is in attributes.toml. A BUILD file that does not begin with
the line that marks a generated file is written by hand, and stays as it is.
"""

from __future__ import annotations

import ast
import json
import pathlib
import sys
from typing import Iterator

import tomllib

_PACKAGE = "efficientnet_hub"
_MARK = "# Generated from the imports: run `make format`.\n"
_ATTRIBUTES = pathlib.PurePath("bazel", "attributes.toml")
_TESTDATA = "//tests:testdata"

# Folders with sources and tests, beside the root.
_FOLDERS = (
    "builder",
    "efficientnet",
    "embedding",
    "evaluation",
    "examples",
    "export",
    "finetuning",
    "photographs",
    "signatures",
    "spark",
    "tests",
)
# Files that only pip, nox, mkdocs or an environment of another TensorFlow runs.
NOT_FOR_BAZEL = (
    "setup.py",
    "noxfile.py",
    "docs/*.py",
    "tests/compat/*_consumer.py",
    "tests/compat/*_test.py",
    "tests/compat/conftest.py",
    "export/graph_passes/known_ops/generate.py",
    "tests/peers/state_dict_keys.py",
    "tests/testdata/*/make_fixtures.py",
)
# Bazel runs a target with this tag only if it is named.
_MANUAL = "manual"
_ATTRIBUTE_ORDER = ("size", "srcs", "src", "data", "tags", "deps")


def main() -> None:
    """Writes the BUILD files that are missing or out of date."""
    root = pathlib.Path(__file__).resolve().parents[1]
    for path, text in generate(root).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(root)}", file=sys.stderr)


def generate(root: pathlib.Path) -> dict[pathlib.Path, str]:
    """Returns the text of each generated BUILD file, by its path.

    Args:
      root: the folder of the project.
    """
    with open(root / _ATTRIBUTES, "rb") as file:
        attributes = tomllib.load(file)
    folders: dict[pathlib.Path, list[pathlib.Path]] = {}
    for source in _sources(root):
        folders.setdefault(source.parent, []).append(source)
    texts = {
        root / folder / "BUILD": _build_file(root, folder, sources, attributes)
        for folder, sources in sorted(folders.items())
    }
    unknown = set(attributes) - {
        _label(source) for sources in folders.values() for source in sources
    }
    if unknown:
        raise ValueError(
            "{} must name targets of Python files, found {}: was a file moved?".format(
                _ATTRIBUTES, ", ".join(sorted(unknown))
            )
        )
    return texts


def _sources(root: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields the Python files for Bazel, from the root, in the order of their names."""
    paths = list(root.glob("*.py"))
    for folder in _FOLDERS:
        paths += (root / folder).rglob("*.py")
    for path in sorted(paths):
        source = path.relative_to(root)
        if not any(map(source.match, NOT_FOR_BAZEL)):
            yield source


def _label(source: pathlib.PurePath) -> str:
    """Returns the label of a Python file's target, e.g. '//export:exporter'."""
    folder = source.parent.as_posix()
    return "//{}:{}".format("" if folder == "." else folder, _name(source))


def _name(source: pathlib.PurePath) -> str:
    if source == pathlib.PurePath("__main__.py"):
        return _PACKAGE
    return "init" if source.stem == "__init__" else source.stem


def _build_file(
    root: pathlib.Path,
    folder: pathlib.Path,
    sources: list[pathlib.Path],
    attributes: dict[str, dict],
) -> str:
    statements = ['package(default_visibility = ["//:__subpackages__"])\n']
    if any(_is_test(source) for source in sources):
        statements.insert(0, 'load("//bazel:pytest.bzl", "pytest_test")\n')
    if folder == pathlib.Path():
        # Settings of pytest, an input of every test.
        statements.append('exports_files(["pyproject.toml"])\n')
    if (root / folder / "testdata").is_dir():
        statements.append(
            'filegroup(\n    name = "testdata",\n    srcs = glob(["testdata/**"]),\n)\n'
        )
    for source in sources:
        statements.append(_target(root, source, attributes.get(_label(source), {})))
    return _MARK + "\n" + "\n".join(statements)


def _is_test(source: pathlib.PurePath) -> bool:
    return source.name.endswith("_test.py")


def _target(root: pathlib.Path, source: pathlib.Path, extra: dict) -> str:
    deps = set(extra.get("deps", ())) | _dependencies(root, source)
    own = _label(source)
    package = own.split(":")[0]
    named = {
        "size": _literal(extra.get("size")),
        "data": _data(extra, _opens_testdata(root, source)),
        "tags": _literal(extra.get("tags", []) + [_MANUAL] * _is_slow(root, source)),
        "deps": _literal(
            sorted((_short(dep, package) for dep in deps - {own}), key=_order)
        ),
    }
    if _is_test(source):
        rule = "pytest_test"
        named["src"] = _literal(source.name)
    else:
        rule = "py_library"
        named["srcs"] = _literal([source.name])
    lines = [f"    name = {json.dumps(_name(source))},\n"]
    for key in _ATTRIBUTE_ORDER:
        if named.get(key):
            lines.append(f"    {key} = {named[key]},\n")
    return "{}(\n{})\n".format(rule, "".join(lines))


def _data(extra: dict, opens_testdata: bool) -> str | None:
    if "data_glob" in extra:
        return "glob({})".format(_literal(extra["data_glob"]))
    return _literal(extra.get("data", []) + [_TESTDATA] * opens_testdata)


def _opens_testdata(root: pathlib.Path, source: pathlib.Path) -> bool:
    """Returns whether a path in a file leads through the folder testdata/."""
    tree = ast.parse((root / source).read_text(encoding="utf-8"))
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return source.parts[0] == "tests" and any(
        # What has a space is a sentence about the folder, not a path.
        isinstance(text, str) and " " not in text and "testdata" in text.split("/")
        for text in texts
    )


def _is_slow(root: pathlib.Path, source: pathlib.Path) -> bool:
    """Returns whether all tests of a file are slow.

    Bazel runs the fast tests. pytest fails if there is none.
    """
    if not _is_test(source):
        return False
    tree = ast.parse((root / source).read_text(encoding="utf-8"))
    tests = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    are_slow = [any(map(_is_slow_mark, test.decorator_list)) for test in tests]
    return any(map(_marks_file_as_slow, tree.body)) or (bool(tests) and all(are_slow))


def _marks_file_as_slow(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) != "pytestmark":
        return False
    values = node.value.elts if isinstance(node.value, ast.List) else [node.value]
    return any(map(_is_slow_mark, values))


def _is_slow_mark(node: ast.expr) -> bool:
    return ast.unparse(node) == "pytest.mark.slow"


def _literal(value: str | list[str] | None) -> str | None:
    """Returns a string or a list as buildifier formats it, None for what is empty."""
    if not value:
        return None
    if isinstance(value, str) or len(value) == 1:
        return json.dumps(value)
    return "[\n{}    ]".format("".join(f"        {json.dumps(v)},\n" for v in value))


def _short(label: str, package: str) -> str:
    return label[len(package) :] if label.startswith(package + ":") else label


def _order(label: str) -> tuple[bool, str, str]:
    """Sorts labels as buildifier does: this package first, a package's by name."""
    package, _, name = label.partition(":")
    return package != "", package, name


def _dependencies(root: pathlib.Path, source: pathlib.Path) -> set[str]:
    """Returns the labels of what a file needs.

    A test needs each conftest.py above it. The `__init__.py` of the root needs those of
    all packages.
    """
    if source == pathlib.Path("__init__.py"):
        inits = {_label(each) for each in _sources(root) if _is_package(each)}
        return inits | {_label(file) for file in _imports(root, source, typing=False)}
    files = set(_imports(root, source, typing=True))
    if source == pathlib.Path("__main__.py"):
        # The public names, which the package imports when they are first used.
        files |= set(_imports(root, pathlib.Path("__init__.py"), typing=True))
    if _is_test(source):
        if pathlib.Path("__init__.py") in files:
            # It may use the public names.
            files.add(pathlib.Path("__main__.py"))
        files |= {
            folder / "conftest.py"
            for folder in source.parents
            if (root / folder / "conftest.py").is_file()
        }
    # The rule for tests adds //:init, which has all others.
    is_library = not _is_test(source)
    return {
        _label(file)
        for file in files
        if file.name != "__init__.py" or (is_library and len(file.parts) == 1)
    }


def _is_package(source: pathlib.PurePath) -> bool:
    return source.name == "__init__.py" and source.parts[0] not in ("tests", "examples")


def _imports(
    root: pathlib.Path, source: pathlib.Path, typing: bool
) -> Iterator[pathlib.Path]:
    """Yields the project's files that a file imports, when it is loaded or later.

    Args:
      root: the folder of the project.
      source: the file.
      typing: whether to include what it imports for type checkers only.
    """
    tree = ast.parse((root / source).read_text(encoding="utf-8"))
    ignored = set()
    if not typing:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                ignored.update(map(id, ast.walk(node)))
    for node in ast.walk(tree):
        if id(node) in ignored:
            continue
        for candidates in _imported_names(node, source):
            # What is imported is a module, or a name inside one.
            yield from [
                file for file in (_find(root, name) for name in candidates) if file
            ][:1]


def _imported_names(
    node: ast.AST, source: pathlib.PurePath
) -> Iterator[tuple[str, ...]]:
    """Yields the full names that an import may mean, the longer one first."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.name,)
    elif isinstance(node, ast.ImportFrom):
        home = node.module or ""
        if node.level:
            package = (_PACKAGE, *source.parent.parts)
            above = package[: len(package) - node.level + 1]
            home = ".".join([*above, *filter(None, [node.module])])
        for alias in node.names:
            yield (f"{home}.{alias.name}", home)


def _find(root: pathlib.Path, module: str) -> pathlib.Path | None:
    """Returns the file of one of the project's modules, from the root, or None."""
    package, *parts = module.split(".")
    if package != _PACKAGE:
        return None
    path = pathlib.Path(*parts)
    candidates = [path / "__init__.py"]
    if parts:
        candidates.insert(0, path.with_suffix(".py"))
    for file in candidates:
        if (root / file).is_file() and not any(map(file.match, NOT_FOR_BAZEL)):
            return file
    return None


if __name__ == "__main__":
    main()
