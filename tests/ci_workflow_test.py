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


def _values(job: dict, key: str) -> dict[str, str]:
    """Returns what the entries of the matrix have for a key, by their steps."""
    entries = job["strategy"]["matrix"]["include"]
    return {entry["step"]: entry[key] for entry in entries if key in entry}


def _steps() -> list[str]:
    """Returns the arguments of make in the steps of .ci/run, and other commands."""
    return re.findall(r"^step (?:make )?(.+)$", _SCRIPT, re.M)


def test_the_workflow_matches_the_schema():
    command = [sys.executable, "-m", "check_jsonschema"]
    checked = subprocess.run(
        [*command, "--builtin-schema", "vendor.github-workflows", str(_WORKFLOW)],
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_workflow_makes_the_same_targets(job):
    steps = [step for step in _steps() if not step.endswith(("_packages", "_table"))]

    assert steps
    assert list(_values(job, "step")) == steps
    assert "make ${{ matrix.step }}" in [step.get("run") for step in job["steps"]]


def test_ci_makes_a_module_on_a_python_without_hub_module():
    other = [step for step in _steps() if step.startswith("module ")]

    assert other == ["module VENV=.venv-3.13 PYTHON=python3.13"]
    assert {"module", "test"} <= set(_steps())


def test_the_workflow_installs_the_same_packages(job):
    packages = re.findall(r"missing\+=\((\S+)\)", _SCRIPT)

    installed = " ".join(_values(job, "packages").values())
    assert sorted(installed.split()) == sorted(packages)


def test_the_workflow_has_the_pythons_of_each_step(job):
    with open(_ROOT / "environments.toml", "rb") as file:
        environments = tomllib.load(file).values()
    (step,) = [
        step for step in job["steps"] if "uv python install" in step.get("run", "")
    ]
    assert step["if"] == "matrix.pythons"

    listed = {}
    for name, pythons in _values(job, "pythons").items():
        assert "uv python install ${{ matrix.pythons }}" in step["run"]
        # The command, without what installs.
        command = ["bash", "-c", f"echo {pythons}"]
        output = subprocess.check_output(command, cwd=_ROOT, text=True)
        listed[name] = set(output.split())

    given = {
        name: set(re.findall(r"PYTHON=python([\d.]+)", name))
        for name in _steps()
        if "PYTHON=" in name
    }
    tested = {each["python"] for each in environments}
    assert listed == dict(given, compat=tested)


def test_the_workflow_compares_the_compatibility_table(job):
    (table,) = re.findall(r"^ *local table=\((.+)\)$", _SCRIPT, re.M)
    check = f"git diff --exit-code -- {table}"

    steps = [step for step in job["steps"] if step.get("run") == check]
    assert [step["if"] for step in steps] == ["matrix.step == 'compat'"]
