"""Measures how well a module classifies the images of a folder."""

from __future__ import annotations

import collections
import contextlib
import functools
from typing import Any, Callable, Sequence

import numpy as np

from ... import digests, errors, progress_bars
from ...evaluation import (
    class_folders,
    image_folder,
    label_files,
    metrics,
    outcomes,
    partial_results,
    resizes,
)
from ...evaluation import options as options_lib
from ...evaluation import report as report_lib
from ...photographs import decoding, read_ahead
from ...signatures import names as signatures_lib
from ..classification import classifier as classifier_lib
from ..execution import image_outputs
from . import evaluation_folder


def evaluate_module(
    module: str, images: str, **options: Any
) -> report_lib.EvaluationReport:
    """Measures how well a module classifies the images of a folder.

    This executes the module's ops: a module is a program.

    Args:
      module: a classification module's directory or its .tar.gz, of any publisher.
      images: a folder with a folder of images for each class. Folders of classes may be
        missing or empty.
      **options: the other fields of `evaluation.options.Options`, such as `resize`.

    Returns:
      The result, which is also written if there is an `output`.

    Raises:
      errors.InputError: if an option is wrong, there is no such module, it is damaged
        or returns a logit that is not finite, a folder belongs to none of its classes,
        or an image cannot be read and `skip_damaged` is False.
      errors.DependencyError: if tensorflow_hub, Pillow or, with `output`, matplotlib is
        missing.
    """
    chosen = options_lib.Options(module, images, **options)
    decoding.check_dependencies()
    if chosen.output is not None:
        evaluation_folder.check(chosen.output, module, images)
    with contextlib.ExitStack() as stack:
        classifier = stack.enter_context(
            classifier_lib.open_classifier(module, chosen.image_size)
        )
        if chosen.image_size is not None:
            classifier.check_size(signatures_lib.CLASSIFICATION)
        evaluation = _Evaluation(chosen, classifier)
        stack.enter_context(evaluation_folder.hold(chosen.output))
        report = evaluation.run()
        if chosen.output is not None:
            evaluation_folder.write(chosen.output, report)
        return report


class _Evaluation:
    """An evaluation whose inputs are checked."""

    def __init__(
        self, options: options_lib.Options, classifier: classifier_lib.Classifier
    ) -> None:
        self._options = options
        self._classifier = classifier
        self._size = classifier.image_size
        self._decode = resizes.make_reader(
            options.resize, *self._size, classifier.is_lite
        )
        labels = None if options.labels is None else label_files.read(options.labels)
        self._found = image_folder.read(options.images, keeps_contents=True)
        self._classes = class_folders.Classes(
            options.module, classifier.count_classes(), classifier.class_names
        )
        self._assignment = class_folders.assign(
            self._found.folders, self._classes, labels
        )
        self._digest = digests.of_folder(classifier.directory)
        self._results = partial_results.PartialResults(options.output)
        self._damaged = dict(self._found.unreadable)

    def run(self) -> report_lib.EvaluationReport:
        """Computes what is not known from an earlier run, and all metrics."""
        facts = {
            "module": self._digest,
            "resize": self._options.resize,
            "image_size": list(self._size),
        }
        self._results.load(facts, self._classes.count)
        try:
            self._classify_images()
        finally:
            self._results.flush()
        return self._make_report()

    def _classify_images(self) -> None:
        waiting = self._list_waiting()
        batch = self._options.batch or read_ahead.choose_batch(*self._size)
        image_outputs.check_batch(batch, *self._size)
        read = functools.partial(self._read, read_content=self._found.make_reader())
        batches = image_outputs.compute_batches(
            waiting, read, self._compute_logits, batch
        )
        with contextlib.closing(batches), self._start_bar(len(waiting)) as bar:
            for outputs in batches:
                self._add(outputs)
                bar.update(len(outputs))
        self._add_damaged_copies(read)
        if self._is_refused():
            raise errors.make([reason for _, reason in self._list_damaged()])

    def _add_damaged_copies(self, read: Callable[[int], np.ndarray]) -> None:
        """Adds the damaged images whose content another image has."""
        digests_by_path = dict(zip(self._found.paths, self._found.digests))
        damaged = {digests_by_path.get(path) for path in self._damaged}
        for index, (path, digest) in enumerate(digests_by_path.items()):
            if digest in damaged and path not in self._damaged:
                try:
                    read(index)
                except errors.InputError as error:
                    self._damaged[path] = str(error)

    def _list_damaged(self) -> list[tuple[str, str]]:
        """Returns the path of each damaged image, sorted, and what is wrong with it."""
        return sorted(self._damaged.items())

    def _list_waiting(self) -> list[int]:
        """Returns the indices of the images without a result, each content once."""
        found, seen = [], set()
        for index, key in enumerate(zip(self._found.digests, self._labels())):
            if key not in seen and not self._results.has(*key):
                seen.add(key)
                found.append(index)
        return found

    def _labels(self) -> list[int]:
        """Returns the class of each image."""
        return [self._assignment.indices[folder] for folder in self._found.labels]

    def _start_bar(self, waiting: int) -> Any:
        total = len(self._found.paths)
        return progress_bars.start_bar(total, "image", initial=total - waiting)

    def _read(self, index: int, read_content: Callable[[str], bytes]) -> np.ndarray:
        path = self._found.paths[index]
        return self._decode(read_content(path), path)

    def _compute_logits(self, images: np.ndarray) -> np.ndarray:
        # After a damaged image that is not skipped, the others are only listed.
        if self._is_refused():
            return np.empty([len(images), 0])
        return self._classifier.compute_logits(images)

    def _is_refused(self) -> bool:
        return bool(self._damaged) and not self._options.skip_damaged

    def _add(self, outputs: image_outputs.Batch[int]) -> None:
        indices, rows = [], []
        for index, output in outputs:
            if isinstance(output, errors.InputError):
                self._damaged[self._found.paths[index]] = str(output)
            else:
                indices.append(index)
                rows.append(output)
        if not rows or self._is_refused():
            return
        logits = np.stack(rows)
        self._check_logits(logits, [self._found.paths[index] for index in indices])
        self._results.add(
            [self._found.digests[index] for index in indices],
            outcomes.judge(
                logits,
                [self._assignment.indices[self._found.labels[i]] for i in indices],
            ),
        )

    def _check_logits(self, logits: np.ndarray, paths: Sequence[str]) -> None:
        if logits.shape[1] != self._classes.count:
            raise errors.InputError(
                f"module '{self._options.module}' must return {self._classes.count} "
                f"logits, as its signature says, found {logits.shape[1]}: is it "
                "damaged?"
            )
        image_outputs.check_finite(logits, paths, self._options.module)

    def _count_images(self) -> list[int]:
        """Returns how many images of each folder have a result."""
        labels = zip(self._found.digests, self._labels(), self._found.labels)
        counts = collections.Counter(
            folder
            for digest, label, folder in labels
            if self._results.has(digest, label)
        )
        return [counts[folder] for folder in range(len(self._found.folders))]

    def _make_report(self) -> report_lib.EvaluationReport:
        found = self._found
        collected = self._results.collect(zip(found.digests, self._labels()))
        if not len(collected):
            raise errors.InputError(
                f"'{self._options.images}' must have an image that can be read, found "
                f"{len(self._damaged)} damaged ones: is it the right folder?"
            )
        images = report_lib.Images(
            folder=self._options.images,
            digest=found.compute_digest(),
            folders=found.folders,
            counts=self._count_images(),
            skipped=self._list_damaged(),
            left_out=found.left_out,
        )
        return report_lib.EvaluationReport(
            classes=self._classes,
            module_digest=self._digest,
            images=images,
            assignment=self._assignment,
            resize=self._options.resize,
            image_size=self._size,
            is_lite=self._classifier.is_lite,
            metrics=metrics.compute(collected, self._classes.count),
        )
