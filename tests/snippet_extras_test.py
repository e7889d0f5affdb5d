"""The pages name the extras that their snippets need."""

from __future__ import annotations

import re

import pytest

from efficientnet_hub.tests import documents

# What the snippets of a page need beyond TensorFlow, and the extras that have it.
_NEEDS = {
    "efficientnet-hub build": {"build"},
    "efficientnet-hub serve": {"serve"},
    "efficientnet-hub classify": {"images", "finetune", "build"},
    "efficientnet-hub finetune": {"finetune"},
    "efficientnet-hub embed": {"embed", "spark"},
    r"lite[012](?s:.){,80}weights[=:\" ]+imagenet": {"pretrained"},
    r"weights[=:\" ]+imagenet(?s:.){,80}lite[012]": {"pretrained"},
    r"weights=\S+\.h5": {"keras"},
    r"weights=\S+\.safetensors": {"safetensors"},
}


@pytest.mark.parametrize("document", documents.DOCUMENTS, ids=lambda path: path.name)
def test_a_page_names_the_extras_that_its_snippets_need(document):
    code = "".join(block.source for block in documents.blocks(document))
    text = document.read_text(encoding="utf-8")
    if "`make module`" in text:
        return  # It installs all extras.
    # 'the extras `hub` and `build`'.
    named = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"extras?\s[^.]+", text))))
    for names in re.findall(r"pip install '\.\[(.+?)\]'", text):
        named |= set(names.split(","))

    for pattern, extras in _NEEDS.items():
        assert not re.search(pattern, code) or extras & named, pattern
