"""Addresses of weights: what is requested, and what may be shown of it."""

from __future__ import annotations

import dataclasses
import hashlib
import posixpath
import re
import urllib.parse

from ... import errors, escaping
from ..storage import archive_reader

# The objects of a public bucket, https://cloud.google.com/storage/docs/request-endpoints.
_BUCKETS = "https://storage.googleapis.com/"
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
# The ending of the file's name decides how the file is read.
ENDINGS = (
    *archive_reader.ENDINGS,
    *(".pth", ".pt", ".pth.tar", ".bin", ".ckpt"),
    *(".safetensors", ".h5", ".hdf5", ".keras"),
)

_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)", re.DOTALL)
_HOST = re.compile(r"([^:@\[\]]+|\[[0-9A-Fa-f:.]+\])(:\d*)?")
_HASH = re.compile(r"sha256=([0-9A-Fa-f]{64})")
_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST = 4096
_LONGEST_SHOWN = 300
_LONGEST_NAME = 100


@dataclasses.dataclass(frozen=True)
class Address:
    """An address of weights.

    Attributes:
      url: the URL to request, without user and password. Its query may hold a token.
      shown: the part of it that messages and modules may name.
      file_name: the name of the file, with one of `ENDINGS`.
      sha256: the SHA-256 that the file must have, in hexadecimal, or None.
      credentials: 'user:password', or None.
      of_mirror: whether it is that of a mirror of the publisher's bucket.
    """

    url: str = dataclasses.field(repr=False)
    shown: str
    file_name: str
    sha256: str | None = None
    credentials: str | None = dataclasses.field(default=None, repr=False)
    of_mirror: bool = False

    @property
    def key(self) -> str:
        """A name that no other address has, without its secrets."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:32]


def show(text: str) -> str:
    """Returns an address without user, password, query and fragment.

    Args:
      text: any text that should be an address.
    """
    parts = _PARTS.match(text)
    if parts is None:
        return "..."
    scheme, authority, path = parts.groups()
    host = authority.rpartition("@")[2]
    if not _HOST.fullmatch(host):
        # A password with one of /?# ends the authority too early.
        return f"{scheme}://..."
    return escaping.escape_terminal(
        escaping.cut(f"{scheme}://{host}{path}", _LONGEST_SHOWN)
    )


def record(text: str) -> str:
    """Returns what a manifest may record of an address: `show`, and the SHA-256."""
    found = _HASH.search(urllib.parse.urldefrag(text).fragment)
    return show(text) + (f"#sha256={found.group(1).lower()}" if found else "")


def parse(text: str, allows_http: bool = False) -> Address:
    """Returns the address that a text stands for.

    Args:
      text: 'https://HOST/PATH', or 'gs://BUCKET/PATH' of a public bucket. It may end in
        '#sha256=' and the SHA-256 of the file in hexadecimal.
      allows_http: whether it may also be 'http://'. That of this machine always may.

    Raises:
      errors.InputError: if it is another text, or of a file of another kind.
    """
    shown = show(text)
    if len(text) > _LONGEST or not (text.isascii() and text.isprintable()):
        raise _refuse(shown, "a character that must be percent-encoded, or too many")
    if " " in text:
        raise _refuse(shown, "a space in it")
    try:
        parts = urllib.parse.urlsplit(text)
        port = parts.port
        host = parts.hostname
    except ValueError:
        raise _refuse(shown, "a host or a port that cannot be one") from None
    if not host or not _HOST.fullmatch(parts.netloc.rpartition("@")[2]):
        raise _refuse(shown, "no host")
    allows_http = allows_http or host in _LOCAL_HOSTS
    schemes = ("https", "http", "gs") if allows_http else ("https", "gs")
    if parts.scheme not in schemes:
        raise _refuse(shown, f"the scheme '{escaping.cut(parts.scheme)}'")
    credentials = None
    if parts.scheme == "gs":
        if port is not None or "@" in parts.netloc or parts.query:
            raise _refuse(shown, "more than a bucket and a path")
        url = f"{_BUCKETS}{parts.netloc}{parts.path}"
        shown = url
    else:
        user, _, netloc = parts.netloc.rpartition("@")
        credentials = urllib.parse.unquote(user) if user else None
        url = urllib.parse.urlunsplit(
            (parts.scheme, netloc, parts.path, parts.query, "")
        )
    return Address(
        url=url,
        shown=shown,
        file_name=_find_file_name(parts.path, shown),
        sha256=_find_sha256(parts.fragment, shown),
        credentials=credentials,
    )


def _refuse(shown: str, found: str) -> errors.InputError:
    return errors.InputError(
        "weights must be the address of a file, https://HOST/PATH or gs://BUCKET/PATH, "
        f"found {found} in '{shown}': is it mistyped, or is the file to be downloaded "
        "first?"
    )


def _find_file_name(path: str, shown: str) -> str:
    """Returns the last part of a path, in characters that every system has in names."""
    name = posixpath.basename(urllib.parse.unquote(path))
    name = _UNSAFE_IN_NAME.sub("_", name)[-_LONGEST_NAME:].lstrip(".")
    ending = next((each for each in ENDINGS if name.lower().endswith(each)), None)
    if ending is None:
        raise errors.InputError(
            f"weights must be the address of a file with one of the endings "
            f"{', '.join(ENDINGS)}, found '{shown}': is it the address of a page about "
            "the file?"
        )
    # Readers know the endings in lower case.
    return (name[: -len(ending)] or "weights") + ending


def _find_sha256(fragment: str, shown: str) -> str | None:
    if not fragment:
        return None
    found = _HASH.fullmatch(fragment)
    if found is None:
        raise errors.InputError(
            f"the part of an address after '#' must be 'sha256=' and 64 hexadecimal "
            f"digits, found something else after '{shown}': is a digit missing?"
        )
    return found.group(1).lower()
