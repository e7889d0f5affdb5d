"""README.md and docs/ say what is so: every block of code there is run."""

from __future__ import annotations

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_README = _ROOT / "README.md"
_DEVELOPMENT = _ROOT / "docs" / "development.md"
_CI = _ROOT / "docs" / "ci.md"
_COMPATIBILITY = _ROOT / "docs" / "compatibility.md"
_DOCUMENTS = [_README] + sorted((_ROOT / "docs").glob("*.md"))

_FENCED = re.compile(r"^```(.*)\n((?:.*\n)*?)^```$", re.M)
# Blocks without a language: what is printed, and written; which files are on the way.
_PLAIN_BLOCKS = {_README: 1, _DEVELOPMENT: 1, _CI: 2}

# Where a block of code starts, its language and its source.
_Block = collections.namedtuple("_Block", "line language source")


def _blocks(document: pathlib.Path, language: str | None = None) -> list[_Block]:
    """Returns the blocks of code of a document, or those of one language."""
    text = document.read_text(encoding="utf-8")
    blocks = [
        _Block(text.count("\n", 0, match.start(2)), match.group(1), match.group(2))
        for match in _FENCED.finditer(text)
    ]
    return [block for block in blocks if language in (None, block.language)]


def _prose(document: pathlib.Path) -> str:
    return _FENCED.sub("", document.read_text(encoding="utf-8"))


def _section(document: pathlib.Path, title: str) -> str:
    (section,) = [
        section
        for section in _prose(document).split("\n## ")
        if section.startswith(title + "\n")
    ]
    return section


def _tables(text: str) -> list[str]:
    return re.findall(r"(?:^\|.*\n)+", text, re.M)


def _is_make(block: _Block) -> bool:
    return block.source.startswith("make ")


def _ci_steps() -> set[str]:
    """Returns the targets that CI makes."""
    return set(re.findall(r"^step (\S+)$", (_ROOT / ".ci" / "run").read_text(), re.M))


def _named(documents) -> list:
    return [pytest.param(path, id=path.name) for path in documents]


for_every_document = pytest.mark.parametrize("document", _named(_DOCUMENTS))


# Blocks of code.


@for_every_document
def test_every_block_is_of_a_language_that_is_run(document):
    blocks = _blocks(document)
    text = document.read_text(encoding="utf-8")

    assert text.count("```") == 2 * len(blocks)
    # nginx's are run by tests/export/hosting/nginx_test.py.
    assert {block.language for block in blocks} <= {"python", "bash", "nginx", ""}
    assert len(_blocks(document, "")) == _PLAIN_BLOCKS.get(document, 0)


@pytest.fixture
def folder(tmp_path, lite0, photographs) -> pathlib.Path:
    """A clone as `make module` leaves it, with a photograph."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "examples").symlink_to(_ROOT / "examples")
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "efficientnet-lite0").symlink_to(lite0.directory)
    (tmp_path / "modules" / "samples").symlink_to(_ROOT / "modules" / "samples")
    shutil.copy(photographs[0].path, str(tmp_path / "photograph.jpg"))
    return tmp_path


def _run(folder: pathlib.Path, *command: str) -> None:
    finished = subprocess.run(
        command, cwd=str(folder), capture_output=True, text=True, env=os.environ
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "document", _named(d for d in _DOCUMENTS if _blocks(d, "python"))
)
def test_the_python_blocks_run_one_after_the_other(document, folder):
    program = ""
    for line, _, source in _blocks(document, "python"):
        # Each in its own line, so that a traceback tells that of the document.
        program += "\n" * (line - program.count("\n")) + source
    path = folder / (document.stem + ".py")
    path.write_text(program, encoding="utf-8")

    _run(folder, sys.executable, str(path))


@pytest.mark.slow
@pytest.mark.parametrize(
    "document", _named(d for d in _DOCUMENTS if _blocks(d, "bash"))
)
def test_the_commands_run_one_after_the_other(document, folder):
    blocks = [block for block in _blocks(document, "bash") if not _is_make(block)]

    _run(folder, "bash", "-ec", "".join(block.source for block in blocks))


@for_every_document
def test_what_is_made_here_is_made_by_ci(document):
    blocks = [block.source for block in _blocks(document, "bash") if _is_make(block)]

    assert {source[len("make ") :].strip() for source in blocks} <= _ci_steps()


def test_ci_makes_all_but_the_last_two_of_what_developers_are_told_of():
    commands = re.findall(r"^\| `make (.+?)`", _section(_DEVELOPMENT, "Commands"), re.M)

    assert commands[-2:] == ["bench", "format"]
    assert set(commands[:-2]) <= _ci_steps()


@for_every_document
def test_what_can_be_made_is_in_the_makefile(document):
    targets = re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text(), re.M)

    assert set(re.findall(r"`make ([a-z-]+)", _prose(document))) <= set(targets)


def test_the_photographs_are_classified_as_shown(classify_photographs, lite0):
    (shown,) = _blocks(_README, "")

    assert classify_photographs(lite0.directory).stdout == shown.source


# What is named.


def test_the_compatibility_table_is_the_measured_one():
    (shown,) = _tables(_section(_README, "Which TensorFlow"))

    assert shown in _tables(_COMPATIBILITY.read_text(encoding="utf-8"))


@for_every_document
def test_links_lead_somewhere(document):
    prose = _prose(document)
    definitions = dict(re.findall(r"^\[(.+)\]: (\S+)$", prose, re.M))
    targets = re.findall(r"\]\(([^)]+)\)", prose) + list(definitions.values())
    files = [target for target in targets if "://" not in target]

    assert set(re.findall(r"\]\[([^]]+)\]", prose)) <= set(definitions)
    assert [name for name in files if not (document.parent / name).exists()] == []


def test_the_rooms_of_the_house_exist():
    (table,) = _tables(_section(_README, "The house"))
    rooms = re.findall(r"^\| `(.+?)` \|", table, re.M)

    assert len(rooms) == len(table.splitlines()) - 2
    assert [room for room in rooms if not (_ROOT / room).is_dir()] == []


def test_the_files_on_the_way_of_the_data_exist():
    (way,) = _blocks(_DEVELOPMENT, "")
    files = [line.split()[0] for line in way.source.splitlines()]

    assert files
    assert [name for name in files if not (_ROOT / name).is_file()] == []


def test_the_files_that_developers_are_told_of_exist():
    words = re.findall(r"`([\w./]+)`", _prose(_DEVELOPMENT))
    # A file beside another one is named without its folder.
    files = {w for w in words if w.endswith(".py") or "/" in w.replace("//", "")}

    assert "export/graph_passes/known_ops/" in files
    assert [name for name in sorted(files) if not _exists(name)] == []


def _exists(name: str) -> bool:
    if "/" in name:
        return (_ROOT / name).exists()
    return any(True for _ in (_ROOT / "export").rglob(name))
