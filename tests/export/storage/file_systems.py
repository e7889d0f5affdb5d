"""Replaces system calls by those of file systems that lack them."""

from __future__ import annotations

import ctypes
import errno
import os

# What os.link raises on exFAT, FAT and network shares.
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EACCES, errno.ENOSYS)


def without_links(monkeypatch, code: int = errno.EPERM) -> None:
    """Makes os.link fail with a number."""

    def link(source, destination, **_):
        raise OSError(code, os.strerror(code), source, None, destination)

    monkeypatch.setattr(os, "link", link)


def without_renameat2(monkeypatch, code: int | None = None) -> None:
    """Makes renameat2 fail with a number or, by default, be missing."""

    class Library:
        def __init__(self, *args, **kwargs):
            if code is not None:
                self.renameat2 = self._fail

        def _fail(self, *args):
            ctypes.set_errno(code)
            return -1

    monkeypatch.setattr(ctypes, "CDLL", Library)
