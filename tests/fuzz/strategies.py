"""Hostile inputs: damaged copies of files that are right, and crafted ones."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import zipfile

from hypothesis import strategies as st

_INTERESTING = (0, 1, 0x7F, 0x80, 0xFF)


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """Returns copies of a file with up to four changes."""
    positions = st.integers(0, max(len(content) - 1, 0))
    lengths = st.integers(1, 64)
    change = st.one_of(
        st.tuples(st.just("flip"), positions, st.integers(0, 7)),
        st.tuples(st.just("set"), positions, st.sampled_from(_INTERESTING)),
        st.tuples(st.just("overwrite"), positions, st.binary(max_size=16)),
        st.tuples(st.just("insert"), positions, st.binary(min_size=1, max_size=64)),
        st.tuples(st.just("delete"), positions, lengths),
        st.tuples(st.just("repeat"), positions, lengths),
        st.tuples(st.just("truncate"), positions, st.none()),
    )
    changes = st.lists(change, min_size=1, max_size=4)
    return changes.map(lambda applied: _apply_all(content, applied))


def _apply_all(content: bytes, changes: list[tuple]) -> bytes:
    for kind, position, value in changes:
        content = _apply(content, kind, position, value)
    return content


def _apply(content: bytes, kind: str, position: int, value) -> bytes:
    before, after = content[:position], content[position:]
    if kind == "flip" and after:
        return before + bytes([after[0] ^ (1 << value)]) + after[1:]
    if kind == "set":
        return before + bytes([value]) + after[1:]
    if kind == "overwrite":
        return before + value + after[len(value) :]
    if kind == "insert":
        return before + value + after
    if kind == "delete":
        return before + after[value:]
    if kind == "repeat":
        return before + after[:value] * 64 + after
    return before


# Tar archives, with headers that no program writes.

_NAMES = st.one_of(
    st.sampled_from(
        [
            "saved_model.pb",
            "./saved_model.pb",
            "variables/variables.index",
            "../outside",
            "/etc/outside",
            "a/" * 200 + "b",
            "x" * 300,
            "\x1b[31m",
            "\udcff",
            "",
        ]
    ),
    st.text(max_size=120),
)
_NUMBERS = st.one_of(
    st.sampled_from([0, 1, 511, 512, 2**33, 2**63, 2**64, 2**88, -1, -(2**60)]),
    st.integers(-(2**90), 2**90),
)
_PAX = st.dictionaries(
    st.sampled_from(
        ["path", "size", "linkpath", "mtime", "GNU.sparse.map", "GNU.sparse.size"]
        + ["GNU.sparse.major", "GNU.sparse.minor", "GNU.sparse.realsize", "charset"]
    ),
    st.one_of(st.text(max_size=30), _NUMBERS.map(str), st.just("1,2,3,x")),
    max_size=3,
)


def _encode_number(number: int) -> bytes:
    """Returns the size field of a header: octal if it fits, base 256 otherwise."""
    if 0 <= number < 8**11:
        return b"%011o\0" % number
    return (number % 2**96).to_bytes(12, "big")


@st.composite
def _members(draw) -> bytes:
    """Returns the header and the content of a member."""
    name = draw(_NAMES).encode("utf-8", "surrogatepass")[:100]
    content = draw(st.binary(max_size=600))
    size = draw(st.one_of(st.just(len(content)), _NUMBERS))
    kind = draw(st.sampled_from(b"0000125LKSgxV\0"))
    if kind in b"gx":
        content = b"".join(_pax_record(*item) for item in draw(_PAX).items())
        size = draw(st.one_of(st.just(len(content)), _NUMBERS))
    header = bytearray(512)
    header[: len(name)] = name
    header[100:124] = b"0000644\0" * 3
    header[124:136] = _encode_number(size)
    header[136:148] = b"%011o\0" % 0
    header[156] = kind
    header[157:257] = draw(_NAMES).encode("utf-8", "replace")[:100].ljust(100, b"\0")
    header[257:265] = draw(st.sampled_from([b"ustar\x0000", b"ustar  \0", bytes(8)]))
    if draw(st.booleans()):
        header[345:500] = draw(st.binary(min_size=155, max_size=155))
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + content + bytes(-len(content) % 512)


def _pax_record(key: str, value: str) -> bytes:
    line = b" %s=%s\n" % (key.encode(), value.encode("utf-8", "surrogatepass"))
    length = len(line) + len(str(len(line) + 2))
    return str(length).encode() + line


def _make_tar(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def archives(files: dict[str, bytes]) -> st.SearchStrategy[bytes]:
    """Returns .tar.gz files: damaged ones of `files`, and crafted ones."""
    tar = _make_tar(files)
    crafted = st.lists(_members(), min_size=1, max_size=6).map(b"".join)
    return st.one_of(
        crafted.map(lambda content: gzip.compress(content, 1)),
        crafted.map(lambda content: gzip.compress(content + tar, 1)),
        damaged(tar).map(lambda content: gzip.compress(content, 1)),
        damaged(gzip.compress(tar)),
        st.binary(max_size=200),
    )


# Text files.

_HOSTILE_TEXTS = st.sampled_from(
    [
        "",
        "~",
        "null",
        "1e999",
        "0x" + "f" * 300,
        "9" * 5000,
        "-1",
        ".nan",
        "2001-01-01",
        "!!binary x",
        "!!python/object:os.system x",
        "!!int abc",
        "&a [*a]",
        "*a",
        "<<: *a",
        "[" * 500,
        "{" * 300,
        "? [a]: b",
        "|\n  text",
        "'\\0'",
        '"\\0"',
        '"\\ud800"',
        '"\\u001b[31mred"',
        "a: b: c",
        "--- 1\n--- 2",
        "\x07",
        "\u202e",
        "../../x",
        "x" * 4000,
    ]
)
_TEXTS = st.one_of(_HOSTILE_TEXTS, st.text(max_size=40))


def texts(content: str, fields: list[str]) -> st.SearchStrategy[bytes]:
    """Returns text files: damaged ones, and those with hostile values of fields.

    Args:
      content: a file that is right.
      fields: texts in it to replace by hostile ones.
    """
    replaced = st.tuples(st.sampled_from(fields), _TEXTS).map(
        lambda pair: content.replace(pair[0], pair[1], 1).encode(
            "utf-8", "surrogatepass"
        )
    )
    encoded = st.sampled_from(["utf-16", "utf-8-sig", "latin-1"]).map(content.encode)
    return st.one_of(
        replaced,
        encoded,
        damaged(content.encode()),
        _TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    )


def json_documents(document: dict) -> st.SearchStrategy[bytes]:
    """Returns JSON files: damaged ones, and those with another value somewhere."""
    places = list(_places(document))
    values = st.one_of(
        st.none(),
        st.booleans(),
        _NUMBERS,
        st.floats(),
        _TEXTS,
        st.just([]),
        st.just({}),
        st.just([[[{"a": None}]]]),
    )
    replaced = st.tuples(st.sampled_from(places), values).map(
        lambda pair: json.dumps(_replace(document, *pair)).encode()
    )
    deep = st.sampled_from([b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000])
    return st.one_of(replaced, deep, damaged(json.dumps(document).encode()))


def safetensors_files(content: bytes) -> st.SearchStrategy[bytes]:
    """Returns safetensors files: damaged ones, and those with another header."""
    length = int.from_bytes(content[:8], "little")
    header, rest = content[8 : 8 + length], content[8 + length :]
    headers = json_documents(json.loads(header))
    return st.one_of(
        damaged(content),
        headers.map(lambda made: len(made).to_bytes(8, "little") + made + rest),
    )


def keras_archives(members: dict[str, bytes]) -> st.SearchStrategy[bytes]:
    """Returns zip archives: damaged ones, and those with a hostile member.

    Args:
      members: the content of each member of an archive that is right, by name.
    """

    def pack_with(name: str, made: st.SearchStrategy[bytes]):
        return made.map(lambda content: _make_zip({**members, name: content}))

    return st.one_of(
        damaged(_make_zip(members)),
        *(
            pack_with(name, json_documents(json.loads(content)))
            if name.endswith(".json")
            else pack_with(name, damaged(content))
            for name, content in members.items()
        ),
    )


def _make_zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def _places(value, path: tuple = ()):
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from _places(value[key], (*path, key))
    if isinstance(value, list):
        for index in range(len(value)):
            yield from _places(value[index], (*path, index))


def _replace(document, path: tuple, value):
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = _replace(copy[path[0]], path[1:], value)
    return copy


def _expand(word: str) -> str:
    """Returns the path that a word names, without what no path has."""
    return os.path.expanduser(word.replace("\0", "").replace("\udcff", ""))


def command_lines(commands: dict[str, list[str]]) -> st.SearchStrategy[bytes]:
    """Returns command lines, as JSON, whose inputs do not exist.

    Args:
      commands: the flags of each command.
    """
    word = st.one_of(
        _TEXTS,
        _NUMBERS.map(str),
        st.sampled_from(
            ["missing", ".", "/", "missing/[x]", "missing\\", "~", "\udcff"]
        ),
    )

    @st.composite
    def make(draw) -> bytes:
        command = draw(st.sampled_from(sorted(commands)))
        flags = draw(st.lists(st.sampled_from(commands[command]), max_size=4))
        words = [
            f"{flag}={draw(word)}" if draw(st.booleans()) else flag for flag in flags
        ]
        words += draw(st.lists(word, max_size=2))
        if command == "export":
            words.append("--weights=missing")
        if command == "serve":  # It serves what exists, until somebody stops it.
            words = [each for each in words if not os.path.isdir(_expand(each))]
        return json.dumps([command, *words]).encode()

    return make()
