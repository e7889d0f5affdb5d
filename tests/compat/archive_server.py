"""`efficientnet-hub serve`, with a published archive, as another program.

It runs from the wheel, so that the package is not installed where a consumer is.
"""

import contextlib
import os
import re
import subprocess
import sys

_VERSION = "google/efficientnet/b0/classification/1"


def archive_file(folder):
    """Returns where a builder puts the archive: where a collection has it."""
    return os.path.join(_published(folder), *_VERSION.split("/")) + ".tar.gz"


def _published(folder):
    return os.path.join(folder, "published")


@contextlib.contextmanager
def serving(folder, wheel):
    """Serves what a builder wrote to a folder; gives the module's address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "efficientnet_hub"]
        + ["serve", _published(folder), "--port=0"],
        env=dict(os.environ, PYTHONPATH=wheel),
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    try:
        yield re.search(r"http://\S+", server.stdout.readline()).group() + _VERSION
    finally:
        server.terminate()
        server.communicate()
