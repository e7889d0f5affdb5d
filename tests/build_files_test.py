"""The BUILD files name every Python file and depend on what it imports."""

import ast
import collections
import os
import pathlib

# Resolved: under Bazel this file is a link, and only the real tree can hold a
# file that no BUILD file names.
_ROOT = pathlib.Path(__file__).resolve().parents[1]

# What pip and nox run, and what once made data files in environments of its own.
_NOT_FOR_BAZEL = (
    "setup.py",
    "noxfile.py",
    "benchmarks/*.py",
    "tests/compat/*.py",
    "export/known_ops/generate.py",
    "tests/testdata/*/make_fixtures.py",
)

_Target = collections.namedtuple("_Target", ["label", "sources", "deps"])


def test_every_python_file_is_in_a_build_file():
    files = {
        file for file in _files("*.py") if not any(map(file.match, _NOT_FOR_BAZEL))
    }
    named = {source for target in _targets() for source in target.sources}

    assert files - named == set()


def test_build_files_name_no_missing_file():
    named = {source for target in _targets() for source in target.sources}

    assert {source for source in named if not (_ROOT / source).exists()} == set()


def test_deps_are_the_imports():
    targets = _targets()
    owners = {source: target.label for target in targets for source in target.sources}

    for target in targets:
        imports = {
            owners.get(file) for source in target.sources for file in _imports(source)
        }
        # The __init__.py files come to every test by way of the macro.
        imports = {label for label in imports if label and not _is_init(label)}
        deps = {label for label in target.deps if not _is_init(label)}
        if target.label.endswith("_test") or target.label == "//:efficientnet_hub":
            # A test may need more for a subprocess, and the package looks up its
            # public names when they are used.
            deps &= imports
        assert deps == imports, target.label


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


def _targets():
    """Returns the targets with sources of all BUILD files."""
    targets = []
    for build in _files("BUILD"):
        package = "" if build.parent == pathlib.Path() else build.parent.as_posix()
        for statement in ast.parse((_ROOT / build).read_text()).body:
            arguments = {
                keyword.arg: ast.literal_eval(keyword.value)
                for keyword in getattr(statement.value, "keywords", [])
                if keyword.arg in ("name", "src", "srcs", "deps")
                and not isinstance(keyword.value, ast.Call)  # glob(): data files
            }
            sources = arguments.get("srcs", []) + [arguments.get("src")]
            targets.append(
                _Target(
                    label=f"//{package}:{arguments.get('name')}",
                    sources=[build.parent / source for source in sources if source],
                    deps={_full(dep, package) for dep in arguments.get("deps", [])},
                )
            )
    return targets


def _full(label, package):
    """Returns a label with package and name: `:a` and `//b` are short forms."""
    if label.startswith(":"):
        return f"//{package}{label}"
    return label if ":" in label else f"{label}:{label.split('/')[-1]}"


def _is_init(label):
    return label.endswith(":init")


def _imports(source):
    """Yields the project's files that a Python file imports, lazily or at once."""
    for node in ast.walk(ast.parse((_ROOT / source).read_text())):
        if isinstance(node, ast.Import):
            modules = [(alias.name,) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # What is imported is a module itself, or something inside one.
            modules = [(f"{node.module}.{a.name}", node.module) for a in node.names]
        else:
            continue
        for names in modules:
            yield from [file for file in map(_find, names) if file][:1]


def _find(module):
    """Returns the file of a module of this project, or None."""
    root, *parts = module.split(".")
    path = pathlib.Path(*parts)
    for file in (path.with_suffix(".py") if parts else path, path / "__init__.py"):
        if root == "efficientnet_hub" and (_ROOT / file).is_file():
            return file
    return None
