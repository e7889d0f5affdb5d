"""The table of docs/weights.md has the results that were measured."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from efficientnet_hub.tests.peers import cases, results_table

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PAGE = (_ROOT / "docs" / "weights.md").read_text(encoding="utf-8")
_RESULTS = _ROOT / "tests" / "peers" / "results.json"


def _make_result(name: str, difference: float = 1e-5) -> dict:
    return {
        "name": name,
        "library": "timm",
        "version": "1.0",
        "architecture": "efficientnet_b0",
        "kind": "10 classes",
        "form": "pth",
        "saved_as": "`torch.save`",
        "flags": ["--source_model=timm/efficientnet_b0"],
        "differences": {"224x224": 1e-6, "97x131": difference},
    }


def test_the_committed_page_has_the_committed_results():
    text = _RESULTS.read_text(encoding="utf-8")
    results = json.loads(text)

    assert results_table.replace_table(_PAGE, results) == _PAGE
    assert results_table.to_json(results) == text


def test_every_case_has_a_result_within_the_limit():
    results = json.loads(_RESULTS.read_text(encoding="utf-8"))
    known = {case.name: case for case in cases.CASES}
    needed = {case.name for case in cases.CASES if case.always}
    (shown,) = re.findall(r"It must be at most (\S+)\.\n", _PAGE)

    assert float(shown) == cases.LIMIT
    assert needed <= {result["name"] for result in results} <= set(known)
    for result in results:
        case = known[result["name"]]
        assert list(case.flags) == result["flags"]
        assert len(result["differences"]) == len(case.image_sizes)
        assert max(result["differences"].values()) <= cases.LIMIT, result


def test_cases_have_different_names():
    assert len({case.name for case in cases.CASES}) == len(cases.CASES)


def test_every_library_and_variant_is_a_case():
    variants = {case.variant for case in cases.CASES if case.library == "timm"}
    libraries = {case.library for case in cases.CASES if case.always}

    assert variants == set(cases.SIZES)
    keras = {library for each in cases.KERAS_LIBRARIES.values() for library in each}
    assert libraries == {*cases.TORCH_LIBRARIES, *keras, cases.OWN}


def test_a_row_has_the_greatest_difference():
    rows = results_table.to_markdown([_make_result("a", 2.34e-5)]).splitlines()

    assert rows[2] == (
        "| timm | 1.0 | `efficientnet_b0`, 10 classes | `torch.save` | "
        "`--source_model=timm/efficientnet_b0` | 2.3e-05 |"
    )
    assert {row.count("|") for row in rows} == {7}


def test_cases_that_were_not_run_keep_their_results():
    old = [_make_result("a"), _make_result("b"), _make_result("removed")]
    new = [_make_result("b", 3e-5), _make_result("c")]

    merged = results_table.merge(old, new, ["c", "b", "a", "never run"])

    assert merged == [new[1], new[0], old[0]]


def test_a_page_without_the_table_is_refused():
    with pytest.raises(ValueError, match="one table to replace, found 0"):
        results_table.replace_table("no table\n", [])
