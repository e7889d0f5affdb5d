"""Writes the table of versions from the reports of runs that really happened.

A report is pytest's own (`--junitxml`), `<consumer>/<builder>.xml` in one folder; its
test suite's name says what was running. A report that is missing, or that tells of
anything but passed tests, is an error, and nothing is written.
"""

import argparse
import collections
import hashlib
import os
import sys
import xml.etree.ElementTree

# What is tried: the file of its tests, and how the table calls it.
_WAYS = (
    ("hub_module_consumer", "`hub.Module`: tag sets, signatures, outputs"),
    ("fine_tuning_consumer", "`hub.Module`: fine-tuning"),
    ("hub_module_archive_consumer", "`hub.Module` of an archive's URL"),
    ("checkpoint_consumer", "`hub.Module`: a checkpoint of fine-tuning, evaluated"),
    ("hub_load_consumer", "`hub.load`"),
    ("hub_load_archive_consumer", "`hub.load` of an archive's URL"),
    ("keras_layer_consumer", "`hub.KerasLayer` in a model of Keras 2"),
    ("serving_v1_consumer", "`serve`: `tf.compat.v1.saved_model.loader.load`"),
    ("saved_model_load_consumer", '`serve`: `tf.saved_model.load(tags=["serve"])`'),
    ("tflite_consumer", "`serve`: converted to TensorFlow Lite"),
    ("onnx_consumer", "`serve`: converted by tf2onnx, run by ONNX Runtime"),
)

_PAGE = """\
# Compatibility

Measured: `make compat` writes this page. It exports modules with each *builder* and
uses them in each *consumer*, every version of TensorFlow in an environment of its own.
The modules are efficientnet-b0 and its feature vector with random weights, and
efficientnet-lite0 with its ImageNet weights.

An output is right where it is that of the network itself, put into a graph without any
module, within a ten-thousandth of its standard deviation; and where lite0 names what
three photographs show. Fine-tuning is right where the loss falls, each trainable
variable has a gradient, each moving average moves, and the regularization losses are
what they should be.

## Who can use whose modules

Number of checks, all of them passed.

{cells}

## What works where

With the modules of every builder. What has no entry is not there or was not tried:
tensorflow_hub 0.16 has no `hub.Module`, and no `hub.load` was tried in TensorFlow 1.

{ways}

## Environments

{environments}
"""

Report = collections.namedtuple("Report", ["environment", "checks"])


class IncompleteError(Exception):
    """A cell of the table was not tried, or failed."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", required=True, help="folder of all builders'")
    parser.add_argument("--reports", required=True, help="folder of all consumers'")
    parser.add_argument("--builders", required=True, nargs="+")
    parser.add_argument("--consumers", required=True, nargs="+")
    parser.add_argument("--output", required=True, help="the page to write")
    arguments = parser.parse_args()
    try:
        page = render(
            arguments.modules,
            arguments.reports,
            arguments.builders,
            arguments.consumers,
        )
    except IncompleteError as error:
        sys.exit(f"{os.path.basename(__file__)}: {error}")
    with open(arguments.output, "w", encoding="utf-8") as file:
        file.write(page)


def render(modules, reports, builders, consumers):
    """Returns the page.

    Args:
      modules: the folder with a folder of modules for each builder.
      reports: the folder with a folder of reports for each consumer.
      builders: the builders' names, in order; one without reports has to have
        written the very bytes of another.
      consumers: the consumers' names, in order.

    Raises:
      IncompleteError: names the cell that is not good.
    """
    used = [builder for builder in builders if _is_used(reports, builder)]
    cells = {
        (builder, consumer): _read_report(reports, builder, consumer)
        for builder in used
        for consumer in consumers
    }
    rows = [_cell_row(builder, cells, consumers) for builder in used]
    for builder in builders:
        if builder not in used:
            same = _find_same(modules, builder, used)
            rows.append(_same_row(builder, same, cells, consumers))
    return _PAGE.format(
        cells=_table(["built by, used by"] + consumers, rows),
        ways=_table([""] + consumers, _way_rows(cells, used, consumers)),
        environments="\n".join(
            f"*   {consumer}: {cells[used[0], consumer].environment}"
            for consumer in consumers
        ),
    )


def _is_used(reports, builder):
    return any(
        os.path.exists(os.path.join(reports, consumer, builder + ".xml"))
        for consumer in os.listdir(reports)
    )


def _read_report(reports, builder, consumer):
    """Returns what a consumer found; checks are counted by way."""
    path = os.path.join(reports, consumer, builder + ".xml")
    if not os.path.exists(path):
        raise IncompleteError(f"{consumer} did not use the modules of {builder}")
    suite = xml.etree.ElementTree.parse(path).getroot().find("testsuite")
    cases = list(suite.iter("testcase"))
    for case in cases:
        if any(case.find(bad) is not None for bad in ("failure", "error", "skipped")):
            raise IncompleteError(
                "{} did not pass in {} with the modules of {}".format(
                    case.get("name"), consumer, builder
                )
            )
    checks = collections.Counter(case.get("classname") for case in cases)
    unknown = set(checks) - {file for file, _ in _WAYS}
    if unknown or not checks:
        raise IncompleteError(f"'{path}' tells of other tests: {sorted(unknown)}")
    return Report(suite.get("name"), checks)


def _find_same(modules, builder, others):
    """Returns which of some builders wrote the same bytes as another one."""
    for other in others:
        if _digests(os.path.join(modules, builder)) == _digests(
            os.path.join(modules, other)
        ):
            return other
    raise IncompleteError(
        f"nobody used the modules of {builder}, and no other builder wrote the "
        "same bytes"
    )


def _digests(folder):
    """Returns the SHA-256 of each file below a folder, by relative path."""
    digests = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            digests[os.path.relpath(path, folder)] = digest
    if not digests:
        raise IncompleteError(f"there are no modules in '{folder}'")
    return digests


def _cell_row(builder, cells, consumers):
    return [builder] + [
        str(sum(cells[builder, consumer].checks.values())) for consumer in consumers
    ]


def _same_row(builder, same, cells, consumers):
    title = f"{builder} (the same bytes as by {same})"
    return [title] + _cell_row(same, cells, consumers)[1:]


def _way_rows(cells, builders, consumers):
    for file, title in _WAYS:
        tried = [
            all(cells[builder, consumer].checks[file] for builder in builders)
            for consumer in consumers
        ]
        yield [title] + ["yes" if passed else "" for passed in tried]


def _table(head, rows):
    lines = [head, ["---"] * len(head)] + list(rows)
    return "\n".join("| {} |".format(" | ".join(line)) for line in lines)


if __name__ == "__main__":
    main()
