"""Reads pickles of plain data, and runs nothing that they ask for.

`pickle.Unpickler` may call any importable name that a file has. Overriding its
`find_class` does not make it safe: the cache of the extension registry bypasses that
method, and one `LONG_BINPUT` can make it allocate gigabytes. The reader here therefore
knows only the opcodes that plain data needs, imports nothing, and calls only functions
that its caller passes. Objects of other classes are refused, or stay unread: then each
is an `Unread`, which has a name and nothing else.

Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py. PyTorch has
the same solution in `torch/_weights_only_unpickler.py`.
"""

from __future__ import annotations

import collections
import dataclasses
import pickle
import struct
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from . import pickle_budget
from .pickle_refusals import (
    describe_damage,
    describe_excess,
    describe_opcode,
    names_code,
    refuse_name,
)
from .refusal import RefusedError, quoted

_BYTEARRAY8 = b"\x96"  # The module pickle of Python 3.7 does not name it.


@dataclasses.dataclass(frozen=True)
class Function:
    """A function that a pickle may call."""

    call: Callable[..., Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Unread:
    """A class or a function that a pickle names, or an object of it, left unread.

    It cannot be called, and nothing is set on it. Its hash is its identity, so it may
    be the key of a dict.
    """

    name: str


def load(
    stream: BinaryIO,
    names: Mapping[str, Any],
    load_persistent: Callable[[Any], Any],
    unread: set[str] | None = None,
    budget: pickle_budget.Budget | None = None,
) -> Any:
    """Returns the object of the pickle at the position of a stream.

    Afterwards the position is the end of the pickle.

    Args:
      stream: The pickle. No read is longer than the budget: what a pickle claims to
        hold allocates no more.
      names: The object to use for each importable name that the pickle may have, by
        `module.name`. Only a `Function` can be called.
      load_persistent: Returns the object for a persistent id.
      unread: Where the names are added of classes and functions that are not in
        `names`. Each of their objects is then an `Unread`, whatever it is made of. If
        this is None, such a name is refused, as are some names of code in any case.
      budget: What the pickle may have, which is then subtracted. By default, it is the
        only one of its file.

    Raises:
      RefusedError: The pickle is cut off or damaged, has another name, or does
        anything else that plain data does not need.
    """
    return _Machine(
        stream, names, load_persistent, unread, budget or pickle_budget.Budget()
    ).run()


class _Machine:
    """The stack machine that runs the opcodes of a pickle.

    Each method in `_STEPS` runs one kind of opcode.
    """

    def __init__(
        self,
        stream: BinaryIO,
        names: Mapping[str, Any],
        load_persistent: Callable[[Any], Any],
        unread: set[str] | None,
        budget: pickle_budget.Budget,
    ):
        self._stream = stream
        self._names = names
        self._load_persistent = load_persistent
        self._unread_names = unread
        self._budget = budget
        self._stack: list[Any] = []
        self._stacks_below_marks: list[list[Any]] = []
        # A dict: a list must be as long as the greatest index.
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        while self._budget.opcodes > 0:
            self._budget.opcodes -= 1
            opcode = self._read(1)
            if opcode == pickle.STOP:
                return self._pop()
            if opcode not in _STEPS:
                raise describe_excess(describe_opcode(opcode))
            step, *arguments = _STEPS[opcode]
            step(self, *arguments)
        raise describe_excess(
            f"more than {pickle_budget.MOST_OPCODES} opcodes in its pickles"
        )

    def _read(self, count: int) -> bytes:
        self._count_read(count)
        read = self._stream.read(count)
        if len(read) < count:
            raise RefusedError(
                f"{count} more bytes in the pickle",
                f"the last {len(read)}",
                "the file was cut off",
            )
        return read

    def _count_read(self, count: int) -> None:
        self._budget.bytes -= count
        if self._budget.bytes < 0:
            raise describe_excess(
                f"more than {pickle_budget.MOST_BYTES} bytes in its pickles"
            )

    def _read_number(self, layout: str) -> Any:
        return struct.unpack(layout, self._read(struct.calcsize(layout)))[0]

    def _read_line(self) -> str:
        line = self._stream.readline(pickle_budget.MOST_BYTES)
        self._count_read(len(line))
        if not line.endswith(b"\n"):
            raise RefusedError(
                "the end of a name in the pickle",
                "the end of the file",
                "the file was cut off",
            )
        return _decoded(line[:-1])

    def _pop(self) -> Any:
        if not self._stack:
            raise describe_damage("an opcode that takes more than is there")
        return self._stack.pop()

    def _pop_to_mark(self) -> list[Any]:
        if not self._stacks_below_marks:
            raise describe_damage("an opcode that looks for a mark where none is")
        popped = self._stack
        self._stack = self._stacks_below_marks.pop()
        return popped

    def _top(self, kind: type) -> Any:
        """Returns the object on the stack, of a kind or an `Unread`."""
        top = self._pop()
        if not isinstance(top, (kind, Unread)):
            raise describe_excess(f"an attempt to change a {type(top).__name__}")
        self._stack.append(top)
        return top

    def skip(self, count: int) -> None:
        self._read(count)

    def push(self, constant: Any) -> None:
        self._stack.append(constant)

    def push_new(self, kind: Callable[[], Any]) -> None:
        self._stack.append(kind())

    def push_number(self, layout: str) -> None:
        self._stack.append(self._read_number(layout))

    def push_long(self) -> None:
        digits = self._read(self._read_number("<B"))
        self._stack.append(int.from_bytes(digits, "little", signed=True))

    def push_text(self, length_layout: str) -> None:
        text = self._read(self._read_number(length_layout))
        self._stack.append(_decoded(text))

    def mark(self) -> None:
        self._stacks_below_marks.append(self._stack)
        self._stack = []

    def gather(self, count: int) -> None:
        popped = [self._pop() for _ in range(count)]
        self._stack.append(tuple(reversed(popped)))

    def gather_to_mark(self) -> None:
        popped = self._pop_to_mark()
        self._stack.append(tuple(popped))

    def append(self) -> None:
        self._extend([self._pop()])

    def append_to_mark(self) -> None:
        self._extend(self._pop_to_mark())

    def _extend(self, values: list[Any]) -> None:
        target = self._top(list)
        if not isinstance(target, Unread):
            target.extend(values)

    def set_item(self) -> None:
        value = self._pop()
        key = self._pop()
        self._update([key, value])

    def set_items_to_mark(self) -> None:
        self._update(self._pop_to_mark())

    def _update(self, values: list[Any]) -> None:
        if len(values) % 2:
            raise describe_damage("a key without a value")
        target = self._top(dict)
        if isinstance(target, Unread):
            return
        for key, value in zip(values[::2], values[1::2]):
            _set_item(target, key, value)

    def put(self, index_layout: str) -> None:
        self._memo[self._read_number(index_layout)] = self._top(object)

    def put_next(self) -> None:
        self._memo[len(self._memo)] = self._top(object)

    def get(self, index_layout: str) -> None:
        index = self._read_number(index_layout)
        if index not in self._memo:
            raise describe_damage("a look back at an object that is not there")
        self._stack.append(self._memo[index])

    def push_global(self) -> None:
        self._push_named(self._read_line(), self._read_line())

    def refuse_instance(self) -> None:
        raise refuse_name(f"{self._read_line()}.{self._read_line()}")

    def push_stack_global(self) -> None:
        name = self._pop()
        module = self._pop()
        self._push_named(module, name)

    def _push_named(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise describe_damage("a name that is not text")
        full_name = f"{module}.{name}"
        if full_name in self._names:
            self._stack.append(self._names[full_name])
        elif self._unread_names is None or names_code(module, full_name):
            raise refuse_name(full_name)
        else:
            self._push_unread(full_name)

    def _push_unread(self, name: str) -> None:
        if self._unread_names is not None:
            self._unread_names.add(name)
        self._stack.append(Unread(name))

    def push_persistent(self) -> None:
        self._stack.append(self._load_persistent(self._pop()))

    def call(self) -> None:
        arguments = self._pop()
        function = self._pop()
        if isinstance(function, Unread) and type(arguments) is tuple:
            self._push_unread(function.name)
            return
        if not isinstance(function, Function) or type(arguments) is not tuple:
            kind = type(function).__name__
            raise describe_excess(f"a call of a {kind} in the pickle")
        try:
            self._stack.append(function.call(*arguments))
        except TypeError as error:
            raise describe_damage(f"a call with {len(arguments)} arguments") from error

    def make(self, opcode: bytes, count: int) -> None:
        """Takes a class and `count` arguments for an object of the class."""
        arguments = [self._pop() for _ in range(count)]
        kind = self._pop()
        if not isinstance(kind, Unread) or type(arguments[-1]) is not tuple:
            raise describe_excess(describe_opcode(opcode))
        self._push_unread(kind.name)

    def drop_attributes(self) -> None:
        # A state dict has `_metadata` here, the versions of its modules. No array
        # depends on them. No attribute of an object is set.
        self._pop()
        self._top(collections.OrderedDict)

    def skip_bytes(self, opcode: bytes, length_layout: str) -> None:
        """Takes bytes, or what holds them in memory, for an object left unread."""
        self._check_leaves_unread(opcode)
        self._read(self._read_number(length_layout))
        self._push_unread("builtins.bytes")

    def push_set(self, opcode: bytes) -> None:
        self._check_leaves_unread(opcode)
        self._push_unread("builtins.set")

    def add_to_set(self, opcode: bytes) -> None:
        self._check_leaves_unread(opcode)
        self._pop_to_mark()
        self._top(Unread)

    def gather_set_to_mark(self, opcode: bytes) -> None:
        self._check_leaves_unread(opcode)
        self._pop_to_mark()
        self._push_unread("builtins.frozenset")

    def _check_leaves_unread(self, opcode: bytes) -> None:
        if self._unread_names is None:
            raise describe_excess(describe_opcode(opcode))


_STEPS: dict[bytes, tuple] = {
    pickle.PROTO: (_Machine.skip, 1),
    pickle.FRAME: (_Machine.skip, 8),
    pickle.NONE: (_Machine.push, None),
    pickle.NEWTRUE: (_Machine.push, True),
    pickle.NEWFALSE: (_Machine.push, False),
    pickle.EMPTY_TUPLE: (_Machine.push, ()),
    pickle.EMPTY_LIST: (_Machine.push_new, list),
    pickle.EMPTY_DICT: (_Machine.push_new, dict),
    pickle.BININT: (_Machine.push_number, "<i"),
    pickle.BININT1: (_Machine.push_number, "<B"),
    pickle.BININT2: (_Machine.push_number, "<H"),
    pickle.BINFLOAT: (_Machine.push_number, ">d"),
    pickle.LONG1: (_Machine.push_long,),
    pickle.BINUNICODE: (_Machine.push_text, "<I"),
    pickle.SHORT_BINUNICODE: (_Machine.push_text, "<B"),
    pickle.MARK: (_Machine.mark,),
    pickle.TUPLE: (_Machine.gather_to_mark,),
    pickle.TUPLE1: (_Machine.gather, 1),
    pickle.TUPLE2: (_Machine.gather, 2),
    pickle.TUPLE3: (_Machine.gather, 3),
    pickle.APPEND: (_Machine.append,),
    pickle.APPENDS: (_Machine.append_to_mark,),
    pickle.SETITEM: (_Machine.set_item,),
    pickle.SETITEMS: (_Machine.set_items_to_mark,),
    pickle.BINPUT: (_Machine.put, "<B"),
    pickle.LONG_BINPUT: (_Machine.put, "<I"),
    pickle.MEMOIZE: (_Machine.put_next,),
    pickle.BINGET: (_Machine.get, "<B"),
    pickle.LONG_BINGET: (_Machine.get, "<I"),
    pickle.GLOBAL: (_Machine.push_global,),
    # INST has the name of a class and calls it. It is here for a message with the name.
    pickle.INST: (_Machine.refuse_instance,),
    pickle.STACK_GLOBAL: (_Machine.push_stack_global,),
    pickle.BINPERSID: (_Machine.push_persistent,),
    pickle.REDUCE: (_Machine.call,),
    pickle.NEWOBJ: (_Machine.make, pickle.NEWOBJ, 1),
    pickle.NEWOBJ_EX: (_Machine.make, pickle.NEWOBJ_EX, 2),
    pickle.BINBYTES: (_Machine.skip_bytes, pickle.BINBYTES, "<I"),
    pickle.SHORT_BINBYTES: (_Machine.skip_bytes, pickle.SHORT_BINBYTES, "<B"),
    pickle.BINBYTES8: (_Machine.skip_bytes, pickle.BINBYTES8, "<Q"),
    _BYTEARRAY8: (_Machine.skip_bytes, _BYTEARRAY8, "<Q"),
    pickle.EMPTY_SET: (_Machine.push_set, pickle.EMPTY_SET),
    pickle.ADDITEMS: (_Machine.add_to_set, pickle.ADDITEMS),
    pickle.FROZENSET: (_Machine.gather_set_to_mark, pickle.FROZENSET),
    pickle.BUILD: (_Machine.drop_attributes,),
}


def _set_item(target: dict, key: Any, value: Any) -> None:
    # Other keys are not hashed: the hash of a deeply nested tuple overflows the C stack
    # of the interpreter.
    if type(key) not in (str, int, Unread):
        raise describe_damage(f"a {type(key).__name__} as a key")
    if key in target:
        raise describe_damage(f"the key {quoted(str(key))} twice")
    target[key] = value


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise describe_damage("text that is not UTF-8") from error
