"""Packages that are missing or too old are reported in one sentence."""

from __future__ import annotations

import sys
import types

import pytest

from efficientnet_hub import dependencies, errors


def _install(monkeypatch, name, **attributes):
    """Replaces a package by an empty one with some attributes."""
    package = types.ModuleType(name)
    vars(package).update(attributes)
    monkeypatch.setitem(sys.modules, name, package)
    return package


def _get_error(function, *args) -> str:
    with pytest.raises(errors.DependencyError) as caught:
        function(*args)
    return str(caught.value)


@pytest.mark.parametrize("version", ["1.15.0", "1.15.5", "2.15.1", "2.21.0-rc1"])
def test_tensorflow_1_15_and_newer_build(monkeypatch, version):
    package = _install(monkeypatch, "tensorflow", __version__=version)

    assert dependencies.tensorflow() is package


@pytest.mark.parametrize("version", ["1.14.0", "1.9.0", "0.12.1"])
def test_an_older_tensorflow_is_refused(monkeypatch, version):
    _install(monkeypatch, "tensorflow", __version__=version)

    assert _get_error(dependencies.tensorflow) == (
        f"building modules needs TensorFlow 1.15 or newer, found {version}: "
        "it can load modules that another TensorFlow built"
    )


def _write_package(folder, name, version) -> None:
    """Writes a TensorFlow that cannot be imported, and the metadata of its package."""
    (folder / "tensorflow").mkdir()
    (folder / "tensorflow" / "__init__.py").write_text("raise AssertionError")
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A folder of packages, the only one that has a TensorFlow."""
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


@pytest.mark.parametrize("name", ["tensorflow", "tensorflow-cpu", "tensorflow-gpu"])
def test_the_version_is_that_of_the_package(packages, name):
    _write_package(packages, name, "2.15.1")

    assert dependencies.tensorflow_version() == "2.15.1"
    assert "tensorflow" not in sys.modules


def test_the_package_of_an_older_tensorflow_is_refused(packages):
    _write_package(packages, "tensorflow", "1.14.0")

    assert "found 1.14.0" in _get_error(dependencies.tensorflow_version)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("tensorflow", "2.16.0rc0"),
        ("tensorflow", "2.15.0+nv23.11"),
        ("other", "2.15.0"),
    ],
)
def test_the_package_of_another_build_does_not_say_the_version(packages, name, version):
    _write_package(packages, name, version)

    assert dependencies.find_tensorflow_version() is None


def test_the_package_of_a_hidden_tensorflow_does_not_say_the_version(
    packages, monkeypatch
):
    _write_package(packages, "tensorflow", "2.15.1")
    (packages / "first" / "tensorflow").mkdir(parents=True)
    (packages / "first" / "tensorflow" / "__init__.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(packages / "first"), str(packages)])

    assert dependencies.find_tensorflow_version() is None


def test_a_tensorflow_that_is_imported_says_its_version(monkeypatch):
    _install(monkeypatch, "tensorflow", __version__="2.16.0-rc0")

    assert dependencies.tensorflow_version() == "2.16.0-rc0"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            dependencies.tensorflow,
            "building and running modules needs the package 'tensorflow', which is "
            "missing: pip install 'efficientnet-hub[tf]'",
        ),
        (
            dependencies.tensorflow_hub,
            "loading modules needs the package 'tensorflow_hub', which is missing: "
            "pip install 'efficientnet-hub[hub]'",
        ),
    ],
    ids=["tensorflow", "tensorflow_hub"],
)
def test_a_missing_package_is_reported_with_the_extra_that_installs_it(
    monkeypatch, function, message
):
    monkeypatch.setitem(sys.modules, function.__name__, None)

    assert _get_error(function) == message


def test_a_missing_protobuf_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.protobuf", None)

    message = _get_error(dependencies.protobuf)

    assert message.startswith(
        "reading modules needs the package 'protobuf', which cannot be imported ("
    )
    assert message.endswith("): pip install protobuf")


def test_protobuf_is_returned():
    assert dependencies.protobuf() is sys.modules["google.protobuf"]


def test_the_missing_package_may_be_one_that_the_package_imports(monkeypatch, tmp_path):
    (tmp_path / "invented_viewer.py").write_text("import invented_codec\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    message = _get_error(
        dependencies.optional, "invented_viewer", "images", "reading photographs"
    )

    assert message == (
        "reading photographs needs the package 'invented_codec', which is missing: "
        "pip install 'efficientnet-hub[images]'"
    )


def test_an_installed_package_is_returned():
    assert dependencies.optional("json", "x", "y") is sys.modules["json"]


def test_an_older_tensorflow_hub_has_hub_module(monkeypatch):
    package = _install(
        monkeypatch, "tensorflow_hub", __version__="0.15.0", Module=object
    )

    assert dependencies.has_hub_module()
    assert dependencies.tensorflow_hub_with_module() is package


def test_a_newer_tensorflow_hub_has_no_hub_module(monkeypatch):
    _install(monkeypatch, "tensorflow_hub", __version__="0.16.1")

    assert not dependencies.has_hub_module()
    assert _get_error(dependencies.tensorflow_hub_with_module) == (
        "hub.Module needs tensorflow_hub older than 0.16 and TensorFlow older than "
        "2.16, found tensorflow_hub 0.16.1: pip install 'efficientnet-hub[hub]'"
    )


def test_without_tensorflow_hub_there_is_no_hub_module(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_hub", None)

    assert not dependencies.has_hub_module()
