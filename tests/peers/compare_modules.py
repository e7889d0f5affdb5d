"""Exports each saved model by the command line, and compares its module with it.

Needs the package, TensorFlow 2.15 and tensorflow_hub. Writes the results as JSON, and
exits with status 1 if an export fails or a module differs from its library.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading

import cases
import numpy as np
import peer_program
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

# An export is mostly one thread of Python.
_EXPORTS_AT_A_TIME = 2
_running = threading.Lock()


class _FailedExportError(Exception):
    """The command line did not export a model."""


def main() -> None:
    arguments = peer_program.parse_arguments(__doc__)
    work = pathlib.Path(arguments.work).resolve()
    selected = [case for case in cases.CASES if arguments.all or case.always]
    with concurrent.futures.ThreadPoolExecutor(_EXPORTS_AT_A_TIME) as pool:
        futures = [pool.submit(_try_case, case, work) for case in selected]
        results = [future.result() for future in futures]
    failures = [result for result in results if "failure" in result]
    measured = [result for result in results if "failure" not in result]
    (work / "results.json").write_text(json.dumps(measured), encoding="utf-8")
    for result in failures:
        print(f"{result['name']}: {result['failure']}")
    print(f"{len(measured)} of {len(results)} modules agree with their libraries")
    sys.exit(1 if failures or not measured else 0)


def _try_case(case: cases.Case, work: pathlib.Path) -> dict:
    """Returns what the table says about a case, or its failure."""
    result = {
        "name": case.name,
        "library": case.library,
        "architecture": case.architecture,
        "kind": case.kind,
        "variant": case.variant,
        "form": case.form,
        "flags": list(case.flags),
    }
    try:
        result.update(_measure(case, work))
    except _FailedExportError as error:
        return {**result, "failure": f"the export failed: {error}"}
    greatest = max(result["differences"].values())
    print(f"{case.name}: {greatest:.1e}", flush=True)
    if not greatest <= cases.LIMIT:  # Or it is NaN.
        return {**result, "failure": f"differs by {result['differences']}"}
    if not result["contrast"] >= cases.LEAST_CONTRAST:
        return {**result, "failure": f"photographs differ by {result['contrast']}"}
    return result


def _measure(case: cases.Case, work: pathlib.Path) -> dict:
    module = work / "modules" / case.name
    _export(case, str(work), module)
    differences = {}
    with np.load(case.outputs_path(str(work))) as outputs:
        version = str(outputs["version"])
        images = [
            np.load(cases.pixels_path(str(work), size)) for size in case.image_sizes
        ]
        with _running:
            found = _run(module, images)
        for size, each in zip(case.image_sizes, found):
            expected = outputs[cases.name_size(size)]
            difference = np.abs(each - expected).max() / expected.std()
            differences[cases.name_size(size)] = float(f"{difference:.2g}")
        contrast = (expected[0] - expected[1]).std() / expected.std()
    shutil.rmtree(module)
    return {
        "version": version,
        "differences": differences,
        "contrast": float(f"{contrast:.2g}"),
    }


def _export(case: cases.Case, work: str, module: pathlib.Path) -> None:
    command = [
        peer_program.find_command(),
        "export",
        f"--model={case.variant}",
        f"--weights={case.saved_path(work)}",
        f"--output={module}",
        "--overwrite",
        *case.flags,
    ]
    os.makedirs(module.parent, exist_ok=True)
    process = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if process.returncode:
        raise _FailedExportError(process.stdout.strip().splitlines()[-1])


def _run(module: pathlib.Path, images: list[np.ndarray]) -> list[np.ndarray]:
    """Returns what a module says of each batch of images: logits or features."""
    with tf.Graph().as_default(), tf.Session() as session:
        pixels = tf.placeholder(tf.float32, [None, None, None, 3])
        outputs = hub.Module(str(module))(pixels)
        session.run(tf.global_variables_initializer())
        return [session.run(outputs, {pixels: batch}) for batch in images]


if __name__ == "__main__":
    main()
