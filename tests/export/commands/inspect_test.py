"""Tests `inspect`: what it prints, and that it needs no TensorFlow."""

from __future__ import annotations

import json
import sys

import pytest

from efficientnet_hub.export import inspection
from efficientnet_hub.export.commands import main
from efficientnet_hub.tests import fresh_process
from efficientnet_hub.tests.export.commands import program


@pytest.mark.parametrize("form", ["directory", "archive"])
def test_inspect_tells_what_a_module_is(form, module, unwanted_tensorflow):
    described = str(inspection.inspect_module(module.directory))

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


def test_the_description_is_one_json_document(module, unwanted_tensorflow):
    printed = program.output("inspect", module.archive, "--json", **unwanted_tensorflow)

    found = json.loads(printed)
    assert (found["schema"], found["command"]) == (1, "inspect")
    assert found["facts"]["model"] == "efficientnet-b0"
    assert found["image_size"] == [32, 32]
    inference, train = found["graphs"][:2]
    assert (inference["tags"], train["tags"]) == ([], ["train"])
    assert inference["signatures"]["default"]["inputs"] == {
        "images": {"dtype": "float32", "shape": [None, None, None, 3]}
    }
    assert sum(inference["ops"].values()) > 100


def test_the_argument_reaches_the_inspection(monkeypatch, capsys):
    monkeypatch.setattr(inspection, "inspect_module", lambda module: f"{module}!")

    assert main.main(main.parse(["", "inspect", "module"])) == 0

    assert capsys.readouterr().out == "module!\n"
