"""Why a pickle is refused, in words."""

from __future__ import annotations

import pickletools

from .refusal import RefusedError, quoted

# Nothing of these modules is data. They are refused even where objects stay unread: it
# does no harm, but the user should know what the file is.
_CODE_MODULES = frozenset(
    ("os", "posix", "nt", "subprocess", "sys", "runpy", "importlib", "shutil")
    + ("socket", "pty", "ctypes", "code")
)
_CODE_NAMES = frozenset(
    f"{module}.{name}"
    for module in ("builtins", "__builtin__")
    for name in ("eval", "exec", "execfile", "compile", "open", "__import__", "input")
)


def names_code(module: str, full_name: str) -> bool:
    """Returns whether a name in a pickle is one of code, not of data."""
    return module.split(".")[0] in _CODE_MODULES or full_name in _CODE_NAMES


def describe_opcode(opcode: bytes) -> str:
    """Returns the name of an opcode, or says that it is none."""
    code = opcode.decode("latin-1")
    for known in pickletools.opcodes:
        if known.code == code:
            return f"the opcode {known.name} in the pickle"
    return f"the byte 0x{opcode.hex()} where an opcode should be"


def describe_damage(found: str) -> RefusedError:
    """Returns the error for a pickle that no program writes."""
    return RefusedError("a well-formed pickle", found, "the file was damaged")


def refuse_name(name: str) -> RefusedError:
    """Returns the error for a class or a function that is no data."""
    return describe_excess(f"{quoted(name)} in the pickle")


def describe_excess(found: str) -> RefusedError:
    """Returns the error for what plain data does not need."""
    return RefusedError(
        "a pickle of nothing but named tensors",
        found,
        "more was saved than model.state_dict(), or the file means to run code",
    )
