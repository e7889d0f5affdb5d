"""Makes lists of modules that are wrong in many ways, from a seed.

    python -m efficientnet_hub.tests.export.collection.hostile_lists 0 700

reads the lists of 700 seeds, and prints those whose outcome is no refusal.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time

from efficientnet_hub import errors, escaping
from efficientnet_hub.export.collection import entries

_GOOD = b"""\
defaults:
  weights: random
  seed: 3
modules:
  - handle: me/lite0/classification
    model: efficientnet-lite0
    num_classes: 3
  - handle: me/lite0/feature-vector
    model: efficientnet-lite0
    task: feature-vector
    version: 2
    new_classifier: false
"""
_FIELDS = [
    *("handle", "version", "samples", "model", "weights", "task", "num_classes"),
    *("labels", "image_size", "preprocessing", "seed", "moving_averages"),
    *("new_classifier", "modules", "defaults", "<<"),
]
_SCALARS = [
    "",
    "~",
    "!foo x",
    "!!binary '%'",
    "!!binary aGVsbG8=",
    "!!int abc",
    "!!int ''",
    "!!float abc",
    "!!bool abc",
    "!!timestamp abc",
    "!!null x",
    "!!set {a, b}",
    "!!omap [a: 1]",
    "!!pairs [a: 1]",
    "!!python/object/apply:os.system ['true']",
    "!!str 5",
    "2001-99-99",
    "2001-01-01",
    "2001-01-01 25:61:61",
    ".nan",
    "-.inf",
    "1e999",
    "1:30",
    "190:20:30",
    "010",
    "0x1F",
    "0b101",
    "1_000",
    "9" * 10_000,
    "-" + "9" * 27,
    "0" * 5_000,
    "100000000000000000000000000",
    "4294967296",
    "-1",
    "0",
    "true",
    "yes",
    '"\\0"',
    '"\\ud800"',
    '"\\U00110000"',
    '"\\xff"',
    '"\\e[31m"',
    '"a\\nb"',
    '"' + "x" * 6_000 + '"',
    "../../etc",
    "/dev/null",
    "/",
    ".",
    "~root",
    "~nobody-of-this-name/x",
    "https://example.org/a",
    "file:///etc/passwd",
    "'[a]*?'",
    "me/x/1.tar.gz",
    "me/index.html",
    "me/assets",
    "me/..",
    "ME/lite0/classification",
    "me/LITE0/classification",
    "me/lite0/classification/1/more",
    "a/" + "b" * 5_000,
    "efficientnet-b0",
    "efficientnet-l2",
    "[]",
    "{}",
    "[[[]]]",
    "[~]",
    "{a: {b: c}}",
    "[a.png, a.png]",
    "[a.png, 3]",
    "&a [*a]",
    "&a {x: *a}",
    "*nowhere",
    "[" * 3_000,
    "[" * 300 + "]" * 300,
    "{a: " * 500,
    "|\n      text\n    more",
    ">",
    "'unclosed",
    '"unclosed',
    "@at",
    "`tick",
    "%percent",
    "- dash",
    "? question",
    ": colon",
    "# comment",
]
_BYTES = [
    b"\x00",
    b"\x07",
    b"\x1b",
    b"\x7f",
    b"\x85",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"\xf4\x90\x80\x80",
    b"\t",
    b"\r",
    b"\n",
    b"---\n",
    b"...\n",
    b"%YAML 9.9\n---\n",
    b"%TAG ! tag:x,2000:\n---\n",
    b"&a ",
    b"*a",
    b"!!",
    b"? ",
    b": ",
    b"- ",
    b"[",
    b"}",
    b"|",
    b"'",
    b'"',
    b"<<: *a\n",
]


def make(seed: int) -> bytes:
    """Returns the list of a seed."""
    rng = random.Random(seed)
    kinds = [_mutate, _combine, _combine, _replace_field, _wrap, _multiply]
    return rng.choice(kinds)(rng)


def _mutate(rng: random.Random) -> bytes:
    """Returns a good list with some bytes changed."""
    text = bytearray(_GOOD)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(text) + 1)
        action = rng.randrange(4)
        if action == 0:
            text[place:place] = rng.choice(_BYTES)
        elif action == 1:
            del text[place : place + rng.randint(1, 30)]
        elif action == 2:
            other = rng.randrange(len(text) + 1)
            text[place:place] = text[other : other + rng.randint(1, 60)]
        elif place < len(text):
            text[place] ^= 1 << rng.randrange(8)
    return bytes(text)


def _replace_field(rng: random.Random) -> bytes:
    """Returns a good list with the value of one field replaced."""
    lines = _GOOD.split(b"\n")
    places = [place for place, line in enumerate(lines) if b": " in line]
    place = rng.choice(places)
    name = lines[place].split(b": ")[0]
    lines[place] = name + b": " + rng.choice(_SCALARS).encode()
    return b"\n".join(lines)


def _combine(rng: random.Random) -> bytes:
    """Returns a list of random fields with random values."""
    lines = []
    if rng.random() < 0.3:
        lines.append("defaults:")
        for _ in range(rng.randint(0, 4)):
            lines.append(f"  {rng.choice(_FIELDS)}: {rng.choice(_SCALARS)}")
    lines.append("modules:")
    for _ in range(rng.randint(0, 4)):
        lines.append(f"  - handle: me/x{rng.randint(0, 2)}")
        if rng.random() < 0.8:
            lines += ["    model: efficientnet-lite0", "    weights: random"]
        for _ in range(rng.randint(0, 3)):
            lines.append(f"    {rng.choice(_FIELDS)}: {rng.choice(_SCALARS)}")
    return "\n".join(lines).encode()


def _wrap(rng: random.Random) -> bytes:
    """Returns a good list in another encoding, or with others around it."""
    wraps = [
        _GOOD.decode().encode("utf-16"),
        _GOOD.decode().encode("utf-32"),
        b"\xef\xbb\xbf" + _GOOD + _GOOD,
        _GOOD + b"---\n" + _GOOD,
        b"? [a, b]\n: c\n" + _GOOD,
        b"? {a: b}\n: c\n" + _GOOD,
        b"",
        b"\n" * 10_000,
        b"# only a comment",
        b"null",
        b"3",
        b"- a",
        b"[" * 100_000,
        b"{" * 100_000,
        b"- " * 50_000,
        b"? " * 50_000,
        b"a: " * 10_000,
        b"x" * 1_000_000,
        b"modules: [" + b"a," * 200_000 + b"]",
        bytes(rng.randrange(256) for _ in range(300)),
    ]
    return rng.choice(wraps)


def _multiply(rng: random.Random) -> bytes:
    """Returns a list with aliases of aliases."""
    factor, depth = rng.randint(2, 12), rng.randint(3, 60)
    anchors = ["&a0 [" + ",".join(["lol"] * factor) + "]"]
    for level in range(1, depth):
        anchors.append(f"&a{level} [" + ",".join([f"*a{level - 1}"] * factor) + "]")
    field = rng.choice(_FIELDS)
    return (
        f"modules:\n- handle: me/x\n  model: efficientnet-lite0\n"
        f"  weights: random\n  {field}: [{', '.join(anchors)}]\n"
    ).encode()


def read(folder: str, content: bytes) -> str:
    """Reads a list, and returns the sentences of its refusal, or '' without one."""
    path = os.path.join(folder, "modules.yaml")
    with open(path, "wb") as file:
        file.write(content)
    try:
        entries.read(path)
    except errors.InputError as error:
        messages = errors.list_messages(error)
        assert all(0 < len(message) < escaping.MAX_MESSAGE for message in messages)
        assert all(escaping.escape_terminal(each) == each for each in messages)
        return "\n".join(messages)
    return ""


def main() -> int:
    """Reads the lists of some seeds, and returns the exit status."""
    first, count = map(int, sys.argv[1:])
    refused, failed, slowest = 0, 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            start = time.monotonic()
            try:
                refused += read(folder, make(seed)) != ""
            except Exception as error:
                failed += 1
                print(f"seed {seed}: {type(error).__name__}: {str(error)[:200]}")
            slowest = max(slowest, time.monotonic() - start)
    print(
        f"{count} lists: {refused} refused, {count - refused - failed} accepted, "
        f"{failed} failed, at most {slowest:.1f} s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
