"""A module's page shows its documentation, its network and sample images."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from efficientnet_hub.builder import module_config, tasks
from efficientnet_hub.efficientnet import stages
from efficientnet_hub.export.model_card import card, template
from efficientnet_hub.export.pages import module_page, samples
from efficientnet_hub.export.weights import source
from efficientnet_hub.signatures import provenance

_BUILD = module_page.Build(
    archive="1.tar.gz",
    archive_sha256="a" * 64,
    archive_bytes=33_560_049,
    page="1.md",
    tensorflow="2.15.1",
    promises={"has the same outputs each time": "ok", "names its classes": "absent"},
    not_applicable=["drops features before the classifier"],
)
_INTERFACE = [card.Section("Signatures", "One."), card.Section("Tag sets", "Two.")]
_SAMPLE = samples.Sample(
    "chelsea",
    "data:image/jpeg;base64,aaaa",
    [samples.Answer("<i>cat</i>", 81), samples.Answer("lynx", 0)],
)


@pytest.fixture(name="render")
def _render(tiny, shapes):
    """Returns a function that renders the page of a module."""

    def _render(shown=(), interface=_INTERFACE, class_names=None, **weights) -> str:
        config = module_config.module_config(
            tiny, tasks.CLASSIFICATION, tiny.num_classes
        )
        usage = 'Use it: `hub.Module("path/to/module")`.'
        written = template.Format("hub", "attached", usage, interface)
        given = source.Weights(
            {}, provenance.Provenance("here"), **dict({"trained": True}, **weights)
        )
        built = template.build_card(config, given, shapes, written, "1.tar.gz")
        return module_page.render(built, _BUILD, config.network, shown, class_names)

    return _render


def test_the_page_contains_the_documentation(render):
    page = render()

    assert "<p>Image classification with efficientnet-b0.</p>" in page
    for section in ("Overview", "Weights", "Usage", "Input", "Signatures", "Tag sets"):
        assert f"<h2>{section}</h2>" in page
    assert "Use it: " in page
    assert "UNTRAINED" not in page


def test_the_page_contains_all_sections_in_order(render):
    page = render(interface=[card.Section("The object", "It has <attributes>.")])

    assert re.findall(r"<h2>(.+)</h2>", page) == [
        "Overview",
        "Weights",
        "Usage",
        "Input",
        "Architecture",
        "The object",
        "Compatibility",
        "Verified before publication",
        "Files",
    ]
    assert "It has &lt;attributes&gt;." in page


def test_the_policy_allows_the_one_script_of_the_page(render):
    page = render()
    (script,) = re.findall("<script>(.*?)</script>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"default-src 'none'; script-src 'sha256-{digest}'; style-src" in page
    assert page.count("script-src") == 1


def test_the_script_replaces_the_placeholder_of_the_snippets(render):
    page = render()
    (script,) = re.findall("<script>(.*?)</script>", page, re.S)

    assert 'hub.Module("path/to/module")' in page.split('id="usage"')[1]
    assert 'replaceAll("path/to/module"' in script
    for name in re.findall(r'getElementById\("(\w+)"\)', script):
        assert f'id="{name}"' in page


def test_the_page_shows_each_stage_and_its_cost(render, tiny):
    page = render()

    for stage in stages.stages(tiny):
        assert f'<th scope="row">{stage.name}</th>' in page
        for count in (stage.cost.parameters, stage.cost.multiply_adds):
            assert f">{count:,}</td>" in page


def test_the_drawing_and_the_table_say_the_same_resolutions(render, tiny):
    page = render()

    drawn = re.findall(r"<span>(.+)</span>\s+<span class=\"size\">(\d+) → (\d+)<", page)
    listed = re.findall(
        r'<th scope="row">(.+)</th>\s+<td class="layers">.+</td>\s+'
        r'<td class="size" data-label="input">(\d+) x \2</td>\s+'
        r'<td class="size" data-label="output">(\d+) x \3</td>',
        page,
    )
    assert drawn == listed
    assert drawn == [
        (stage.name, str(stage.input_size), str(stage.output_size))
        for stage in stages.stages(tiny)
    ]


def test_few_classes_are_listed(render):
    page = render(class_names=["cat", "<b>dog</b>", "line\nbreak"])

    assert "<details open>" in page
    (names,) = re.findall('<ol class="classes" start="0">(.+?)</ol>', page, re.S)
    assert re.findall("<li>(.+)</li>", names) == [
        "cat",
        "&lt;b&gt;dog&lt;/b&gt;",
        r"line\nbreak",
    ]


def test_the_list_of_many_classes_is_closed(render):
    page = render(class_names=[f"class {index}" for index in range(1000)])

    assert "<details>\n<summary>The names of the 1,000 classes" in page
    assert "<li>class 999</li>" in page


def test_classes_without_names_are_not_listed(render):
    assert "<h2>Classes</h2>" not in render()


def test_samples_have_bars(render):
    page = render([_SAMPLE])

    assert '<img src="data:image/jpeg;base64,aaaa" alt="chelsea"' in page
    assert "&lt;i&gt;cat&lt;/i&gt;" in page
    assert "width: 81%" in page and ">81 %</span>" in page
    assert ">&lt;1 %</span>" in page
    assert "meaningless" not in page


def test_a_warning_says_that_weights_are_untrained(render):
    page = render([_SAMPLE], trained=False)

    assert '<div class="alarm" role="alert"><p>Image classification with' in page
    assert "predictions are meaningless" in page


def test_the_page_shows_what_was_verified_and_tested(render):
    page = render()

    assert "<td>ok</td><td>has the same outputs each time</td>" in page
    assert "<td>absent</td><td>names its classes</td>" in page
    assert "built with TensorFlow 2.15.1" in page
    (row,) = re.findall("^.*<code>hub.Module</code>: fine-tuning.*$", page, re.M)
    assert row.count(">yes</td>") >= 4
    assert row.count(">not offered</td>") == 2
    assert "<li>1.13.1: Python 3.7, TensorFlow 1.13.1" in page
    assert "a" * 64 in page and "33.6 MB" in page


def test_a_promise_of_other_modules_is_not_among_those_that_are_kept(render):
    page = render()
    section = page.split('<section id="promises">')[1].split("</section>")[0]
    table, others = section.split("</table>")

    assert "drops features" not in table
    assert "Not checked, because they are promises of another kind" in others
    assert "<li>drops features before the classifier</li>" in others


def test_each_cell_of_the_compatibility_table_says_something(render):
    page = render()
    section = page.split('<section id="compatibility">')[1].split("</section>")[0]

    cells = re.findall(r'<td data-label="\S+">(.*?)</td>', section)
    assert len(cells) % 8 == 0
    assert set(cells) == {"yes", "not offered", "not tried"}
    for outcome in ("Not offered", "Not tried"):
        assert f'"{outcome}" means' in section


def test_the_files_can_be_downloaded_from_the_top_of_the_page(render):
    top = render().split("<h2>")[0]

    assert re.findall('href="(1[^"]+)"', top) == ["1.tar.gz", "1.md", "1.manifest.json"]
    assert "Module, 33.6 MB" in top


def test_links_lead_to_the_files_beside_it_and_the_index(render):
    page = render()

    for name in ("1.tar.gz", "1.md", "1.manifest.json", "1.provenance.json"):
        assert f'href="{name}"' in page
    # efficientnet-hub/efficientnet-b0/classification/1.html
    assert 'href="../../../index.html"' in page
