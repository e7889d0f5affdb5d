#!/bin/sh
# Prints the versions of Python and of packages for Bazel, which does not see the virtual
# environment: the bytes of a module depend on them. Bazel runs this for each build
# (.bazelrc), and builder/defs.bzl reads the output.
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
