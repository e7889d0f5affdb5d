"""The key of a cell of the table: all that decides its result.

`cells.json` has the key and the result of each cell of the committed table. A cell with
the same key has the same result, and need not run again.
"""

import hashlib
import json
import os
import platform

import compatibility_table

_PROGRAMS = os.path.dirname(os.path.abspath(__file__))
# What they decide is in the bytes of the modules, or in no cell.
_OF_OTHER_SESSIONS = (
    "build_modules.py",
    "finetune_photographs.py",
    "finetune_saved_model.py",
    "reexport_module.py",
    "repackage_exports.py",
    "republish_checkpoint.py",
)


def compute_key(modules, packages):
    """Returns the key of a cell, in the Python that uses the modules.

    Args:
      modules: the folder of the builder's modules.
      packages: the lines of `pip freeze` in this environment.
    """
    programs = {
        name: digest
        for name, digest in compatibility_table.compute_digests(_PROGRAMS).items()
        if name.endswith(".py")
        and not name.endswith("_test.py")
        and name not in _OF_OTHER_SESSIONS
    }
    inputs = {
        "python": platform.python_version(),
        "packages": sorted(packages),
        "programs": programs,
        "modules": compatibility_table.compute_digests(modules),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
