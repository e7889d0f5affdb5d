"""Writes the compatibility table from the reports of the test runs.

The table is written twice: as JSON, which the package ships and shows on the pages of
modules, and as Markdown, which is docs/compatibility.md.

A report is a file of pytest's option `--junitxml`, `<consumer>/<builder>.xml`, in one
folder. The name of its test suite describes the environment. `<builder>.key` beside it
has the key of the cell (see cell_key.py). A cell with a key and without a report did
not run: the file of cells, which this script writes too, has a result for the key. The
script writes nothing if a result is missing, or if a report contains a test that failed
or was skipped.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import sys
import xml.etree.ElementTree
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

# The ways to use a module: the file that tests each, and its title in the table.
_USES = (
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

`make compat` measures this table and writes this page. It exports modules with each
*builder* and uses them in each *consumer*. If two builders write modules with the same
bytes, the consumers only use those of one of them. Each version of TensorFlow has its
own environment. The modules are efficientnet-b0 and its feature vector with random
weights, and efficientnet-lite0 with its ImageNet weights.

An output is correct if it differs from that of the same network in a graph without
modules by at most a ten-thousandth of its standard deviation. efficientnet-lite0 must
also name what three photographs show. Fine-tuning is correct if the loss falls, each
trainable variable has a gradient, each moving average changes, and the regularization
losses have the expected values.

## Builders and consumers

The number of checks. All of them passed. A builder with the same bytes as another one
has the checks of that one.

{builders}

## Uses

All modules with different bytes were tested. "Not offered" means that these versions of
TensorFlow and tensorflow_hub do not have the use: tensorflow_hub 0.16 has no
`hub.Module`, and `hub.load` needs TensorFlow 1.14.

{uses}

## Environments

{environments}
"""


class IncompleteError(Exception):
    """A cell of the table was not tested, or a test in it did not pass."""


class Report(NamedTuple):
    """The result of one cell.

    Attributes:
      environment: Python and packages of the consumer.
      checks: the number of tests by the file that contains them.
      key: the key of the cell.
    """

    environment: str
    checks: Mapping[str, int]
    key: str


# The report of each builder's modules (first) in each consumer (second).
_Cells = Mapping[Any, Report]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", required=True, help="folder of all builders'")
    parser.add_argument("--reports", required=True, help="folder of all consumers'")
    parser.add_argument("--builders", required=True, nargs="+")
    parser.add_argument("--consumers", required=True, nargs="+")
    parser.add_argument(
        "--not_offered",
        default=[],
        nargs="*",
        help="consumer:file of each use that a consumer does not have",
    )
    parser.add_argument("--cells", required=True, help="the results by key, updated")
    parser.add_argument("--json", required=True, help="the JSON file to write")
    parser.add_argument("--page", required=True, help="the Markdown file to write")
    arguments = parser.parse_args()
    try:
        cells = read_cells(
            arguments.reports,
            arguments.cells,
            arguments.builders,
            arguments.consumers,
        )
        table = collect(
            cells,
            arguments.modules,
            arguments.builders,
            arguments.consumers,
            arguments.not_offered,
        )
    except IncompleteError as error:
        sys.exit(f"{os.path.basename(__file__)}: {error}")
    results = {
        f"{consumer}/{builder}": report._asdict()
        for (builder, consumer), report in sorted(cells.items())
    }
    for path, text in (
        (arguments.cells, to_json(results)),
        (arguments.json, to_json(table)),
        (arguments.page, to_markdown(table)),
    ):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def read_cells(
    reports: str, known: str, builders: Sequence[str], consumers: Sequence[str]
) -> dict[tuple[str, str], Report]:
    """Returns the report of each builder's modules (first) in each consumer (second).

    Args:
      reports: the folder with a folder of reports for each consumer.
      known: the file with the results of earlier runs, which may be missing.
      builders: the builders' names. One that no consumer used has no cells.
      consumers: the consumers' names.

    Raises:
      IncompleteError: names the cell that was not tested or did not pass.
    """
    earlier: dict[str, dict] = {}
    if os.path.exists(known):
        with open(known, encoding="utf-8") as file:
            earlier = json.load(file)
    return {
        (builder, consumer): _read_cell(reports, builder, consumer, earlier)
        for builder in builders
        if _is_used(reports, builder)
        for consumer in consumers
    }


def collect(
    cells: _Cells,
    modules: str,
    builders: Sequence[str],
    consumers: Sequence[str],
    not_offered: Sequence[str],
) -> dict[str, list]:
    """Returns the table.

    Args:
      cells: the result of `read_cells`.
      modules: the folder with a folder of modules for each builder.
      builders: the builders' names, in order. A builder without cells must have
        written the same bytes as another builder.
      consumers: the consumers' names, in order.
      not_offered: 'consumer:file' for each use that a consumer does not have.

    Returns:
      Three lists: `consumers`, each with its environment; `builders`, each with the
      number of checks by consumer; `uses`, each with the consumers that it works in,
      and those that do not have it.

    Raises:
      IncompleteError: names a builder whose modules nobody used.
    """
    used = [name for name in builders if (name, consumers[0]) in cells]
    return {
        "consumers": [
            {"name": name, "environment": cells[used[0], name].environment}
            for name in consumers
        ],
        "builders": [
            _describe_builder(modules, builder, used, cells, consumers)
            for builder in _sort(builders, used)
        ],
        "uses": [
            {
                "title": title,
                "works_in": _find_working(file, cells, used, consumers),
                "not_offered_in": [
                    name for name in consumers if f"{name}:{file}" in not_offered
                ],
            }
            for file, title in _USES
        ],
    }


def _is_used(reports: str, builder: str) -> bool:
    return any(
        os.path.exists(os.path.join(reports, consumer, f"{builder}.key"))
        for consumer in os.listdir(reports)
    )


def _sort(builders: Sequence[str], used: Sequence[str]) -> list[str]:
    """Returns the builders, those whose modules were used first."""
    return sorted(builders, key=lambda builder: builder not in used)


def _read_cell(
    reports: str, builder: str, consumer: str, earlier: Mapping[str, dict]
) -> Report:
    stem = os.path.join(reports, consumer, builder)
    if not os.path.exists(stem + ".key"):
        raise IncompleteError(f"{consumer} did not use the modules of {builder}")
    with open(stem + ".key") as file:
        key = file.read()
    if os.path.exists(stem + ".xml"):
        return _read_report(stem + ".xml", builder, consumer, key)
    known = earlier.get(f"{consumer}/{builder}")
    if known is None or known["key"] != key:
        raise IncompleteError(
            f"{consumer} did not use the modules of {builder}, and no earlier result "
            "has their key"
        )
    return Report(**known)


def _read_report(path: str, builder: str, consumer: str, key: str) -> Report:
    suite = xml.etree.ElementTree.parse(path).getroot().find("testsuite")
    cases = list(suite.iter("testcase"))
    for case in cases:
        if any(case.find(bad) is not None for bad in ("failure", "error", "skipped")):
            raise IncompleteError(
                f"{case.get('name')} did not pass in {consumer} with the modules of "
                f"{builder}"
            )
    checks = collections.Counter(case.get("classname") for case in cases)
    unknown = set(checks) - {file for file, _ in _USES}
    if unknown or not checks:
        raise IncompleteError(
            f"'{path}' must contain tests of the consumers, found {sorted(unknown)}"
        )
    return Report(suite.get("name"), checks, key)


def _describe_builder(
    modules: str,
    builder: str,
    used: Sequence[str],
    cells: _Cells,
    consumers: Sequence[str],
) -> dict[str, Any]:
    same = None if builder in used else _find_same(modules, builder, used)
    return {
        "name": builder,
        "same_bytes_as": same,
        "checks": {
            consumer: sum(cells[same or builder, consumer].checks.values())
            for consumer in consumers
        },
    }


def _find_same(modules: str, builder: str, others: Sequence[str]) -> str:
    """Returns the first of some builders that wrote the same bytes as another one."""
    digests = compute_digests(os.path.join(modules, builder))
    for other in others:
        if digests == compute_digests(os.path.join(modules, other)):
            return other
    raise IncompleteError(
        f"no consumer used the modules of {builder}, and no other builder wrote the "
        "same bytes"
    )


def compute_digests(folder: str) -> dict[str, str]:
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


def _find_working(
    file: str, cells: _Cells, builders: Sequence[str], consumers: Sequence[str]
) -> list[str]:
    """Returns the consumers that a test file passed in, with all builders' modules."""
    return [
        consumer
        for consumer in consumers
        if all(cells[builder, consumer].checks.get(file) for builder in builders)
    ]


def to_json(table: Mapping[str, Any]) -> str:
    """Returns a table as JSON."""
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def to_markdown(table: Mapping[str, Any]) -> str:
    """Returns the page docs/compatibility.md.

    Args:
      table: the result of `collect`.
    """
    names = [consumer["name"] for consumer in table["consumers"]]
    builder_rows = [
        [_title(builder)] + [str(builder["checks"][name]) for name in names]
        for builder in table["builders"]
    ]
    use_rows = [
        [use["title"]] + [_describe_cell(use, name) for name in names]
        for use in table["uses"]
    ]
    return _PAGE.format(
        builders=_format_table(["builder, consumer", *names], builder_rows),
        uses=_format_table(["", *names], use_rows),
        environments="\n".join(
            f"*   {consumer['name']}: {consumer['environment']}"
            for consumer in table["consumers"]
        ),
    )


def _describe_cell(use: Mapping[str, Any], consumer: str) -> str:
    if consumer in use["works_in"]:
        return "yes"
    if consumer in use["not_offered_in"]:
        return "not offered by this version"
    return "not tried"


def _title(builder: Mapping[str, Any]) -> str:
    if builder["same_bytes_as"] is None:
        return builder["name"]
    return f"{builder['name']} (the same bytes as {builder['same_bytes_as']})"


def _format_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
