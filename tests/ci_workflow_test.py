"""The workflow for GitHub runs the same steps as .ci/run."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest
import yaml

tomllib = pytest.importorskip("tomllib")  # Python 3.11

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_WORKFLOW = _ROOT / ".github" / "workflows" / "ci.yml"
_SCRIPT = (_ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.fixture(scope="module", name="job")
def _job() -> dict:
    (job,) = yaml.safe_load(_WORKFLOW.read_text(encoding="utf-8"))["jobs"].values()
    return job


def _values(job: dict, key: str) -> list[str]:
    """Returns the words that the entries of the matrix have for a key."""
    entries = job["strategy"]["matrix"]["include"]
    return [word for entry in entries for word in entry.get(key, "").split()]


def test_the_workflow_matches_the_schema():
    command = [sys.executable, "-m", "check_jsonschema"]
    checked = subprocess.run(
        [*command, "--builtin-schema", "vendor.github-workflows", str(_WORKFLOW)],
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_workflow_makes_the_same_targets(job):
    steps = re.findall(r"^step (?:make )?([a-z-]+)$", _SCRIPT, re.M)

    assert steps
    assert _values(job, "step") == steps
    assert "make ${{ matrix.step }}" in [step.get("run") for step in job["steps"]]


def test_the_workflow_installs_the_same_packages(job):
    packages = re.findall(r"missing\+=\((\S+)\)", _SCRIPT)

    assert sorted(_values(job, "packages")) == sorted(packages)


def test_the_workflow_has_every_python_of_the_environments(job):
    with open(_ROOT / "environments.toml", "rb") as file:
        environments = tomllib.load(file).values()
    (install,) = [
        line.strip()
        for step in job["steps"]
        for line in step.get("run", "").splitlines()
        if "uv python install" in line
    ]
    # The command, without what installs.
    listed = subprocess.check_output(
        ["bash", "-c", install.replace("uv python install", "echo")],
        cwd=_ROOT,
        text=True,
    )

    assert set(listed.split()) == {each["python"] for each in environments}


def test_the_workflow_compares_the_compatibility_table(job):
    (table,) = re.findall(r"^ *local table=\((.+)\)$", _SCRIPT, re.M)
    check = f"git diff --exit-code -- {table}"

    steps = [step for step in job["steps"] if step.get("run") == check]
    assert [step["if"] for step in steps] == ["matrix.step == 'compat'"]
