"""The list of modules to build: YAML, checked before anything is built."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Callable, Iterator, Sequence, Tuple

from ... import dependencies, errors, image_files, option_fields
from ...builder import module_config, tasks
from .. import exporter
from .. import options as options_lib
from ..storage import archive_reader
from ..weights import locations, named_weights
from . import layout

_SECTIONS = ("defaults", "modules")


@dataclasses.dataclass(frozen=True)
class Entry:
    """One module of the list.

    In the file, the options are fields beside `handle`, `version` and `samples`.

    Attributes:
      place: file and line where it starts, for messages.
      handle: publisher and name, e.g. 'google/efficientnet/b2/classification'.
      options: what determines the module. Paths are relative to the file there, and
        absolute here.
      version: at least 1.
      samples: paths of images that the page shows with their classification, in the
        order of their files' names. A feature-vector module shows none.
    """

    place: str
    handle: str
    options: options_lib.ExportOptions
    version: int = 1
    samples: Sequence[str] = ()

    @property
    def versioned_handle(self) -> str:
        """Handle and version, e.g. 'google/efficientnet/b2/classification/1'."""
        return f"{self.handle}/{self.version}"

    def config(self) -> module_config.ModuleConfig:
        """Returns the module's configuration.

        Raises:
          errors.InputError: if options are out of range or contradict each other.
        """
        config = exporter.configure(self.options)
        return dataclasses.replace(config, handle=self.versioned_handle)

    @property
    def samples_to_show(self) -> Sequence[str]:
        """The samples that the module can classify."""
        return self.samples if self.options.task == tasks.CLASSIFICATION else ()

    def files(self) -> dict[str, str]:
        """Returns the path of each file to build the module from, by a unique name.

        Raises:
          errors.InputError: if a file is missing.
        """
        named = {}
        for path in locations.files_of(self.options.weights):
            named["weights/" + os.path.basename(path)] = path
        if self.options.labels is not None:
            labels = self.options.labels
            named["labels/" + os.path.basename(labels)] = labels
        for path in self.samples_to_show:
            named["samples/" + os.path.basename(path)] = path
        return named


def from_json(fields: dict[str, Any]) -> Entry:
    """Returns the entry of which `dataclasses.asdict` made a mapping."""
    options = options_lib.ExportOptions(**fields["options"])
    return Entry(**dict(fields, options=options))


def _is_list_of_files(value: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return False
    return len(set(map(os.path.basename, value))) == len(value)


def _is_integer(value: object) -> bool:
    return type(value) is int  # True is an integer to isinstance.


# What a value must be, and whether it is.
_Rule = Tuple[str, Callable[[Any], bool]]
_OWN_RULES = {
    "handle": (
        "a publisher and a name such as 'google/efficientnet/b2/classification', whose "
        "version is a field of its own",
        lambda value: isinstance(value, str) and layout.is_handle(value),
    ),
    "version": (
        "an integer of at least 1",
        lambda value: _is_integer(value) and value >= 1,
    ),
    "samples": ("a list of paths, no two with the same file name", _is_list_of_files),
}
_TYPE_RULES = {
    int: ("an integer", _is_integer),
    bool: ("true or false", lambda value: type(value) is bool),
    str: ("text", lambda value: isinstance(value, str)),
}


def _make_rule(option: option_fields.Option) -> _Rule:
    if option.choices:
        return "one of " + ", ".join(option.choices), option.choices.__contains__
    return _TYPE_RULES[option.type]


_OPTION_FIELDS = dataclasses.fields(options_lib.ExportOptions)
_OPTIONS = {field.name: option_fields.describe(field) for field in _OPTION_FIELDS}
_RULES = {
    **_OWN_RULES,
    **{name: _make_rule(option) for name, option in _OPTIONS.items()},
}
_REQUIRED = ["handle"] + [
    field.name for field in _OPTION_FIELDS if field.default is dataclasses.MISSING
]


def read(path: str, weights: str | None = None) -> list[Entry]:
    """Reads a list of modules.

    Args:
      path: a YAML file. Its section 'modules' is a list of mappings with the fields
        `handle`, `version`, `samples` and those of `options.ExportOptions`; its section
        'defaults' is a mapping of fields that all modules share. Paths in it are
        relative to its folder.
      weights: replaces the weights of all modules; a path is relative to the current
        folder.

    Returns:
      The entries, in their order.

    Raises:
      errors.InputError: names line and field of what is wrong.
      errors.DependencyError: if PyYAML is missing.
    """
    sections = _read_sections(path)
    if "modules" not in sections:
        raise errors.InputError(
            f"{path} must have a list 'modules', found none: is it a list of modules?"
        )
    common, override = {}, {}
    if "defaults" in sections:
        common = dict(_read_fields(path, sections["defaults"]))
    if weights is not None:
        is_path = _is_path_of_weights(weights)
        override["weights"] = os.path.abspath(weights) if is_path else weights
    entries = [
        _make_entry(path, node, common, override)
        for node in _read_items(path, sections)
    ]
    _check_apart(entries)
    for entry in entries:
        _check(entry)
    return entries


def _import_yaml() -> Any:
    return dependencies.optional("yaml", "build", "reading a list of modules")


def _read_sections(path: str) -> dict[str, Any]:
    root = _parse(path)
    _check_has_sections(path, root)
    sections = {}
    for name, place, node in _read_pairs(path, root, "the file"):
        if name not in _SECTIONS:
            raise errors.InputError(
                f"{place}: the file must have no other sections than "
                f"{' and '.join(_SECTIONS)}, found '{name}'"
            )
        sections[name] = node
    return sections


def _parse(path: str) -> Any:
    """Returns the root of a YAML file, or None if the file is empty."""
    yaml = _import_yaml()
    if archive_reader.is_address(path):
        raise errors.InputError(
            f"'{path}' must be a YAML file on this machine, found an address: download "
            "it first"
        )
    try:
        with open(path, encoding="utf-8") as file:
            return yaml.compose(file, yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise errors.InputError(
            f"'{path}' must be a YAML file, found an error when reading it: {reason}"
        ) from error
    except yaml.MarkedYAMLError as error:
        raise errors.InputError(
            f"{path}:{error.problem_mark.line + 1}: must be YAML, found an error: "
            f"{error.problem}"
        ) from error
    except yaml.YAMLError as error:  # Of characters that YAML does not allow.
        raise errors.InputError(
            f"'{path}' must be YAML, found an error: {errors.first_line(error)}"
        ) from error


def _check_has_sections(path: str, root: Any) -> None:
    yaml = _import_yaml()
    if isinstance(root, yaml.MappingNode):
        return
    line, found = 1, "nothing"
    if root is not None:
        line = root.start_mark.line + 1
        found = "a list" if isinstance(root, yaml.SequenceNode) else "text"
    raise errors.InputError(
        f"{path}:{line}: the file must have the sections 'modules' and 'defaults', "
        f"found {found}: is it a list of modules?"
    )


def _read_pairs(path: str, node: Any, what: str) -> Iterator[tuple[str, str, Any]]:
    """Yields name, place and value of each item of a mapping."""
    yaml = _import_yaml()
    if not isinstance(node, yaml.MappingNode):
        raise errors.InputError(
            f"{path}:{node.start_mark.line + 1}: {what} must be a mapping of "
            "names to values, found none"
        )
    seen = set()
    for key, value in node.value:
        place = f"{path}:{key.start_mark.line + 1}"
        if key.value in seen:
            raise errors.InputError(
                f"{place}: each name must be given once, found '{key.value}' twice"
            )
        seen.add(key.value)
        yield key.value, place, value


def _read_items(path: str, sections: dict[str, Any]) -> list[Any]:
    yaml = _import_yaml()
    node = sections["modules"]
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise errors.InputError(
            f"{path}:{node.start_mark.line + 1}: modules must be a list of at least "
            "one module, found none"
        )
    return node.value


def _make_entry(
    path: str, node: Any, common: dict[str, Any], override: dict[str, Any]
) -> Entry:
    place = f"{path}:{node.start_mark.line + 1}"
    values = {**common, **dict(_read_fields(path, node)), **override}
    for name in _REQUIRED:
        if name not in values:
            raise errors.InputError(
                f"{place}: a module must have the field '{name}', found "
                f"{', '.join(sorted(values)) or 'none'}"
            )
    options = {name: values.pop(name) for name in _OPTIONS if name in values}
    return Entry(place=place, options=options_lib.ExportOptions(**options), **values)


def _read_fields(path: str, node: Any) -> Iterator[tuple[str, Any]]:
    """Yields name and checked value of each field, with absolute paths."""
    for name, place, value_node in _read_pairs(path, node, "a module"):
        if name not in _RULES:
            raise errors.InputError(
                f"{place}: a module must have no other fields than "
                f"{', '.join(_RULES)}, found '{name}'"
            )
        value = _read_value(name, place, value_node)
        if name == "samples":
            value = sorted(
                (_make_absolute(path, each) for each in value), key=os.path.basename
            )
        elif name == "weights" and not _is_path_of_weights(value):
            pass
        elif name in _OPTIONS and _OPTIONS[name].is_path:
            value = _make_absolute(path, value)
        yield name, value


def _is_path_of_weights(value: str) -> bool:
    # `locations.files_of` refuses an address in the words that the user gave.
    return not (value in named_weights.NAMES or archive_reader.is_address(value))


def _make_absolute(path: str, named: str) -> str:
    """Returns the path of a file that a list names relative to its folder."""
    folder = os.path.dirname(os.path.abspath(path))
    return os.path.join(folder, os.path.expanduser(named))


def _read_value(name: str, place: str, node: Any) -> Any:
    """Returns the value of a field.

    Raises:
      errors.InputError: if it breaks the field's rule.
    """
    value = _import_yaml().SafeLoader("").construct_object(node, deep=True)
    expected, is_kept = _RULES[name]
    if not is_kept(value):
        raise errors.InputError(f"{place}: {name} must be {expected}, found {value!r}")
    return value


def _check_apart(entries: list[Entry]) -> None:
    places: dict[str, str] = {}
    for entry in entries:
        other = places.setdefault(entry.versioned_handle, entry.place)
        if other != entry.place:
            raise errors.InputError(
                f"{entry.place}: handle and version must be unique, found "
                f"{entry.versioned_handle} at {other} too"
            )


def _check(entry: Entry) -> None:
    try:
        exporter.check_classifier(entry.config(), entry.options.new_classifier)
        entry.files()
        for path in entry.samples_to_show:
            image_files.check_format(path)
    except errors.InputError as error:
        raise errors.InputError(f"{entry.place}: {error}") from error
