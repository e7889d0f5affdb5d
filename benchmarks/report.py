"""Writes docs/performance.md and its plots from the measurements.

    python report.py --results=FOLDER --page=docs/performance.md

The page is the template `page.md` with tables. The plots are in a folder next to the
page, with its name. If a measurement is missing, nothing is written.
"""

from __future__ import annotations

import argparse
import os
import string
import sys

import growth_tables
import measurements
import plots
import tables

_TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page.md")
_TABLES = {
    "goals": tables.goals,
    "running": tables.running,
    "profiles": tables.profiles,
    "training_profile": tables.training_profile,
    "loading": tables.loading,
    "graphs": tables.graphs,
    "building": tables.building,
    "building_memory": tables.building_memory,
    "answers": tables.answers,
    "training": tables.training,
    "variants": growth_tables.variants,
    "cores": growth_tables.cores,
    "pipeline": growth_tables.pipeline,
}
# This part ran in every environment, and has its versions.
_ENVIRONMENTS = ("1.15.5", "2.15.1", "2.21.0")
_PART = "running"


def main():
    """Writes the page, or exits with the name of a missing measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--results", required=True, help="folder with the results of all environments"
    )
    parser.add_argument("--page", required=True, help="the page to write")
    arguments = parser.parse_args()
    measured = measurements.Measurements(arguments.results)
    try:
        page = render(measured)
        plots.write(measured, os.path.splitext(arguments.page)[0])
    except measurements.IncompleteError as error:
        sys.exit(f"{os.path.basename(__file__)}: {error}")
    with open(arguments.page, "w", encoding="utf-8") as file:
        file.write(page)


def render(measured: measurements.Measurements) -> str:
    """Returns the page.

    Raises:
      measurements.IncompleteError: if a measurement is missing.
    """
    with open(_TEMPLATE, encoding="utf-8") as file:
        template = string.Template(file.read())
    return template.substitute(
        {name: table(measured) for name, table in _TABLES.items()},
        environments=_environments(measured),
    )


def _environments(measured):
    """Returns a line per environment: versions, machine and date."""
    lines = []
    for environment in _ENVIRONMENTS:
        of = measured.circumstances(environment, _PART)
        versions = sorted(of["environment"].items())
        lines.append(
            f"*   {environment}: {', '.join(map(' '.join, versions))}; "
            f"{of['machine']['cpu']}, {of['machine']['cores']} cores; {of['date']}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
