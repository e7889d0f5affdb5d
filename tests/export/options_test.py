"""Tests the options of an export, and the public function that takes them."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from efficientnet_hub import option_fields
from efficientnet_hub.export import exporter, options

_CLASSES = (options.ExportOptions, options.OutputOptions)
_FIELDS = [field for each in _CLASSES for field in dataclasses.fields(each)]

for_every_option = pytest.mark.parametrize(
    "field", _FIELDS, ids=[field.name for field in _FIELDS]
)


def test_the_public_function_has_the_options_as_parameters():
    parameters = inspect.signature(exporter.export_module).parameters
    defaults = {
        field.name: inspect.Parameter.empty
        if field.default is dataclasses.MISSING
        else field.default
        for field in _FIELDS
    }

    assert {name: each.default for name, each in parameters.items()} == defaults


def test_the_public_function_passes_every_option_on(monkeypatch):
    received = []
    monkeypatch.setattr(exporter, "export", lambda *each: received.extend(each))
    values = {field.name: object() for field in _FIELDS}

    exporter.export_module(**values)

    passed = {name: value for each in received for name, value in vars(each).items()}
    assert passed == values


@for_every_option
def test_the_public_function_documents_every_option(field):
    assert f"\n  {field.name}: " in inspect.getdoc(exporter.export_module)


@for_every_option
def test_an_option_has_help_and_the_type_of_its_annotation(field):
    option = option_fields.describe(field)

    assert option.help
    assert field.type.startswith(option.type.__name__)
    if field.default not in (dataclasses.MISSING, None):
        assert type(field.default) is option.type
        assert not option.choices or field.default in option.choices
