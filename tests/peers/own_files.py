"""Makes modules and checkpoints of the weights of timm, to export them again.

Needs the package, and the files that the programs of the libraries wrote.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile

import cases
import numpy as np
import peer_program

import efficientnet_hub

_SAVED_MODEL = "--format=savedmodel"


def main() -> None:
    arguments = peer_program.parse_arguments(__doc__)
    work = os.path.abspath(arguments.work)
    for case in cases.select((cases.OWN,), arguments.all):
        folder = os.path.join(work, "saved", case.name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        _MAKERS[case.form](cases.OWN_SOURCE.saved_path(work), case.saved_path(work))
        with np.load(cases.OWN_SOURCE.outputs_path(work)) as outputs:
            expected = {key: outputs[key] for key in outputs if key != "version"}
        version = efficientnet_hub.__version__
        peer_program.write_outputs(case, work, version, expected)


def _make_module(source: str, path: str, *options: str) -> None:
    _run("export", f"--weights={source}", f"--output={path}", *options)


def _make_module_archive(source: str, path: str, *options: str) -> None:
    _make_module(source, path + ".folder", f"--archive={path}", *options)


def _make_saved_model(source: str, path: str) -> None:
    _make_module(source, path, _SAVED_MODEL)


def _make_saved_model_archive(source: str, path: str) -> None:
    _make_module_archive(source, path, _SAVED_MODEL)


def _make_checkpoint(source: str, path: str) -> None:
    _run("convert", "--to=checkpoint", source, path)


def _make_checkpoint_prefix(source: str, path: str) -> None:
    _make_checkpoint(source, os.path.dirname(path))


def _make_checkpoint_archive(source: str, path: str) -> None:
    folder = path[: -len(".tar.gz")]
    _make_checkpoint(source, folder)
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, "checkpoint")
    shutil.rmtree(folder)


def _run(command: str, *options: str) -> None:
    model = f"--model={cases.OWN_SOURCE.variant}"
    subprocess.run([peer_program.find_command(), command, model, *options], check=True)


_MAKERS = {
    "module": _make_module,
    "module_archive": _make_module_archive,
    "saved_model": _make_saved_model,
    "saved_model_archive": _make_saved_model_archive,
    "checkpoint": _make_checkpoint,
    "checkpoint_prefix": _make_checkpoint_prefix,
    "checkpoint_archive": _make_checkpoint_archive,
}


if __name__ == "__main__":
    main()
