"""Makes the interpreter of a virtual environment the Python toolchain."""

_BUILD = """\
load("@bazel_tools//tools/python:toolchain.bzl", "py_runtime_pair")

py_runtime(
    name = "runtime",
    interpreter_path = "{python}",
    python_version = "PY3",
    # Debian has no command `python`, Bazel's default.
    stub_shebang = "#!/usr/bin/env python3",
)

py_runtime_pair(
    name = "runtimes",
    py3_runtime = ":runtime",
)

toolchain(
    name = "toolchain",
    toolchain = ":runtimes",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

def _venv_repository_impl(ctx):
    workspace = ctx.path(Label("//:WORKSPACE")).dirname
    python = ctx.os.environ.get("PYTHON") or "%s/.venv/bin/python" % workspace
    if not ctx.path(python).exists:
        fail("PYTHON must be a Python interpreter, found none at " + python)
    ctx.file("BUILD", _BUILD.format(python = python))

venv_repository = repository_rule(
    implementation = _venv_repository_impl,
    environ = ["PYTHON"],
    doc = """\
The toolchain @<name>//:toolchain.

The interpreter is the absolute path in $PYTHON or, without it, the workspace's
.venv/bin/python. Its site-packages are the tests' third-party libraries.
""",
)
