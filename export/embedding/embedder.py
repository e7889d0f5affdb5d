"""Computes the rows of a table of embeddings, on one machine and in each worker."""

from __future__ import annotations

import contextlib
from typing import Callable, Generator, Iterable, Iterator, Mapping, TypeVar

import numpy as np

from ... import digests, errors, escaping
from ...embedding import options, tables
from ...evaluation import resizes
from ...photographs import decoding, read_ahead
from ..classification import module_classification
from ..execution import image_graphs, image_module, image_outputs
from ..storage import archive_reader
from ..weights import module_variables
from . import output_choice

_ItemT = TypeVar("_ItemT")


class Embedder:
    """A module and what it computes for each image.

    Attributes:
      columns: what it computes, see `tables.Column`.
      batch: number of images in a batch.
      facts: how the values are computed, which JSON can represent, by name.
    """

    def __init__(
        self,
        module: image_module.ImageModule,
        choice: output_choice.Choice,
        computation: options.Computation,
    ) -> None:
        """Loads the module, and runs it once.

        Args:
          module: the module.
          choice: its output.
          computation: how images are read.

        Raises:
          errors.InputError: if the module does not run, or not with such images.
          errors.DependencyError: if tensorflow_hub or Pillow is missing.
        """
        decoding.check_dependencies()
        self._module = module
        self._choice = choice
        height, width = module.image_size
        if computation.image_size is not None:
            module.check_size(choice.signature)
        self._decode = resizes.make_reader(
            computation.resize, height, width, module.is_lite
        )
        self.batch = computation.batch or read_ahead.choose_batch(height, width)
        image_outputs.check_batch(self.batch, height, width)
        self._shape: tuple[int, ...] | None = None
        shape = self.run(np.zeros([1, height, width, 3], np.float32)).shape[1:]
        self._shape = shape
        self._top_k = computation.top_k
        if self._top_k is not None:
            self._top_k = min(self._top_k, _count_classes(shape, module.path))
            shape = (self._top_k,)
        self.columns = output_choice.list_columns(
            choice, self._top_k, bool(module.class_names), shape
        )
        self.facts = output_choice.make_facts(
            digests.of_folder(module.directory),
            choice,
            computation,
            shape,
            (height, width),
        )

    def embed(
        self,
        items: Iterable[_ItemT],
        read: Callable[[_ItemT], bytes],
        name: Callable[[_ItemT], str],
    ) -> Generator[tables.Rows, None, None]:
        """Yields the rows of images, in their order, a batch at a time.

        Args:
          items: what the images are read from.
          read: returns the content of an image file, or raises an InputError.
          name: returns the path of an image, which its row has.
        """

        def read_pixels(item: _ItemT) -> np.ndarray:
            return self._decode(read(item), name(item))

        batches = image_outputs.compute_batches(
            items, read_pixels, self.run, self.batch
        )
        with contextlib.closing(batches):
            for batch in batches:
                yield self._make_rows([(name(item), output) for item, output in batch])

    def run(self, images: np.ndarray) -> np.ndarray:
        """Computes the output of float32 `[images, height, width, 3]`, as float32."""
        choice = self._choice
        output = self._module.compute(choice.signature, choice.key, images)
        if output.ndim < 1 or len(output) != len(images):
            raise errors.InputError(
                f"module '{self._module.path}' must return a row for each image, found "
                f"the shape {list(output.shape)} of '{choice.key}' for {len(images)} "
                "images: is it another output?"
            )
        if self._shape not in (None, output.shape[1:]):
            raise errors.InputError(
                f"module '{self._module.path}' must return rows of one shape, found "
                f"{list(output.shape[1:])} of '{choice.key}', and {list(self._shape)} "
                "for a black image: does its size depend on the image?"
            )
        return self._convert(output)

    def _convert(self, output: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            converted = output.astype(np.float32)
        if np.isinf(converted).any() and not np.isinf(output).any():
            raise errors.InputError(
                f"module '{self._module.path}' must return numbers that float32 can "
                f"represent, found larger ones of {output.dtype} in "
                f"'{self._choice.key}': is it another output?"
            )
        return converted

    def _make_rows(self, batch: list[tuple[str, image_outputs.Output]]) -> tables.Rows:
        values = {column.name: column.fill(len(batch)) for column in self.columns}
        sentences, good, outputs = [], [], []
        for index, (_, output) in enumerate(batch):
            if isinstance(output, errors.InputError):
                sentences.append(escaping.escape_surrogates(str(output)))
            else:
                sentences.append("")
                good.append(index)
                outputs.append(output)
        if good:
            found = np.stack(outputs)
            names = [batch[index][0] for index in good]
            image_outputs.check_finite(found, names, self._module.path)
            for name, array in self._make_values(found).items():
                if array.dtype.kind == "U":  # Texts have the length of the longest.
                    values[name] = values[name].astype(array.dtype)
                values[name][good] = array
        return tables.Rows(
            [escaping.escape_surrogates(path) for path, _ in batch], sentences, values
        )

    def _make_values(self, outputs: np.ndarray) -> Mapping[str, np.ndarray]:
        if self._top_k is None:
            return {self._choice.column: outputs}
        found = [module_classification.find_top(row, self._top_k) for row in outputs]
        indices = np.array([each for each, _ in found], np.int32)
        probabilities = np.array([each for _, each in found], np.float32)
        values: dict[str, np.ndarray] = {
            output_choice.INDICES: indices,
            output_choice.PROBABILITIES: probabilities,
        }
        if self._module.class_names:
            names = np.array(self._module.class_names, np.str_)
            values[output_choice.NAMES] = names[indices]
        return values


def _count_classes(shape: tuple[int, ...], path: str) -> int:
    if len(shape) != 1:
        raise errors.InputError(
            f"module '{path}' must return a row of logits for each image, found the "
            f"shape {list(shape)} of a row: is it a classification module?"
        )
    return shape[0]


@contextlib.contextmanager
def open_embedder(
    path: str, computation: options.Computation, name: str | None = None
) -> Iterator[Embedder]:
    """Opens and loads a module.

    Args:
      path: the module's directory or its .tar.gz, of any publisher.
      computation: what to compute.
      name: what to call the module in errors, by default its path.

    Yields:
      The module. An archive is unpacked for as long as it is open.

    Raises:
      errors.InputError: if there is no such module, it is damaged, or it has no such
        output.
      errors.DependencyError: if tensorflow_hub or Pillow is missing.
    """
    name = path if name is None else name
    with archive_reader.unpack(path) as directory:
        meta_graph = image_graphs.read(directory, name)
        choice = output_choice.choose(meta_graph, computation, name)
        module_variables.check_in(directory, name)
        module = image_module.ImageModule(
            name, directory, meta_graph, computation.image_size
        )
        yield Embedder(module, choice, computation)
