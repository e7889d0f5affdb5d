"""Checks the handles that programs give to tensorflow_hub."""

from __future__ import annotations

import unicodedata
import urllib.parse

from ... import errors, escaping

_SCHEMES = ("http://", "https://")
EXAMPLE = "https://tfhub.dev/google/efficientnet/b2/classification/1"
_LONGEST = 2000
# What nobody sees or types in an address, such as spaces and control characters.
_INVISIBLE = ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")
_FORMAT_QUERY = "tf-hub-format="


def check(name: str, handle: str) -> None:
    """Checks that a handle is one that tensorflow_hub looks for in its cache.

    Args:
      name: what the handle is, for the message, e.g. 'handle'.
      handle: what a program gives to `hub.Module`.

    Raises:
      errors.InputError: if it is not an address of http or https, or has a character
        that no address has.
    """
    shown = escaping.show_value(handle)
    invisible = [each for each in handle if unicodedata.category(each) in _INVISIBLE]
    if invisible:
        raise errors.InputError(
            f"{name} must be the address that the program gives to tensorflow_hub, "
            f"found {shown} with the character {invisible[0]!r}: was more than the "
            "address copied?"
        )
    if not handle.startswith(_SCHEMES):
        raise errors.InputError(
            f"{name} must be an address that starts with http:// or https://, such as "
            f"{EXAMPLE}, found {shown}: {_guess(handle)}"
        )
    if len(handle) > _LONGEST:
        raise errors.InputError(
            f"{name} must be an address of at most {_LONGEST} characters, found "
            f"{len(handle)}: is it the content of a file?"
        )
    _check_parts(name, handle, shown)


def _check_parts(name: str, handle: str, shown: str) -> None:
    try:
        host = urllib.parse.urlsplit(handle).hostname
    except ValueError:  # Of brackets that do not match.
        host = None
    if not host:
        raise errors.InputError(
            f"{name} must be an address with the name of a server, such as {EXAMPLE}, "
            f"found {shown}: is it cut off?"
        )


def _guess(handle: str) -> str:
    """Returns a likely cause why a handle is no address."""
    if not handle:
        return "is the variable of a shell empty?"
    if handle.lower().startswith(_SCHEMES):
        return "tensorflow_hub takes it for a path unless the start is in lower case"
    if "://" in handle:
        return "modules of other kinds of addresses cannot be installed"
    if handle.startswith(("/", ".", "~")):
        return "tensorflow_hub loads a path itself, so that there is nothing to install"
    start = "https://" if handle.startswith("tfhub.dev/") else "https://tfhub.dev/"
    return f"is {escaping.show_value(start + handle)} meant?"


def list_notes(handle: str) -> list[str]:
    """Returns sentences about a handle that may not be the one of the program."""
    notes = []
    if f"?{_FORMAT_QUERY}" in handle or f"&{_FORMAT_QUERY}" in handle:
        notes.append(
            "tensorflow_hub adds the query tf-hub-format itself when it downloads: "
            "only programs whose handle has the query find the module"
        )
    elif handle.endswith("/"):
        notes.append(
            "only programs whose handle ends with a slash find the module: "
            "tensorflow_hub takes the handle without it for another one"
        )
    return notes
