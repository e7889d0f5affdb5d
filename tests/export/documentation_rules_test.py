"""The pages and archives follow the rules of tfhub.dev's documentation validator.

`testdata/documentation` has its vocabulary. The rules are those of `tools/validator.py`
in github.com/tensorflow/tfhub.dev.
"""

from __future__ import annotations

import fnmatch
import json
import pathlib
import re
import tarfile

import pytest

from efficientnet_hub.builder import module_config, tasks
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter
from efficientnet_hub.export.model_card import template
from efficientnet_hub.export.weights import source
from efficientnet_hub.signatures import provenance
from efficientnet_hub.tests import cases

_VOCABULARY = json.loads(
    (
        pathlib.Path(__file__).parents[1] / "testdata/documentation/vocabulary.json"
    ).read_text()
)
_HANDLE = re.compile(r"# Module [a-z\d-]+/[\w.-]+(/[\w.-]+)*/\d+")
_COMMENT = re.compile(r"<!--([\w\s-]+):(.+)-->")
_FILE_NAME = re.compile(r"[\w-][-!',_\w.=:% ]*(/[\w-][-!',_\w.=:% ]*)*")
_WEIGHTS = {
    "untrained": source.Weights({}, provenance.Provenance("a seed"), trained=False),
    "the publisher's": source.Weights(
        {},
        provenance.Provenance("a checkpoint", dataset="ImageNet (ILSVRC-2012-CLS)"),
        trained=True,
        published_top1=77.1,
    ),
    "a package's": source.Weights(
        {},
        provenance.Provenance(
            "a package", license="Apache-2.0", dataset="ImageNet (ILSVRC-2012-CLS)"
        ),
        trained=True,
    ),
    "fine-tuned": source.Weights(
        {}, provenance.Provenance("photographs", "MIT", descended=True), trained=True
    ),
    "with a new classifier": source.Weights(
        {}, provenance.Provenance("a checkpoint"), trained=True, new_classifier=True
    ),
}


def _violations(page: str) -> list[str]:
    """Returns the violations that the validator would report, a phrase each."""
    title, empty, summary, end, *lines = page.split("\n")
    found = []
    if not _HANDLE.fullmatch(title):
        found.append(f"title {title!r}")
    if empty or not summary or summary.startswith("<!--") or end:
        found.append("no summary of one line after an empty one")
    metadata = {}
    for line in lines:
        if line.startswith("#"):
            break
        comment = _COMMENT.fullmatch(line)
        if comment:
            key, value = (text.strip() for text in comment.groups())
            metadata.setdefault(key, set()).add(value)
        elif line:
            found.append(f"line {line!r} among the metadata")
    return found + _violations_of_metadata(metadata)


def _violations_of_metadata(metadata: dict[str, set[str]]) -> list[str]:
    required, optional = set(_VOCABULARY["required"]), set(_VOCABULARY["optional"])
    found = [f"no {key}" for key in sorted(required - set(metadata))]
    for key, values in metadata.items():
        if key not in required | optional:
            found.append(f"unknown key {key}")
        if len(values) > 1 and key not in _VOCABULARY["repeated"]:
            found.append(f"more than one {key}")
        unknown = values - set(_VOCABULARY["ids"].get(key, values))
        found += [f"unknown {key} {value}" for value in sorted(unknown)]
    for path in metadata.get("asset-path", ()):
        if not path.endswith(".tar.gz"):
            found.append(f"asset-path {path}")
    return found


def _page(network, task, weights) -> str:
    num_classes = None if task == tasks.FEATURE_VECTOR else 1000
    config = module_config.module_config(network, task, num_classes)
    described = template.Format("hub", "attached", "Use it.", [])
    card = template.build_card(config, weights, {}, described, "module.tar.gz")
    return card.to_markdown()


@pytest.mark.parametrize("weights", _WEIGHTS.values(), ids=list(_WEIGHTS))
@pytest.mark.parametrize("task", tasks.TASKS)
@pytest.mark.parametrize("variant", list(config_lib.VARIANTS))
def test_the_page_of_each_variant_passes(variant, task, weights):
    network = config_lib.get_config(variant)

    assert _violations(_page(network, task, weights)) == []


@pytest.fixture(
    scope="module", params=cases.slow_after(1, ["hub", "savedmodel"]), name="exported"
)
def _exported(request, tiny, tmp_path_factory) -> exporter.ExportedModule:
    folder = tmp_path_factory.mktemp(request.param)
    return exporter.export_module(
        tiny,
        "random",
        str(folder / "tiny"),
        archive=str(folder / "tiny.tar.gz"),
        format=request.param,
    )


def test_the_page_of_each_format_passes(exported):
    page = pathlib.Path(exported.card).read_text(encoding="utf-8")

    assert _violations(page) == []


def test_an_archive_holds_nothing_but_what_the_validator_allows(exported):
    with tarfile.open(exported.archive) as archive:
        names = [member.name for member in archive.getmembers() if member.isfile()]

    assert "saved_model.pb" in names
    assert [name for name in names if not _is_allowed(name)] == []


def _is_allowed(name: str) -> bool:
    patterns = _VOCABULARY["files"]
    return bool(_FILE_NAME.fullmatch(name)) and any(
        fnmatch.fnmatch(name, pattern) for pattern in patterns
    )


@pytest.mark.parametrize(
    ("old", "new", "violation"),
    [
        ("# Module ", "# Model ", "title '# Model efficientnet-hub/"),
        ("# Module efficientnet", "# Module Efficientnet", "title '# Module Eff"),
        (", UNTRAINED: ", "\n", "no summary of one line"),
        ("task:", "module-type:", "no task, unknown key module-type"),
        ("-b0 -->", "-B0 -->", "unknown network-architecture efficientnet-B0"),
        ("apache-2.0 -->", "Apache-2.0 -->", "unknown license Apache-2.0"),
        ("format: hub -->", "format: tf1 -->", "unknown format tf1"),
        ("module.tar.gz -->", "legacy -->", "asset-path legacy"),
        ("\n<!-- format", "\nBy us.\n<!-- format", "line 'By us.' among"),
        ("\n## Overview", "<!-- license: mit -->\n## Overview", "more than one lic"),
    ],
)
def test_the_rules_refuse(old, new, violation, tiny):
    weights = source.Weights(
        {}, provenance.Provenance("a seed", license="Apache-2.0"), trained=False
    )
    page = _page(tiny, tasks.CLASSIFICATION, weights)
    assert _violations(page) == [] and page.count(old) == 1

    found = ", ".join(_violations(page.replace(old, new)))

    assert found.startswith(violation)
