"""A module's page shows its documentation, its network and what it sees."""

from __future__ import annotations

import pytest

from efficientnet_hub.builder import module_config
from efficientnet_hub.efficientnet import stages
from efficientnet_hub.export.model_card import template
from efficientnet_hub.export.pages import module_page, samples
from efficientnet_hub.export.weights import source
from efficientnet_hub.signatures import provenance

_MANIFEST = {
    "archive": {"name": "1.tar.gz", "sha256": "a" * 64, "bytes": 33_560_049},
    "page": {"name": "1.md", "sha256": "c" * 64},
    "promises": {"infers the same each time": "ok", "names its classes": "absent"},
    "versions": {"tensorflow": "2.15.1"},
}
_INTERFACE = "## Signatures\n\nOne.\n\n## Tag sets\n\nTwo."
_SAMPLE = samples.Sample(
    "chelsea",
    "data:image/jpeg;base64,aaaa",
    [samples.Answer("<i>cat</i>", 81), samples.Answer("lynx", 0)],
)


@pytest.fixture(name="render")
def _render(tiny, shapes):
    """Returns a function that renders the page of a module."""

    def _render(shown=(), **weights) -> str:
        config = module_config.module_config(
            tiny, module_config.CLASSIFICATION, tiny.num_classes
        )
        written = template.Format("hub", "attached", "Use it.", _INTERFACE)
        given = source.Weights(
            {}, provenance.Provenance("here"), **dict({"trained": True}, **weights)
        )
        page = template.render(config, given, shapes, written, "1.tar.gz")
        return module_page.render(page, _MANIFEST, config.network, shown)

    return _render


def test_the_documentation_is_in_it(render):
    page = render()

    assert "<p>Image classification with efficientnet-b0.</p>" in page
    for section in ("Overview", "Weights", "Usage", "Input", "Signatures", "Tag sets"):
        assert f"<h2>{section}</h2>" in page
    assert "Use it." in page
    assert "UNTRAINED" not in page


def test_each_stage_is_drawn_and_costed(render, tiny):
    page = render()

    for stage in stages.stages(tiny):
        assert f">{stage.name}</text>" in page
        for count in (stage.cost.parameters, stage.cost.multiply_adds):
            assert f'<td class="number">{count:,}</td>' in page


def test_samples_have_bars(render):
    page = render([_SAMPLE])

    assert '<img src="data:image/jpeg;base64,aaaa" alt="chelsea">' in page
    assert "&lt;i&gt;cat&lt;/i&gt;" in page
    assert "width: 81%" in page and ">81 %</span>" in page
    assert ">&lt;1 %</span>" in page
    assert "mean nothing" not in page


def test_untrained_weights_are_said_loudly(render):
    page = render([_SAMPLE], trained=False)

    assert '<div class="alarm" role="alert"><p>Image classification with' in page
    assert "they mean nothing" in page


def test_what_was_verified_and_measured_is_told(render):
    page = render()

    assert "<td>ok</td><td>infers the same each time</td>" in page
    assert "<td>absent</td><td>names its classes</td>" in page
    assert "built with TensorFlow 2.15.1" in page
    assert "<code>hub.Module</code>: fine-tuning" in page
    assert "a" * 64 in page and "33.6 MB" in page


def test_links_lead_to_the_files_beside_it_and_the_index(render):
    page = render()

    for name in ("1.tar.gz", "1.md", "1.manifest.json", "1.provenance.json"):
        assert f'href="{name}"' in page
    # efficientnet-hub/efficientnet-b0/classification/1.html
    assert 'href="../../../index.html"' in page
