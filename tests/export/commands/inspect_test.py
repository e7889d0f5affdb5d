"""Tests `inspect`: what it prints, and that it needs no TensorFlow."""

from __future__ import annotations

import sys

import pytest

from efficientnet_hub.export import inspection
from efficientnet_hub.export.commands import main
from efficientnet_hub.tests import fresh_process
from efficientnet_hub.tests.export.commands import program


@pytest.mark.parametrize("form", ["directory", "archive"])
def test_inspect_tells_what_a_module_is(form, module, unwanted_tensorflow):
    described = inspection.inspect_module(module.directory)

    printed = program.output("inspect", getattr(module, form), **unwanted_tensorflow)

    assert printed == described + "\n"


def test_inspect_imports_neither_tensorflow_nor_numpy(module):
    printed = fresh_process.run(
        "import sys\n"
        "from efficientnet_hub.export.commands import main\n"
        f"status = main.main(main.parse(['', 'inspect', {module.directory!r}]))\n"
        "print(status, {'tensorflow', 'numpy'} & set(sys.modules))"
    )

    assert printed.splitlines()[-1] == "0 set()"


def test_inspect_refuses_what_is_no_module(tmp_path, unwanted_tensorflow):
    assert "found no file tfhub_module.pb in it" in program.refusal(
        "inspect", tmp_path, **unwanted_tensorflow
    )


def test_inspect_needs_protobuf(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "google.protobuf", None)

    assert main.main(main.parse(["", "inspect", "module"])) == 2

    sentence = capsys.readouterr().err
    assert "error: reading modules needs the package 'protobuf'" in sentence


def test_the_argument_reaches_the_inspection(monkeypatch, capsys):
    monkeypatch.setattr(inspection, "inspect_module", lambda module: f"{module}!")

    assert main.main(main.parse(program.argv("inspect", {"module": "module"}))) == 0

    assert capsys.readouterr().out == "module!\n"
