"""TensorFlow is imported without its log lines, and with fast operations if asked."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest

from efficientnet_hub import onednn
from efficientnet_hub.tests.export.commands import program

_SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "modules" / "samples"
_LOG = (
    "WARNING: All log messages before absl::InitializeLog() is called are written\n"
    "I0000 00:00:1795670306.757046    2170 port.cc:153] oneDNN custom operations\n"
    "W0000 00:00:1795670306.757385    2170 cudart_stub.cc:31] Could not find\n"
)
_OTHER = "E0000 00:00:1795670306.757385    2170 x.cc:31] An error\nanother line\n"


def _install(folder: pathlib.Path, source: str) -> dict[str, str]:
    """Returns the environment of a process that imports a source as TensorFlow."""
    (folder / "tensorflow").mkdir()
    (folder / "tensorflow" / "__init__.py").write_text(source)
    paths = [str(folder), os.environ.get("PYTHONPATH")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


@pytest.fixture(scope="module", name="environment")
def _environment(tmp_path_factory) -> dict[str, str]:
    """A TensorFlow that writes log lines, and is too old."""
    return _install(
        tmp_path_factory.mktemp("logging"),
        f"import os\nos.write(2, {(_LOG + _OTHER).encode()!r})\n"
        "__version__ = '1.9.0'\n",
    )


@pytest.mark.parametrize("is_verbose", [False, True])
def test_log_lines_are_hidden_unless_they_are_asked_for(
    is_verbose, environment, module
):
    finished = program.run(
        *("verify", module.directory, *(["--verbosity=1"] if is_verbose else [])),
        **environment,
    )

    assert finished.returncode == 2
    start = _LOG + _OTHER if is_verbose else _OTHER
    assert finished.stderr.startswith(start + "efficientnet-hub: error: building")


def test_the_environment_may_ask_for_log_lines(environment, module):
    finished = program.run(
        "verify", module.directory, TF_CPP_MIN_LOG_LEVEL="0", **environment
    )

    assert finished.stderr.startswith(_LOG + _OTHER)


@pytest.mark.parametrize("chosen", [None, "0"])
@pytest.mark.parametrize("command", ["classify", "embed", "evaluate", "verify"])
def test_commands_for_many_images_select_fast_operations_unless_the_user_chooses(
    command, chosen, module, tmp_path, monkeypatch
):
    monkeypatch.delenv(onednn.VARIABLE, raising=False)
    environment = _install(
        tmp_path,
        f"import os\nraise ImportError(os.environ.get({onednn.VARIABLE!r}, 'unset'))",
    )
    if chosen is not None:
        environment[onednn.VARIABLE] = chosen
    images = tmp_path / "images"
    (images / "class").mkdir(parents=True)
    image = shutil.copy(_SAMPLES / "chelsea.jpg", images / "class")
    arguments = {
        "classify": [image],
        "embed": [f"--images={images}", f"--output={tmp_path / 'table.npz'}"],
        "evaluate": [f"--images={images}"],
        "verify": [],
    }[command]

    sentence = program.refusal(command, module.directory, *arguments, **environment)

    default = "unset" if command == "verify" else "1"
    assert f"which cannot be imported ({chosen or default})" in sentence
