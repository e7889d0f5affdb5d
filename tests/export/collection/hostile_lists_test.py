"""A list of any content is read or refused, in bounded time and without a traceback."""

from __future__ import annotations

import pathlib
import time

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.collection import entries
from efficientnet_hub.tests.export.collection import hostile_lists

_CASES = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "lists"
_START = """\
modules:
- handle: me/x
  model: efficientnet-lite0
  weights: random
  num_classes: 3
"""


@pytest.fixture(name="refusals")
def _refusals(tmp_path):
    def read(content) -> list[str]:
        content = content if isinstance(content, bytes) else content.encode()
        return hostile_lists.read(str(tmp_path), content).splitlines()

    return read


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("control_character", 6),
        ("deep_nesting", 6),
        ("key_is_a_list", 1),
        ("huge_number", 6),
        ("alias_bomb", 6),
        ("colliding_handles", 2),
    ],
)
def test_a_hostile_list_is_refused_at_once_with_its_line(name, line):
    path = str(_CASES / (name + ".yaml"))
    start = time.process_time()

    with pytest.raises(errors.InputError) as caught:
        entries.read(path)

    assert errors.list_messages(caught.value)[0].startswith(f"{path}:{line}: ")
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("!foo x", "'x' (tag !foo)"),
        ("!!binary '%'", "'%' (binary)"),
        ("!!int abc", "the number 'abc'"),
        ("!!bool abc", "'abc'"),
        ("!!timestamp abc", "'abc' (timestamp)"),
        ("2001-99-99", "'2001-99-99' (timestamp)"),
        ("1:30", "the number '1:30'"),
        ("010", "the number '010'"),
        ("0x1F", "the number '0x1F'"),
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("1e3", "'1e3'"),
        ("1.5e+3", "'1.5e+3' (float)"),
        (".nan", "'.nan' (float)"),
        ("-.inf", "'-.inf' (float)"),
        ("100000000000000000000000000", "the number '1000"),
        ("null", "None"),
        ("{a: b}", "a mapping"),
        ("[3]", "[3]"),
        ('"a\\nb"', "text with characters that cannot be shown, 'a\\nb'"),
    ],
)
def test_a_value_of_another_type_is_refused_with_line_and_field(value, found, refusals):
    (message,) = refusals(f"{_START}  seed: {value}\n")

    assert f":6: seed must be an integer, found {found}" in message


@pytest.mark.parametrize("text", ["\\0", "\\ud800", "\\e[2J", "\\u202e", "a\\nb"])
@pytest.mark.parametrize("field", ["labels", "samples", "weights", "handle", "model"])
def test_text_that_cannot_be_shown_is_refused(text, field, refusals):
    value = f'["{text}"]' if field == "samples" else f'"{text}"'
    start = _START.replace(f"  {field}:", "  version: 2 #").replace(
        "- handle", "- task"
    )
    start = start.replace("- task: me/x", "- task: classification")
    (message,) = (
        each
        for each in refusals(f"{start}  {field}: {value}\n")
        if f" {field} must be" in each
    )

    assert ":6: " in message


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (_START.encode("utf-16"), ":1: must be YAML in UTF-8, found the byte 0xff"),
        (_START.encode() + b"  labels: \xff", ":6: must be YAML in UTF-8, found the"),
        (_START + "---\n" + _START, ":6: must be YAML, found an error: but found anot"),
        (_START + '  labels: "\\U00110000"', ":6: must be YAML, found an error: "),
        (_START + "  <<: *a", ":6: must be YAML, found an error: found undefined alia"),
        (_START + "  <<: {seed: 3}", "'<<'"),
        (_START + "  seed: &a [*a]", ":6: a list of modules must have at most"),
        (b"x" * 2**20, "found more bytes"),
    ],
)
def test_a_broken_file_is_refused_with_the_line(content, found, refusals):
    (message,) = refusals(content)

    assert found in message


def test_a_byte_order_mark_and_aliases_are_valid(tmp_path):
    path = tmp_path / "modules.yaml"
    path.write_bytes(
        b"\xef\xbb\xbf" + _START.replace("3", "&n 3").encode() + b"  seed: *n\n"
    )

    (entry,) = entries.read(str(path))

    assert (entry.options.num_classes, entry.options.seed) == (3, 3)


def test_all_mistakes_are_reported_at_once(refusals):
    found = refusals(
        "default: {}\n"
        "defaults: {seed: x, weights: random}\n"
        "modules:\n"
        "- {handle: me/a, model: b9, image_size: 0}\n"
        "- {handle: me/b, model: efficientnet-b0, image_size: 0, num_classes: a}\n"
        "- {handle: me/c, model: efficientnet-b0, seed: 1, labels: none.txt}\n"
        "- 3\n"
        "- {handle: me/d, sead: 4}\n"
    )

    places = [message.split(": ")[0].rsplit(":", 1)[1] for message in found]
    assert places == ["1", "2", "4", "5", "7", "8", "8", "6"]
    assert "'default'" in found[0] and "seed must be" in found[1]
    assert "labels file" in found[-1]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("me/y", "me/y/1/more", "no handle may start with the handle and version"),
        ("me/y/1/more", "me/y", "no handle may start with the handle and version"),
        ("me/y/1/a/b", "me/Y", "upper and lower case, found me/Y and me/y"),
        ("me/y", "me/Y", "upper and lower case, found me/Y and me/y"),
        ("me/a/x", "me/A/y", "upper and lower case, found me/A and me/a"),
        ("me/y", "me/y", "handle and version must be unique"),
    ],
)
def test_handles_that_collide_are_refused(first, second, reason, refusals):
    (message,) = refusals(
        "defaults: {model: efficientnet-b0, weights: random}\n"
        f"modules:\n- handle: {first}\n- handle: {second}\n"
    )

    assert ":4: " in message and reason in message


@pytest.mark.parametrize(
    "handle",
    ["me/..", "me/y/1.tar.gz", "me/y.TAR.GZ/x", "me/index.html", "me/assets/x"]
    + ["me/a.md", "me/1.manifest.json", "me/" + "x" * 300, "index.html", "a//b"],
)
def test_a_handle_that_cannot_be_published_is_refused(handle, refusals):
    (message,) = refusals(_START.replace("me/x", handle))

    assert ":2: handle must be a publisher and a name" in message


@pytest.mark.parametrize("seed", range(40))
def test_a_random_list_is_read_or_refused(seed, refusals):
    refusals(hostile_lists.make(seed))


@pytest.mark.slow
def test_hundreds_of_random_lists_are_read_or_refused(refusals):
    for seed in range(1000, 2000):
        start = time.monotonic()
        refusals(hostile_lists.make(seed))
        assert time.monotonic() - start < 20, seed
