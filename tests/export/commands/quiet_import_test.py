"""TensorFlow's own log lines on an import are hidden, and nothing else is."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub.tests.export.commands import program

_LOG = (
    "WARNING: All log messages before absl::InitializeLog() is called are written\n"
    "I0000 00:00:1795670306.757046    2170 port.cc:153] oneDNN custom operations\n"
    "W0000 00:00:1795670306.757385    2170 cudart_stub.cc:31] Could not find\n"
)
_OTHER = "E0000 00:00:1795670306.757385    2170 x.cc:31] An error\nanother line\n"


@pytest.fixture(scope="module", name="environment")
def _environment(tmp_path_factory) -> dict[str, str]:
    """A TensorFlow that writes log lines, and is too old."""
    folder = tmp_path_factory.mktemp("logging")
    (folder / "tensorflow").mkdir()
    (folder / "tensorflow" / "__init__.py").write_text(
        f"import os\nos.write(2, {(_LOG + _OTHER).encode()!r})\n__version__ = '1.9.0'\n"
    )
    paths = [str(folder), os.environ.get("PYTHONPATH")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


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
