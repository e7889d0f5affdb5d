"""TensorFlow is imported without the packages that no command uses."""

from __future__ import annotations

import gc
import sys

import pytest

from efficientnet_hub import dependencies, errors
from efficientnet_hub.export import fast_import
from efficientnet_hub.tests import fresh_process

_PROGRAM = """
import gc, sys
from efficientnet_hub.export import fast_import

tf = fast_import.tensorflow()
print([name for name in ("pandas", "scipy") if name in sys.modules])
import pandas
import scipy.ndimage
print(pandas.Series([2, 3]).sum(), scipy.ndimage.shift([0, 3], 1)[1])
print(gc.isenabled(), gc.get_freeze_count() > 0)
print(float(tf.keras.layers.Dense(1, kernel_initializer="ones")(tf.ones([1, 4]))[0, 0]))
"""


def test_pandas_and_scipy_are_not_imported_with_tensorflow_but_can_be_later():
    printed = fresh_process.run(_PROGRAM).splitlines()

    assert printed == ["[]", "5 0", "True True", "4.0"]


def test_an_import_that_fails_leaves_python_as_it_was(monkeypatch):
    def fail():
        raise errors.DependencyError("TensorFlow is broken")

    monkeypatch.setattr(dependencies, "tensorflow", fail)
    for package in ("tensorflow", "pandas", "scipy"):
        monkeypatch.delitem(sys.modules, package, raising=False)
    thresholds = gc.get_threshold()

    with pytest.raises(errors.DependencyError):
        fast_import.tensorflow()

    assert not {"pandas", "scipy"} & set(sys.modules)
    assert gc.isenabled()
    assert gc.get_threshold() == thresholds
