"""Publishes a folder over another one, and gets SIGKILL before one of its renames.

    python killed_publications.py DESTINATION NUMBER

The system cannot exchange two names. NUMBER is that of the rename, from 0.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys

from efficientnet_hub.export.storage import publication, renames


def main(destination: str, number: int) -> None:
    """Publishes a folder with the file 'saved_model.pb', whose content is 'new'."""
    renames.exchange = lambda *_: False
    count = itertools.count()

    def kill(event: str, _: tuple) -> None:
        if event == "os.rename" and next(count) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with publication.staging(destination) as folder:
        staged = os.path.join(folder, "module")
        os.mkdir(staged)
        with open(os.path.join(staged, "saved_model.pb"), "w") as file:
            file.write("new")
        sys.addaudithook(kill)
        publication.publish(staged, destination, overwrite=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
