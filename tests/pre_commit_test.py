"""The hooks of pre-commit run the checks of `make lint` and refuse what they should."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_CONFIG = _ROOT / ".pre-commit-config.yaml"
_HOOKS = {
    hook["id"]: hook
    for repo in yaml.safe_load(_CONFIG.read_text(encoding="utf-8"))["repos"]
    for hook in repo["hooks"]
}


def test_no_hook_is_downloaded():
    repos = yaml.safe_load(_CONFIG.read_text(encoding="utf-8"))["repos"]

    assert [repo["repo"] for repo in repos] == ["local"]
    assert {hook["language"] for hook in _HOOKS.values()} == {"system"}


def test_the_hooks_run_every_tool_of_the_makefile():
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = re.findall(r"^(?:lint|format):.*\n((?:\t.*\n)+)", makefile, re.M)
    commands = re.findall(r"\$\(BIN\)/(.+)", "".join(recipes))
    tools = {re.sub(r" --(check|fix)\b", "", command) for command in commands}

    entries = [hook["entry"] for hook in _HOOKS.values()]
    assert len(tools) == len(_HOOKS)
    for tool in tools:
        assert any(f".venv/bin/{tool}" in entry for entry in entries), tool


@pytest.fixture
def repository(tmp_path) -> pathlib.Path:
    """A repository with the hooks, the tools and two clean files."""
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        (tmp_path / name).write_text((_ROOT / name).read_text(encoding="utf-8"))
    (tmp_path / ".gitignore").write_text(".venv\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(pathlib.Path(sys.prefix) / "bin")
    for name in ("__init__.py", "module.py"):
        (tmp_path / name).write_text('"""A module."""\n')
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "add", "."], cwd=str(tmp_path), check=True)
    return tmp_path


def _run(repository: pathlib.Path, hook: str) -> subprocess.CompletedProcess:
    environment = dict(os.environ, PRE_COMMIT_HOME=str(repository / "home"))
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook, "--all-files"],
        cwd=str(repository),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hook", "bad"),
    [
        ("ruff", '"""A module."""\n\nimport os\n'),
        ("ruff-format", '"""A module."""\n\nx  =  1\n'),
        ("mypy", '"""A module."""\n\nx: int = ""\n'),
    ],
)
def test_a_hook_refuses_a_bad_file(hook, bad, repository):
    good = _run(repository, hook)
    (repository / "module.py").write_text(bad)
    refused = _run(repository, hook)

    assert good.returncode == 0, good.stdout
    assert refused.returncode == 1, refused.stdout
