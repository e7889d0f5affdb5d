"""Members of archives, of any type."""

from __future__ import annotations

import tarfile


def make(name: str, kind=tarfile.REGTYPE, size=0, **fields) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    for field, value in fields.items():
        setattr(member, field, value)
    return member
