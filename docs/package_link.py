"""Lets mkdocstrings read the sources under the package's name.

The root of the repository is the package `efficientnet_hub`, in a folder with any
name. This hook of mkdocs.yml makes a temporary folder `efficientnet_hub` with
links to the sources.
"""

from __future__ import annotations

import pathlib
import tempfile

from mkdocs import plugins

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_PACKAGE = "efficientnet_hub"
_NOT_IN_PACKAGE = ("noxfile.py", "setup.py")

_folders: list[tempfile.TemporaryDirectory] = []


# Before mkdocstrings reads its options.
@plugins.event_priority(100)
def on_config(config):
    """Makes the links, and adds their folder to the search path of mkdocstrings."""
    folder = tempfile.TemporaryDirectory()
    _folders.append(folder)
    package = pathlib.Path(folder.name) / _PACKAGE
    package.mkdir()
    modules = [path for path in _ROOT.glob("*.py") if path.name not in _NOT_IN_PACKAGE]
    packages = [path.parent for path in _ROOT.glob("*/__init__.py")]
    for path in [*modules, *packages]:
        (package / path.name).symlink_to(path)
    handlers = config.plugins["mkdocstrings"].config.handlers
    handlers["python"]["paths"] = [folder.name]
    return config


def on_shutdown():
    """Removes the links."""
    for folder in _folders:
        folder.cleanup()
