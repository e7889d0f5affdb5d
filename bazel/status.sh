#!/bin/sh
# Tells Bazel what a module's bytes depend on that it does not see: the versions in the
# virtual environment. Run for each build (.bazelrc); builder/defs.bzl reads it.
set -eu
cd "$(dirname "$0")/.."

exec "${PYTHON:-.venv/bin/python}" - <<'END'
import platform
import runpy
import zlib
from importlib import metadata

CATALOG = runpy.run_path("export/weights/catalog.py")
PACKAGES = [record.file.package for record in CATALOG["list_packaged"]()]
PACKAGES += ["numpy", "protobuf", "tensorflow"]


def version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


print("STABLE_ENVIRONMENT_PYTHON", platform.python_version())
print("STABLE_ENVIRONMENT_ZLIB", zlib.ZLIB_RUNTIME_VERSION)
for package in PACKAGES:
    name = package.upper().replace("-", "_")
    print("STABLE_ENVIRONMENT_" + name, version(package))
END
