"""HDF5 files are read in a process. However it ends, the error is a sentence."""

from __future__ import annotations

import os
import pathlib
import threading

import pytest

from efficientnet_hub.export.weights.containers import hdf5_process
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights.containers import hdf5_reading

# Copies of what h5py writes, each with one damaged place.
_DAMAGED = pathlib.Path(__file__).parents[3] / "testdata" / "hdf5"


def test_a_file_at_which_the_library_hangs_or_crashes_is_refused(monkeypatch):
    monkeypatch.setattr(hdf5_process, "_MIN_SECONDS", 1)
    # HDF5 2.0.0 does not end at one of them, and 1.10.4 crashes at the other.
    for name in ("endless", "crash"):
        assert "damaged" in hdf5_reading.refusal(_DAMAGED / f"{name}.h5")


def _replace_reader(monkeypatch, code: str) -> None:
    """Makes the process run code after it has started."""
    program = (
        "import os, sys; sys.path[:] = sys.argv[4:]\n"
        "from efficientnet_hub.export.weights.containers import hdf5_reply\n"
        f"out = sys.stdout.buffer; hdf5_reply.write_start(out)\n{code}"
    )
    monkeypatch.setattr(hdf5_process, "_PROGRAM", program)


_DESCRIPTION = (
    "hdf5_reply.write_description(out, {{'a': ('<f4', {shape})}}, {{}}, {{}})"
)


@pytest.mark.parametrize(
    ("code", "found"),
    cases.slow_after(
        4,
        [
            ("os.abort()", "what makes the HDF5 library fail (exit status -6)"),
            ("os._exit(3)", "what makes the HDF5 library fail (exit status 3)"),
            (
                "import signal; os.kill(os.getpid(), signal.SIGXCPU)",
                "what takes the HDF5 library more than 3 seconds",
            ),
            ("out.write(bytes(100)); out.flush()", "the HDF5 library fail"),
            (
                "out.write(b'D' + bytes([255] * 8)); out.flush()",
                "the HDF5 library fail",
            ),
            ("hdf5_reply._write(out, b'D', b'[')", "the HDF5 library fail"),
            ("hdf5_reply._write(out, b'D', b'{}')", "the HDF5 library fail"),
            ("hdf5_reply._write(out, b'R', b'[1]')", "the HDF5 library fail"),
            (_DESCRIPTION.format(shape=(-1,)), "the HDF5 library fail"),
            (_DESCRIPTION.format(shape=(2**40,)), "the HDF5 library fail"),
            (_DESCRIPTION.format(shape=33 * (1,)), "the HDF5 library fail"),
            (_DESCRIPTION.format(shape=("a",)), "the HDF5 library fail"),
            (
                _DESCRIPTION.format(shape=(2,))
                + "\nhdf5_reply._write(out, b'A', b'a')",
                "the HDF5 library fail",
            ),
        ],
    ),
)
def test_whatever_the_process_does_is_a_sentence(code, found, path, file, monkeypatch):
    file["a"] = hdf5_reading.ONES
    _replace_reader(monkeypatch, code)

    assert found in hdf5_reading.refusal(file)


def test_a_process_that_waits_is_ended(path, file, monkeypatch):
    monkeypatch.setattr(hdf5_process, "_MIN_SECONDS", 1)
    monkeypatch.setattr(hdf5_process, "_MOST_WAITING", 1)
    _replace_reader(monkeypatch, "import time; time.sleep(1000)")

    assert "takes the HDF5 library more than 1 seconds" in hdf5_reading.refusal(file)


def test_a_process_that_does_not_start_is_a_fault_of_this_program(
    path, file, monkeypatch
):
    file.close()
    monkeypatch.setattr(hdf5_process, "_MODULE", "efficientnet_hub.missing")

    with pytest.raises(RuntimeError, match=r"No module named .efficientnet_hub\.miss"):
        hdf5_reading.read(path)


def test_the_process_opens_nothing_but_the_file(path, file, monkeypatch):
    # The limit that the reader sets before it reads.
    file["a"] = hdf5_reading.ONES
    file.close()
    _replace_reader(
        monkeypatch,
        "from efficientnet_hub.export.weights.containers import hdf5_reader\n"
        "def read(*_):\n"
        "    open('/etc/passwd')\n"
        "hdf5_reader._write_contents = read\n"
        "hdf5_reply.write_start = lambda _: None\n"
        "hdf5_reader.main(3, 1000)",
    )

    assert "Too many open files" in hdf5_reading.refusal(path)


def test_nothing_is_left_of_the_process(path, file):
    file["a"] = hdf5_reading.ONES
    file.close()
    before = set(os.listdir("/proc/self/fd")), threading.active_count()

    hdf5_reading.read(path)
    hdf5_reading.refusal(_DAMAGED / "crash.h5")

    assert (set(os.listdir("/proc/self/fd")), threading.active_count()) == before


def test_a_file_named_as_a_module_beside_the_user_is_not_run(
    path, file, tmp_path, monkeypatch
):
    file["a"] = hdf5_reading.ONES
    file.close()
    (tmp_path / "h5py.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(tmp_path)

    assert list(hdf5_reading.read(path).arrays) == ["a"]
