"""pytest files as Bazel tests."""

def pytest_test(name, src, deps = [], data = [], size = "medium", **kwargs):
    """Runs one pytest file.

    Args:
      name: the target's name.
      src: the test file.
      deps: the libraries it imports or, in a subprocess, runs.
      data: the files it opens.
      size: the time limit: small is 1 minute, medium 5, large 15.
      **kwargs: further attributes of py_test.
    """
    native.py_test(
        name = name,
        size = size,
        srcs = [
            src,
            "//bazel:pytest_main.py",
        ],
        main = "//bazel:pytest_main.py",
        args = ["$(rootpath %s)" % src],
        # The settings of pytest.
        data = data + ["//:pyproject.toml"],
        # Without the root __init__.py, Python would prefer a copy of
        # efficientnet_hub installed in the venv to the one under test.
        deps = deps + ["//:init"],
        **kwargs
    )
