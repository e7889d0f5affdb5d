"""`efficientnet-hub serve`, with a published archive, as another program.

It runs with another Python than a consumer, which does not have the package installed.
"""

import contextlib
import os
import re
import subprocess

_VERSION = "google/efficientnet/b0/classification/1"


def archive_file(folder):
    """Returns where a builder puts the archive: where a collection has it."""
    return os.path.join(_published(folder), *_VERSION.split("/")) + ".tar.gz"


def _published(folder):
    return os.path.join(folder, "published")


@contextlib.contextmanager
def serving(folder, python):
    """Serves what a builder wrote, by a Python with this package; gives the address."""
    server = subprocess.Popen(
        [python, "-m", "efficientnet_hub", "serve", _published(folder), "--port=0"],
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    try:
        yield re.search(r"http://\S+", server.stdout.readline()).group() + _VERSION
    finally:
        server.terminate()
        server.communicate()
