"""Weights of a TensorFlow checkpoint in the publisher's format.

A checkpoint of training holds, beside each variable, its exponential moving
average, which is what was meant to be used, and the optimizer's slots.
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import tempfile
from typing import Iterator, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from ... import errors
from ...efficientnet import config as config_lib
from ..storage import archive_reader
from . import moving_averages as moving_averages_lib
from . import source

_AVERAGE = "/ExponentialMovingAverage"
# What a training program keeps beside variables and their slots.
_BOOKKEEPING = re.compile(r"(.*/)?(global_step|beta[12]_power(_\d+)?)$")
_STEM = re.compile(r"(?:^|/)([^/]+)/stem/conv2d/kernel$")
# A training checkpoint holds each variable up to five times (raw, average, two or
# three slots), and a graph of it a few times over.
_MAX_COPIES = 8
_MAX_GRAPH_BYTES = 2**30


def read(
    path: str,
    network: config_lib.NetworkConfig,
    expected: Mapping[str, Sequence[int]],
    moving_averages: str,
    new_classifier: bool,
) -> source.Weights:
    """Reads a checkpoint.

    Args:
      path: a checkpoint's prefix, a directory with checkpoints, of which the
        newest is taken, or a .tar.gz of such a directory.
      network: the network the weights are for.
      expected: shape of each variable to read, by name.
      moving_averages: 'auto' takes a variable's moving average if it is there and
        its raw value if not, 'never' the raw values.
      new_classifier: whether to leave the checkpoint's classifier behind.

    Returns:
      Weights for the expected variables.

    Raises:
      errors.InputError: if the checkpoint is missing, damaged, or of another
        network.
    """
    with _prefix(path, expected) as prefix:
        checkpoint = _Checkpoint(prefix, network, path)
        left_behind = checkpoint.check_nothing_unknown(expected, new_classifier)
        chosen = {
            name: checkpoint.choose(name, moving_averages, expected[name])
            for name in expected
        }
        values = {
            name: source.checked_value(name, checkpoint.value(key), checkpoint.place)
            for name, key in chosen.items()
        }
        averages = sum(key.endswith(_AVERAGE) for key in chosen.values())
        notes = [
            "took %d moving averages and %d raw values from %s"
            % (averages, len(chosen) - averages, checkpoint.place)
        ]
        if left_behind:
            notes.append(
                "left behind, as no part of the module that was fine-tuned: "
                + ", ".join(left_behind)
            )
        return source.Weights(
            values=values,
            origin="TensorFlow checkpoint %s (%d moving averages, %d raw values)"
            % (
                os.path.basename(os.path.abspath(path)),
                averages,
                len(chosen) - averages,
            ),
            trained=True,
            files=source.sha256_of_files(
                [path] if _is_archive(path) else _files(prefix)
            ),
            notes=notes,
        )


class _Checkpoint:
    """A checkpoint's entries, seen as those of one network below a prefix."""

    def __init__(self, prefix: str, network: config_lib.NetworkConfig, path: str):
        self.place = f"checkpoint '{path}'"
        self._network = network
        with self._damage_told():
            self._reader = tf.train.load_checkpoint(prefix)
            self._shapes = self._reader.get_variable_to_shape_map()
        self._scope = self._find_scope()

    @contextlib.contextmanager
    def _damage_told(self):
        try:
            yield
        except (tf.errors.OpError, IndexError, ValueError, RuntimeError) as error:
            raise errors.InputError(
                f"{self.place} must be a whole TensorFlow checkpoint, but reading "
                f"it ends in '{errors.first_line(error)}': is a file of it "
                "missing, truncated or damaged?"
            ) from error

    def _find_scope(self) -> str:
        """What stands before the network's names, e.g. 'module/' of a hub.Module."""
        stem = self._network.name + "/stem/conv2d/kernel"
        scopes = sorted(
            {
                key[: key.index(stem)]
                for key in self._shapes
                if key.endswith((stem, stem + _AVERAGE))
            }
        )
        if not scopes:
            raise errors.InputError(
                f"{self.place} must hold the variables of {self._network.name}, "
                f"found none of its stem: it holds {self._summary()}; is it of "
                "another variant?"
            )
        if len(scopes) > 1:
            raise errors.InputError(
                "{} must hold {} once, found it below the prefixes {}: give a "
                "checkpoint of one network".format(
                    self.place,
                    self._network.name,
                    ", ".join(f"'{scope}'" for scope in scopes),
                )
            )
        return scopes[0]

    def _summary(self) -> str:
        """What the checkpoint holds instead, told in a few names."""
        stems = [_STEM.search(name) for name in sorted(self._shapes)]
        architectures = sorted({stem.group(1) for stem in stems if stem})
        names = architectures or sorted(self._shapes)
        return ", ".join(names[:2]) + (", ..." if len(names) > 2 else "")

    def check_nothing_unknown(
        self, expected: Mapping[str, Sequence[int]], new_classifier: bool
    ) -> list[str]:
        """Checks that each entry is a variable's or one that may be left behind.

        Returns:
          Entries left behind that are another part of the program, by name: what a
          program that used a `hub.Module` has outside the module's own prefix.
        """
        left_behind = []
        for key in sorted(self._shapes):
            name = key[len(self._scope) :] if key.startswith(self._scope) else None
            if _BOOKKEEPING.match(key) or self._is_known(
                name, expected, new_classifier
            ):
                continue
            if name is not None and not self._is_scoped_slot(key, expected):
                raise errors.InputError(
                    f"variable '{key}' in {self.place} is none of "
                    f"{self._network.name}: is it of another variant?"
                )
            if name is None:
                left_behind.append(key)
        return left_behind

    def _is_scoped_slot(self, key: str, expected: Mapping[str, Sequence[int]]) -> bool:
        """Whether this is a slot of an optimizer made in a variable scope."""
        architecture = self._network.name + "/"
        if "/" + architecture not in key:
            return False
        variable = key[key.index("/" + architecture) + 1 :].rsplit("/", 1)[0]
        return variable in expected

    def _is_known(
        self,
        name: str | None,
        expected: Mapping[str, Sequence[int]],
        new_classifier: bool,
    ) -> bool:
        if name is None:
            return False
        # A slot or a moving average is named below its variable.
        for candidate in (name, name.rsplit("/", 1)[0]):
            if candidate in expected:
                return True
            spare = new_classifier or self._network.num_classes is None
            if spare and source.is_classifier(candidate):
                return True
        return False

    def choose(
        self, name: str, moving_averages: str, expected_shape: Sequence[int]
    ) -> str:
        """Returns the key of the value to take for a variable."""
        raw = self._scope + name
        average = raw + _AVERAGE
        if moving_averages == moving_averages_lib.AUTO and average in self._shapes:
            key = average
        elif raw in self._shapes:
            key = raw
        else:
            raise errors.InputError(
                "variable '{}' is missing in {}{}".format(
                    name,
                    self.place,
                    ", which has its moving average only: leave out "
                    "--moving_averages=never"
                    if average in self._shapes
                    else ": is it of another variant, or was it written in part?",
                )
            )
        source.check_shape(
            name, self._shapes[key], expected_shape, self._network.name, self.place
        )
        return key

    def value(self, key: str) -> np.ndarray:
        """Reads a value; TensorFlow holds it against its checksum."""
        with self._damage_told():
            return self._reader.get_tensor(key)


@contextlib.contextmanager
def _prefix(path: str, expected: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Gives the prefix of the checkpoint at a path, unpacked if need be."""
    if os.path.isdir(path):
        yield _newest(path)
        return
    if not _is_archive(path):
        yield _existing(re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", path))
        return
    bytes_of_weights = sum(4 * int(np.prod(shape)) for shape in expected.values())
    directory = tempfile.mkdtemp(prefix="efficientnet-hub-")
    try:
        max_bytes = _MAX_COPIES * bytes_of_weights + _MAX_GRAPH_BYTES
        archive_reader.extract(path, directory, max_bytes)
        yield _newest(_folder_with_checkpoint(directory, path), path)
    finally:
        shutil.rmtree(directory)


def _is_archive(path: str) -> bool:
    return os.path.isfile(path) and path.endswith((".tar.gz", ".tgz"))


def _files(prefix: str) -> list[str]:
    """The files that hold a checkpoint's values."""
    shards = glob.glob(glob.escape(prefix) + ".data-*-of-*")
    return [prefix + ".index"] + sorted(shards)


def _existing(prefix: str) -> str:
    if not os.path.exists(prefix + ".index"):
        raise errors.InputError(
            "{} at '{}': expected a checkpoint's prefix, a directory or .tar.gz with "
            "one, a .pth file, 'random' or 'imagenet'".format(
                "another kind of file"
                if os.path.exists(prefix)
                else "no checkpoint found",
                prefix,
            )
        )
    return prefix


def _folder_with_checkpoint(directory: str, path: str) -> str:
    folders = [
        folder
        for folder, _, files in os.walk(directory)
        if any(file.endswith(".index") for file in files)
    ]
    if len(folders) != 1:
        raise errors.InputError(
            "archive '%s' must hold one folder with a checkpoint, found %d"
            % (path, len(folders))
        )
    return folders[0]


def _newest(directory: str, told_as: str | None = None) -> str:
    """The prefix that a directory's file 'checkpoint' names, or its only one."""
    state = None
    with contextlib.suppress(tf.errors.OpError, ValueError):
        state = tf.train.get_checkpoint_state(directory)
    prefixes = [
        path[: -len(".index")]
        for path in glob.glob(glob.escape(directory) + "/*.index")
    ]
    if state is not None:
        # The file may have been written elsewhere: only its last part counts.
        named = os.path.join(directory, os.path.basename(state.model_checkpoint_path))
        if named in prefixes:
            return named
    if os.path.exists(os.path.join(directory, "tfhub_module.pb")):
        raise errors.InputError(
            "'{}' is a module: give its checkpoint, '{}'".format(
                directory, os.path.join(directory, "variables", "variables")
            )
        )
    if len(prefixes) != 1:
        raise errors.InputError(
            "directory '%s' must hold one checkpoint, or a file 'checkpoint' that "
            "names one of them, found %d" % (told_as or directory, len(prefixes))
        )
    return prefixes[0]
