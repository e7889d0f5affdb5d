"""What was measured with the weights of a fine-tuned module, and how it records it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Sequence

from .. import errors

# A table with more classes is hard to read, and too large for a fact.
MOST_CLASSES_OF_MATRIX = 20
# Of more classes, it has the most frequent confusions only.
MOST_CONFUSIONS = 20
_LARGEST = 10**12


@dataclasses.dataclass(frozen=True)
class Measurement:
    """A training on photographs, and the evaluation of its result.

    Attributes:
      training_photographs: number of photographs that it was trained with.
      evaluation_photographs: number of photographs that it was evaluated with.
      steps: number of training steps.
      batch: number of images in a step.
      trained: what was trained, in a few words without markup.
      image_size: height and width of the images in pixels.
      accuracy: fraction of the photographs that it classifies correctly, in [0, 1].
      confusion_matrix: number of photographs of each class, a row, by predicted class,
        a column; None for more than 20 classes.
      confusions: for more than 20 classes the most frequent confusions: the class, the
        predicted class, the number of these photographs, and that of the class.
      weights: SHA-256 of the weights, hexadecimal; empty while they are not known.
    """

    training_photographs: int
    evaluation_photographs: int
    steps: int
    batch: int
    trained: str
    image_size: int
    accuracy: float
    confusion_matrix: Sequence[Sequence[int]] | None
    confusions: Sequence[Sequence[int]]
    weights: str = ""

    def to_fact(self) -> str:
        """Returns the text that a module records."""
        return json.dumps(
            dataclasses.asdict(self), sort_keys=True, separators=(",", ":")
        )


def from_fact(text: str, num_classes: int | None) -> Measurement:
    """Returns the measurement that a module records, see `Measurement.to_fact`.

    Args:
      text: what the module records. Another program may have written it.
      num_classes: the number of classes of the module, None if it is not known.

    Raises:
      errors.InputError: if it is not such a text.
    """
    try:
        measurement = Measurement(**json.loads(text))
        _check(measurement, num_classes)
    except (RecursionError, TypeError, ValueError) as error:
        raise errors.InputError(
            "the fact 'measured' must be the record of a measurement by finetune, "
            "found another text"
        ) from error
    return measurement


def _check(measurement: Measurement, num_classes: int | None) -> None:
    """Raises ValueError or TypeError unless all values have their types and ranges."""
    for field in dataclasses.fields(Measurement):
        value = getattr(measurement, field.name)
        if field.type == "int":
            _check_count(value)
        elif field.type == "str" and not (isinstance(value, str) and len(value) < 200):
            raise TypeError(field.name)
    accuracy = measurement.accuracy
    if type(accuracy) not in (int, float) or not 0 <= accuracy <= 1:
        raise ValueError("accuracy")
    matrix = measurement.confusion_matrix
    if matrix is not None:
        classes = len(matrix) if num_classes is None else num_classes
        _check_table(matrix, classes, classes, MOST_CLASSES_OF_MATRIX)
    _check_table(
        measurement.confusions, len(measurement.confusions), 4, MOST_CONFUSIONS
    )
    for row, column, _, _ in measurement.confusions:
        if num_classes is not None and max(row, column) >= num_classes:
            raise ValueError("confusions")


def _check_table(table: Any, rows: int, columns: int, most_rows: int) -> None:
    if not isinstance(table, list) or len(table) != rows or rows > most_rows:
        raise ValueError("number of rows")
    for row in table:
        if not isinstance(row, list) or len(row) != columns:
            raise ValueError("number of columns")
        for value in row:
            _check_count(value)


def _check_count(value: Any) -> None:
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise ValueError("count")
