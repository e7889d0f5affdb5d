"""The Makefile's environment has the best interpreter of the machine, or the given one.

The interpreters and uv are scripts that do what create_environment.sh needs of them.
"""

from __future__ import annotations

import collections
import os
import pathlib
import re
import shutil
import subprocess

import pytest

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_COMMANDS = ("cat", "cp", "dirname", "head", "ls", "mkdir", "rm", "sh", "touch", "tr")
_INTERPRETER = """#!/bin/sh
case "$*" in
  *_base_executable*) echo "{version} {path}" ;;
  "-m venv "*)
    mkdir -p "$3/bin"
    cp "{path}" "$3/bin/python"
    touch "$3/bin/pip" "$3/pyvenv.cfg" ;;
  "-m uv "*) {uv} && echo "$*" >> "{log}" ;;
  "-m pip "*) echo "$*" >> "{log}" ;;
esac
"""

_Result = collections.namedtuple("_Result", "status message python extra")


class _Machine:
    """A folder with the script, and a PATH with nothing but what a test adds."""

    def __init__(self, folder: pathlib.Path):
        self.clone = folder / "a clone"
        self.path = folder / "bin"
        self._log = folder / "installed"
        self.clone.mkdir()
        self.path.mkdir()
        for name in ("create_environment.sh", "setup.py", "pyproject.toml"):
            shutil.copy(str(_ROOT / name), str(self.clone / name))
        for name in _COMMANDS:
            (self.path / name).symlink_to(shutil.which(name))

    def add(
        self,
        name: str,
        version: str,
        folder: pathlib.Path | None = None,
        uv: str = "true",
    ) -> str:
        """Adds an interpreter to the PATH or to a folder, and returns its path.

        Its uv installs nothing if the command `uv` fails.
        """
        path = (folder or self.path) / name
        path.parent.mkdir(exist_ok=True)
        text = _INTERPRETER.format(version=version, path=path, log=self._log, uv=uv)
        return self.write(path, text)

    def write(self, path: pathlib.Path, script: str) -> str:
        path.write_text(script)
        path.chmod(0o755)
        return str(path)

    @property
    def installed(self) -> str:
        """The commands that installed packages in the last run, one per line."""
        return self._log.read_text()

    def make(
        self, python: str = "", venv: str = ".venv", path: str = "", **variables: str
    ) -> _Result:
        """Runs the script, and says what it installed and with which interpreter."""
        self._log.write_text("")
        finished = subprocess.run(
            [str(self.clone / "create_environment.sh"), venv, python],
            env={"PATH": path or str(self.path), **variables},
            capture_output=True,
            text=True,
        )
        extras = re.findall(r"--editable \.\[(\w+),", self.installed)
        interpreter = self.clone / venv / "bin" / "python"
        found = interpreter.read_text() if interpreter.exists() else ""
        return _Result(
            finished.returncode,
            finished.stderr,
            "".join(re.findall(r'echo "([\d.]+) ', found)),
            "".join(extras),
        )


@pytest.fixture
def machine(tmp_path) -> _Machine:
    return _Machine(tmp_path)


@pytest.mark.parametrize(
    ("versions", "chosen", "extra"),
    [
        (["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"], "3.11", "hub"),
        (["3.9", "3.10", "3.12"], "3.10", "hub"),
        (["3.12", "3.13", "3.14"], "3.13", "newest"),
        (["3.12", "3.14"], "3.12", "newest"),
    ],
)
def test_the_best_interpreter_is_chosen(versions, chosen, extra, machine):
    for version in versions:
        machine.add(f"python{version}", version)

    assert machine.make() == (0, "", chosen, extra)


@pytest.mark.parametrize(
    ("variables", "is_compiled"),
    [
        ({}, False),
        ({"PYTHONDONTWRITEBYTECODE": ""}, False),
        ({"PYTHONDONTWRITEBYTECODE": "1"}, True),
    ],
)
def test_packages_are_compiled_if_python_does_not_compile_them(
    variables, is_compiled, machine
):
    machine.add("python3.11", "3.11")

    machine.make(**variables)

    assert ("--compile-bytecode" in machine.installed) == is_compiled


def test_python3_may_be_any_of_them(machine):
    machine.add("python3", "3.10")
    machine.add("python3.13", "3.13")

    assert machine.make() == (0, "", "3.10", "hub")


def test_an_interpreter_that_does_not_run_is_passed_over(machine, tmp_path):
    # As pyenv's, which fail outside the folders that they are for.
    machine.write(machine.path / "python3.11", "#!/bin/sh\nexit 127\n")
    machine.add("python3.11", "3.11", tmp_path / "others")

    found = machine.make(path=f"{machine.path}:{tmp_path / 'others'}")

    assert found == (0, "", "3.11", "hub")


def test_uv_fetches_python_3_11(machine, tmp_path):
    machine.add("python3.13", "3.13")
    fetched = machine.add("python3.11", "3.11", tmp_path / "fetched")
    machine.write(machine.path / "uv", f"#!/bin/sh\necho {fetched}\n")

    assert machine.make() == (0, "", "3.11", "hub")


def test_without_a_network_uv_does_not_matter(machine):
    machine.add("python3.13", "3.13")
    machine.write(machine.path / "uv", "#!/bin/sh\nexit 1\n")

    found = machine.make()

    assert (found.status, found.python, found.extra) == (0, "3.13", "newest")
    assert found.message == (
        "make: uv cannot fetch Python 3.11: is there no network?\n"
    )


def test_pip_installs_if_uv_does_not_find_a_mirror(machine):
    machine.add("python3.11", "3.11", uv="echo no mirror >&2; false")

    assert machine.make() == (0, "no mirror\n", "3.11", "hub")


@pytest.mark.parametrize("version", ["2.7", "3.9", "3.14", "3.13-free-threading"])
def test_another_python_is_refused_before_anything_is_installed(version, machine):
    machine.add("python3.11", "3.11")
    path = machine.add("other", version)

    assert machine.make(path) == (
        2,
        "make: PYTHON must be a CPython 3.10 to 3.13, for which TensorFlow has "
        f"packages, found {version} {path}: choose another, as in make "
        "PYTHON=python3.11 module\n",
        "",
        "",
    )
    assert not (machine.clone / ".venv").exists()


def test_a_machine_without_a_usable_python_is_refused(machine):
    path = machine.add("python3", "3.14")

    found = machine.make()

    assert found.status == 2
    assert found.message.count("\n") == 1
    assert f"found 3.14 {path}: install Python 3.11" in found.message


def test_a_python_that_does_not_exist_is_refused(machine):
    assert machine.make("python3.11") == (
        2,
        "make: PYTHON must be a CPython 3.10 to 3.13, found 'python3.11', which does "
        "not run: is it installed?\n",
        "",
        "",
    )


def test_a_changed_interpreter_renews_the_environment(machine):
    machine.add("python3.11", "3.11")
    machine.add("python3.13", "3.13")
    machine.make()
    stale = machine.clone / ".venv" / "stale"
    stale.touch()

    assert machine.make("python3.13") == (0, "", "3.13", "newest")
    assert not stale.exists()
    # It stays until another is given.
    assert machine.make() == (0, "", "3.13", "")
    assert machine.make("python3.11") == (0, "", "3.11", "hub")


def test_a_failed_installation_with_the_wrong_python_is_renewed(machine):
    """As make left it before it knew which versions there are packages for."""
    machine.add("python3.11", "3.11")
    old = machine.clone / ".venv" / "bin"
    old.mkdir(parents=True)
    machine.add("python", "3.14", old)
    (machine.clone / ".venv" / "pyvenv.cfg").touch()

    assert machine.make() == (0, "", "3.11", "hub")


def test_changed_requirements_are_installed_into_the_same_environment(machine):
    machine.add("python3.11", "3.11")
    machine.make()
    kept = machine.clone / ".venv" / "kept"
    kept.touch()
    installed = machine.clone / ".venv" / "installed"
    assert machine.make().extra == ""

    later = installed.stat().st_mtime + 10
    os.utime(str(machine.clone / "setup.py"), (later, later))

    assert machine.make().extra == "hub"
    assert kept.exists()


def test_two_environments_do_not_clash(machine):
    machine.add("python3.11", "3.11")
    machine.add("python3.13", "3.13")
    machine.make()

    assert machine.make("python3.13", ".venv-3.13") == (0, "", "3.13", "newest")
    assert machine.make() == (0, "", "3.11", "")
    assert machine.make("python3.13", ".venv-3.13") == (0, "", "3.13", "")


def test_files_of_the_user_are_not_deleted(machine):
    machine.add("python3.11", "3.11")
    for name in ("pyvenv.cfg", "program.py"):
        (machine.clone / "mine").mkdir(exist_ok=True)
        (machine.clone / "mine" / name).touch()

    found = machine.make(venv="mine")

    assert found.status == 2
    assert found.message == (
        "make: VENV must be an environment that make created, or a new folder, found "
        "'mine', which make would delete: choose another name\n"
    )
    assert (machine.clone / "mine" / "program.py").exists()


@pytest.mark.parametrize(("extra", "name"), [("hub", "2.15.1"), ("newest", "2.21.0")])
def test_an_extra_allows_what_is_tested(extra, name):
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    from packaging import requirements

    with open(str(_ROOT / "environments.toml"), "rb") as file:
        tested = tomllib.load(file)[name]
    text = (_ROOT / "setup.py").read_text(encoding="utf-8")
    (lines,) = re.findall(rf'"{extra}": \[(.*?)\]', text, re.S)
    needed = {}
    for each in map(requirements.Requirement, re.findall(r'"(.+?)"', lines)):
        needed[each.name] = each.specifier

    assert tested["tensorflow"] in needed.pop("tensorflow")
    assert tested["tensorflow_hub"] in needed.pop("tensorflow_hub")
    for each in map(requirements.Requirement, tested["others"]):
        allowed = needed.pop(each.name)
        assert each.specifier == allowed or all(
            pin.version in allowed for pin in each.specifier
        )
    assert not needed
