"""Measures building: `efficientnet-hub export`, compared with `import tensorflow`.

Measures the seconds and the peak memory of whole processes, and the seconds of commands
that should answer immediately. This process must not import TensorFlow, see
`fresh_process.py`.
"""

from __future__ import annotations

import functools
import glob
import os
import shutil
import tempfile

import fresh_process
import paired
import part
import results

# More variants whose export must not need much more memory than the weights.
VARIANTS = (
    "efficientnet-lite0",
    "efficientnet-b0",
    "efficientnet-b7",
    "efficientnet-l2",
)
_IMPORT = ("-c", "import tensorflow")
_PROGRAM = ("-m", "efficientnet_hub")
_BAD_USAGE = 2


def main():
    """Measures, and writes the results."""
    arguments = part.arguments(__doc__)
    rounds = arguments.rounds or 7
    checkpoint = part.checkpoint(arguments.work)
    export = functools.partial(_export, part.MODEL, checkpoint)
    variants = {
        model: functools.partial(_export, model, "random") for model in VARIANTS
    }
    measured = {
        "export": _beside_import({"export": export}, rounds, warm_up=1),
        "variants": _beside_import(variants, rounds=1, warm_up=0),
        "answers": _answers(part.module(arguments.work), rounds),
    }
    results.write(arguments.output, "building", measured)


def _beside_import(exports, rounds, warm_up):
    peers = dict({"import": _import_tensorflow}, **exports)
    return paired.in_turns(peers, rounds, warm_up)


def _import_tensorflow():
    return _cost(fresh_process.run(_IMPORT))


def _export(model, weights):
    """Exports a module and deletes it; returns seconds, memory and bytes of weights."""
    folder = tempfile.mkdtemp()
    try:
        output = os.path.join(folder, model)
        flags = ["--model=" + model, "--weights=" + weights, "--output=" + output]
        cost = _cost(fresh_process.run([*_PROGRAM, "export", *flags]))
        (weights_file,) = glob.glob(os.path.join(output, "variables", "*.data-*"))
        return dict(cost, weights_bytes=os.path.getsize(weights_file))
    finally:
        shutil.rmtree(folder)


def _cost(run):
    return {"seconds": run.seconds, "peak_bytes": run.peak_bytes}


def _answers(module, rounds):
    """Returns the seconds of commands that do not need TensorFlow."""
    wrong = ["export", "--model=efficientnet-b99", "--weights=random", "--output=x"]
    commands = {
        "--help": (["--help"], 0),
        "usage error": (wrong, _BAD_USAGE),
        "inspect": (["inspect", module], 0),
    }
    return paired.in_turns(
        {
            name: functools.partial(_seconds, command, exit_status)
            for name, (command, exit_status) in commands.items()
        },
        rounds,
    )


def _seconds(command, exit_status):
    return fresh_process.run([*_PROGRAM, *command], exit_status).seconds


if __name__ == "__main__":
    main()
