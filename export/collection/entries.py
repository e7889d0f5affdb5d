"""The list of modules to build: YAML, checked before anything is built."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Mapping, Sequence

from ... import errors, escaping, paths
from ...builder import module_config, tasks
from ...evaluation import label_files
from ...evaluation import options as evaluation_options
from ...photographs import folders, formats, image_files
from .. import configuration
from .. import options as options_lib
from ..storage import archive_reader
from ..weights import locations, named_weights
from . import collisions, fields, yaml_nodes

_SECTIONS = ("defaults", "modules")


@dataclasses.dataclass(frozen=True)
class Entry:
    """One module of the list.

    In the file, the fields of `options` are beside the others.

    Attributes:
      place: file and line where it starts, for messages.
      handle: publisher and name, e.g. 'google/efficientnet/b2/classification'.
      options: what determines the module. Paths are relative to the file there, and
        absolute here.
      version: at least 1.
      samples: paths of images that the page shows with their classification, in the
        order of their files' names. A feature-vector module shows none.
      evaluate: a folder with a folder of images for each class, whose accuracy the
        pages show, or None. A feature-vector module has no accuracy.
      evaluate_labels: a file that says which of these folders is which class, see
        `evaluation.label_files`, or None to find that by the names of the folders.
      resize: how these images are cropped and resized, see `evaluation.resizes`.
      minimum_top_1: the smallest accuracy with which the module is published, in
        [0, 1], or None.
    """

    place: str
    handle: str
    options: options_lib.ExportOptions
    version: int = 1
    samples: Sequence[str] = ()
    evaluate: str | None = None
    evaluate_labels: str | None = None
    resize: str = evaluation_options.SQUASH
    minimum_top_1: float | None = None

    @property
    def versioned_handle(self) -> str:
        """Handle and version, e.g. 'google/efficientnet/b2/classification/1'."""
        return f"{self.handle}/{self.version}"

    def config(self) -> module_config.ModuleConfig:
        """Returns the module's configuration.

        Raises:
          errors.InputError: if options are out of range or contradict each other.
        """
        config = configuration.configure(self.options)
        return dataclasses.replace(config, handle=self.versioned_handle)

    @property
    def samples_to_show(self) -> Sequence[str]:
        """The samples that the module can classify."""
        return self.samples if self.options.task == tasks.CLASSIFICATION else ()

    @property
    def images_to_evaluate(self) -> str | None:
        """The folder of images that the module is evaluated with, or None."""
        return self.evaluate if self.options.task == tasks.CLASSIFICATION else None

    @property
    def labels_of_images(self) -> str | None:
        """The file that says which of these images are of which class, or None."""
        return None if self.images_to_evaluate is None else self.evaluate_labels

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
        if self.labels_of_images is not None:
            labels = self.labels_of_images
            named["evaluate_labels/" + os.path.basename(labels)] = labels
        for path in self.samples_to_show:
            named["samples/" + os.path.basename(path)] = path
        return named


def from_json(fields: dict[str, Any]) -> Entry:
    """Returns the entry of which `dataclasses.asdict` made a mapping."""
    options = options_lib.ExportOptions(**fields["options"])
    return Entry(**dict(fields, options=options))


def read(path: str, weights: str | None = None) -> list[Entry]:
    """Reads a list of modules, without TensorFlow.

    Args:
      path: a YAML file. Its section 'modules' is a list of mappings with the fields of
        `Entry` and, in place of `options`, those of `options.ExportOptions`; its
        section 'defaults' is a mapping of fields that all modules share. Paths in it
        are relative to its folder.
      weights: replaces the weights of all modules; a path is relative to the current
        folder.

    Returns:
      The entries, in their order.

    Raises:
      errors.InputError: names line and field of everything that is wrong.
      errors.DependencyError: if PyYAML is missing.
    """
    paths.check("the list of modules", path)
    mistakes = errors.Mistakes()
    sections = _read_sections(path, mistakes)
    common = fields.Fields({}, set())
    if "defaults" in sections:
        common = fields.read(path, sections["defaults"], "the defaults", mistakes)
    override = {} if weights is None else {"weights": _make_absolute(weights)}
    entries = []
    for node in _list_items(path, sections, mistakes):
        entry = _make_entry(path, node, common, override, mistakes)
        if entry is not None:
            entries.append(entry)
    for message in collisions.find(
        (each.versioned_handle, each.place) for each in entries
    ):
        mistakes.add(message)
    for entry in entries:
        _check(entry, mistakes)
    mistakes.raise_any()
    return entries


def _make_absolute(weights: str) -> str:
    return os.path.abspath(weights) if fields.is_path_of_weights(weights) else weights


def _read_sections(path: str, mistakes: errors.Mistakes) -> dict[str, Any]:
    """Returns the node of each section by its name.

    Raises:
      errors.InputError: if the file has no sections.
    """
    if archive_reader.is_address(path):
        raise errors.InputError(
            f"'{path}' must be a YAML file on this machine, found an address: download "
            "it first"
        )
    root = yaml_nodes.read(path)
    if root is None or not yaml_nodes.is_mapping(root):
        line = 1 if root is None else yaml_nodes.line_of(root)
        raise errors.InputError(
            f"{path}:{line}: the file must have the section 'modules', "
            f"found {yaml_nodes.describe(root)}: is it a list of modules?"
        )
    sections = {}
    for name, line, node in yaml_nodes.read_pairs(root, path, mistakes):
        if name in _SECTIONS:
            sections[name] = node
            continue
        mistakes.add(
            f"{path}:{line}: the file must have no other sections than "
            f"{' and '.join(_SECTIONS)}, found {escaping.show_value(name)}"
        )
    return sections


def _list_items(
    path: str, sections: Mapping[str, Any], mistakes: errors.Mistakes
) -> list[Any]:
    """Returns the node of each module."""
    if "modules" not in sections:
        mistakes.add(
            f"{path} must have a list 'modules', found none: is it a list of modules?"
        )
        return []
    node = sections["modules"]
    if yaml_nodes.is_sequence(node) and node.value:
        return node.value
    mistakes.add(
        f"{path}:{yaml_nodes.line_of(node)}: modules must be a list of at least one "
        "module, found none"
    )
    return []


def _make_entry(
    path: str,
    node: Any,
    common: fields.Fields,
    override: Mapping[str, Any],
    mistakes: errors.Mistakes,
) -> Entry | None:
    """Returns a module of the list, or None if a field of it is wrong or missing."""
    place = f"{path}:{yaml_nodes.line_of(node)}"
    own = fields.read(path, node, "a module", mistakes)
    values = {**common.values, **own.values, **override}
    wrong = (own.wrong | (common.wrong - set(own.values))) - set(override)
    is_complete = True
    for name in fields.REQUIRED:
        if name not in values and name not in wrong:
            is_complete = False
            mistakes.add(
                f"{place}: a module must have the field '{name}', found "
                f"{', '.join(sorted(values)) or 'none'}"
            )
    if wrong or not is_complete:
        return None
    options = {name: values.pop(name) for name in fields.OPTIONS if name in values}
    return Entry(place=place, options=options_lib.ExportOptions(**options), **values)


def _check(entry: Entry, mistakes: errors.Mistakes) -> None:
    """Checks what the fields of a module say together, and its files."""
    place = f"{entry.place}: "
    with mistakes.collect(place):
        config = entry.config()
        configuration.check_classifier(config, entry.options.new_classifier)
    with mistakes.collect(place):
        named_weights.check(entry.options.weights, entry.options.model)
    with mistakes.collect(place):
        entry.files()
    _check_evaluation(entry, mistakes)
    for path in entry.samples_to_show:
        with mistakes.collect(place):
            image_files.check_format(path, formats.OF_PAGES)


def _check_evaluation(entry: Entry, mistakes: errors.Mistakes) -> None:
    place = f"{entry.place}: "
    for name in ("evaluate_labels", "minimum_top_1"):
        if entry.evaluate is None and getattr(entry, name) is not None:
            mistakes.add(
                f"{place}{name} must be given with 'evaluate', a folder of images, "
                "found none"
            )
    if entry.images_to_evaluate is not None:
        with mistakes.collect(place):
            folders.list_classes(entry.images_to_evaluate)
    if entry.labels_of_images is not None:
        with mistakes.collect(place):
            label_files.read(entry.labels_of_images)
