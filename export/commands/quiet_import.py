"""Imports TensorFlow without the log lines that it prints on every import."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from typing import Iterator

from ... import onednn
from .. import fast_import

# Set by `main`, which sets another value if the user asks for messages.
LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
SILENT = "3"
ALL = "0"
# The log lines of Abseil below the severity of an error. New versions of TensorFlow
# print some before they read the variable.
_LOG_LINE = re.compile(rb"[IW]\d{4} \d\d:\d\d:\d+\.\d+ ")
_FIRST_LINE = b"WARNING: All log messages before absl::InitializeLog()"


def tensorflow() -> None:
    """Imports TensorFlow.

    Raises:
      errors.DependencyError: if it is missing, or older than 1.15.
    """
    if os.environ.get(LOG_LEVEL) != SILENT or "tensorflow" in sys.modules:
        fast_import.tensorflow()
    else:
        with _filter_stderr():
            fast_import.tensorflow()
    # AutoGraph imports files that it writes to the folder for temporary files. Python
    # would leave their bytecode there.
    sys.dont_write_bytecode = True


def tensorflow_for_inference() -> None:
    """Imports TensorFlow with its fast operations for inference, see `tensorflow`."""
    onednn.select()
    tensorflow()


@contextlib.contextmanager
def _filter_stderr() -> Iterator[None]:
    """Holds what the process writes to stderr, and writes it later, without log lines.

    A file holds it: the import does not let another thread empty a pipe.
    """
    sys.stderr.flush()
    real = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(real, 2)
            os.close(real)
            held.seek(0)
            for line in held:
                if not line.startswith(_FIRST_LINE) and not _LOG_LINE.match(line):
                    with contextlib.suppress(OSError):
                        os.write(2, line)
