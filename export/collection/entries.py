"""The list of modules to build: YAML, checked before anything is built."""

from __future__ import annotations

import dataclasses
import os
from typing import Iterator, Sequence

from ... import dependencies, errors, image_files
from ...builder import module_config
from ...efficientnet import config as config_lib
from ..weights import checkpoint, locations
from . import layout

_SECTIONS = ("defaults", "modules")


@dataclasses.dataclass(frozen=True)
class Entry:
    """One module of the list: fields of the file, but for `place`.

    Attributes:
      place: file and line that it begins at, for messages.
      handle: publisher and name, e.g. 'google/efficientnet/b2/classification'.
      model: a variant's name.
      weights: 'random', 'imagenet', or the path of a .pth file or a checkpoint; in the
        file relative to it, here absolute.
      version: at least 1.
      task: 'classification' or 'feature-vector'.
      labels: path of a file of class names, as `weights`, or None.
      num_classes: outputs of the classifier, or None for the default.
      image_size: in pixels, or None for the model's.
      preprocessing: 'imagenet', 'advprop', 'lite', or None for the model's.
      seed: seeds random weights.
      moving_averages: 'auto' or 'never'.
      new_classifier: whether the classifier starts anew.
      samples: paths of images that the page shows, with their classification; as
        `weights`, in the order of their files' names. A feature-vector module has none.
    """

    place: str
    handle: str
    model: str
    weights: str
    version: int = 1
    task: str = module_config.CLASSIFICATION
    labels: str | None = None
    num_classes: int | None = None
    image_size: int | None = None
    preprocessing: str | None = None
    seed: int = 0
    moving_averages: str = checkpoint.AUTO
    new_classifier: bool = False
    samples: Sequence[str] = ()

    @property
    def versioned_handle(self) -> str:
        """Handle and version, e.g. 'google/efficientnet/b2/classification/1'."""
        return "%s/%d" % (self.handle, self.version)

    def config(self) -> module_config.ModuleConfig:
        """Returns the module's configuration.

        Raises:
          errors.InputError: if choices are out of range or contradict each other.
        """
        config = module_config.module_config(
            self.model,
            self.task,
            self.num_classes,
            self.labels,
            self.image_size,
            self.preprocessing,
            self.seed,
        )
        return dataclasses.replace(config, handle=self.versioned_handle)

    @property
    def samples_to_show(self) -> Sequence[str]:
        """Those of the samples that the module can classify."""
        return self.samples if self.task == module_config.CLASSIFICATION else ()

    def files(self) -> dict[str, str]:
        """Returns the path of each file that it is built from, by a name of its own.

        Raises:
          errors.InputError: if one that is named is not there.
        """
        named = {}
        for path in locations.files_of(self.weights):
            named["weights/" + os.path.basename(path)] = path
        if self.labels is not None:
            named["labels/" + os.path.basename(self.labels)] = self.labels
        for path in self.samples_to_show:
            named["samples/" + os.path.basename(path)] = path
        return named


_FIELDS = {
    field.name: field for field in dataclasses.fields(Entry) if field.name != "place"
}
_REQUIRED = ("handle", "model", "weights")
_INTEGERS = ("version", "num_classes", "image_size", "seed")
_CHOICES = {
    "model": tuple(config_lib.VARIANTS),
    "task": module_config.TASKS,
    "preprocessing": config_lib.PREPROCESSINGS,
    "moving_averages": (checkpoint.AUTO, checkpoint.NEVER),
}


def read(path: str, weights: str | None = None) -> list[Entry]:
    """Reads a list of modules.

    Args:
      path: a YAML file: 'modules', a list of mappings with the fields of `Entry`, and
        'defaults', a mapping of those that all have in common. Paths in it are
        relative to its folder.
      weights: in place of those of the file, relative to the current folder.

    Returns:
      The entries, in their order.

    Raises:
      errors.InputError: names line and field of what is wrong.
      errors.DependencyError: if PyYAML is missing.
    """
    sections = _sections(path)
    if "modules" not in sections:
        raise errors.InputError(
            f"{path} must have a list 'modules', found none: is it a list of modules?"
        )
    common, override = {}, {}
    if "defaults" in sections:
        common = dict(_fields(path, sections["defaults"]))
    if weights is not None:
        is_path = weights not in locations.NAMES
        override["weights"] = os.path.abspath(weights) if is_path else weights
    entries = [_entry(path, node, common, override) for node in _items(path, sections)]
    _check_apart(entries)
    for entry in entries:
        _check(entry)
    return entries


def _yaml():
    return dependencies.optional("yaml", "build", "reading a list of modules")


def _sections(path: str) -> dict:
    yaml = _yaml()
    try:
        with open(path, encoding="utf-8") as file:
            root = yaml.compose(file, yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise errors.InputError(
            f"'{path}' must be a YAML file, but cannot be read: {error}"
        ) from error
    except yaml.MarkedYAMLError as error:
        raise errors.InputError(
            "%s:%d: must be YAML, but %s"
            % (path, error.problem_mark.line + 1, error.problem)
        ) from error
    sections = {}
    for name, place, node in _pairs(path, root, "the file"):
        if name not in _SECTIONS:
            raise errors.InputError(
                "{}: the file must have no other sections than {}, found '{}'".format(
                    place, " and ".join(_SECTIONS), name
                )
            )
        sections[name] = node
    return sections


def _pairs(path: str, node, what: str) -> Iterator[tuple]:
    """Yields name, place and value of what a mapping holds."""
    yaml = _yaml()
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 1 if node is not None else 1
        raise errors.InputError(
            "%s:%d: %s must be a mapping of names to values, found none"
            % (path, line, what)
        )
    seen = set()
    for key, value in node.value:
        place = "%s:%d" % (path, key.start_mark.line + 1)
        if key.value in seen:
            raise errors.InputError(f"{place}: '{key.value}' is given twice")
        seen.add(key.value)
        yield key.value, place, value


def _items(path: str, sections: dict) -> list:
    yaml = _yaml()
    node = sections["modules"]
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise errors.InputError(
            "%s:%d: modules must be a list of at least one module, found none"
            % (path, node.start_mark.line + 1)
        )
    return node.value


def _entry(path: str, node, common: dict, override: dict) -> Entry:
    place = "%s:%d" % (path, node.start_mark.line + 1)
    values = {**common, **dict(_fields(path, node)), **override}
    for name in _REQUIRED:
        if name not in values:
            raise errors.InputError(
                "{}: a module must have the field '{}', found {}".format(
                    place, name, ", ".join(sorted(values)) or "none"
                )
            )
    return Entry(place=place, **values)


def _fields(path: str, node) -> Iterator[tuple]:
    """Yields name and checked value of each field."""
    for name, place, value in _pairs(path, node, "a module"):
        if name not in _FIELDS:
            raise errors.InputError(
                "{}: a module must have no other fields than {}, found '{}'".format(
                    place, ", ".join(_FIELDS), name
                )
            )
        checked = _checked(name, place, value)
        if name == "labels" or (name == "weights" and checked not in locations.NAMES):
            checked = _absolute(path, checked)
        if name == "samples":
            checked = sorted(
                (_absolute(path, each) for each in checked), key=os.path.basename
            )
        yield name, checked


def _absolute(path: str, named: str) -> str:
    """Returns the path of a file that a list names relative to its folder."""
    folder = os.path.dirname(os.path.abspath(path))
    return os.path.join(folder, os.path.expanduser(named))


def _checked(name: str, place: str, node) -> object:
    yaml = _yaml()
    value = yaml.SafeLoader("").construct_object(node, deep=True)
    if name in _INTEGERS:
        wanted, holds = "an integer", type(value) is int
    elif name == "new_classifier":
        wanted, holds = "true or false", type(value) is bool
    elif name == "samples":
        wanted, holds = "a list of paths, no two of one name", _are_files_apart(value)
    elif name in _CHOICES:
        wanted, holds = "one of " + ", ".join(_CHOICES[name]), value in _CHOICES[name]
    else:
        wanted, holds = "text", isinstance(value, str)
    if name == "version" and holds:
        wanted, holds = "at least 1", value >= 1
    if name == "handle" and holds:
        wanted, holds = _handle_rule(value)
    if not holds:
        raise errors.InputError(f"{place}: {name} must be {wanted}, found {value!r}")
    return value


def _are_files_apart(value: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return False
    return len(set(map(os.path.basename, value))) == len(value)


def _handle_rule(handle: str) -> tuple[str, bool]:
    wanted = (
        "a publisher and a name such as 'google/efficientnet/b2/classification', whose "
        "version is a field of its own"
    )
    return wanted, layout.is_handle(handle)


def _check_apart(entries: list[Entry]) -> None:
    places = {}
    for entry in entries:
        other = places.setdefault(entry.versioned_handle, entry.place)
        if other != entry.place:
            raise errors.InputError(
                f"{entry.place}: handle and version must be a module's own, but "
                f"{entry.versioned_handle} is that of {other} too"
            )


def _check(entry: Entry) -> None:
    try:
        entry.config()
        entry.files()
        for path in entry.samples_to_show:
            image_files.check_format(path)
    except errors.InputError as error:
        raise errors.InputError(f"{entry.place}: {error}") from error
    if entry.new_classifier and entry.task == module_config.FEATURE_VECTOR:
        raise errors.InputError(
            f"{entry.place}: new_classifier must be of a classification module, "
            f"found task {entry.task}"
        )
