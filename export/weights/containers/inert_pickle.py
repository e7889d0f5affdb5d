"""Reads pickles of plain data, and runs nothing that they ask for.

`pickle.Unpickler` may call any importable name that a file has. Overriding its
`find_class` does not make it safe: the cache of the extension registry bypasses that
method, and one `LONG_BINPUT` can make it allocate gigabytes. The reader here therefore
knows only the opcodes that plain data needs, imports nothing, and calls only functions
that its caller passes.

Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py. PyTorch has
the same solution in `torch/_weights_only_unpickler.py`.
"""

from __future__ import annotations

import collections
import dataclasses
import pickle
import pickletools
import struct
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from .refusal import RefusedError, quoted

# The pickle of a state dict has about 35 opcodes per tensor: 10,000 for
# EfficientNet-Lite0 and about 40,000 for B7. The limit bounds the memory that a file
# can claim: an opcode of one byte may create an object of 400 bytes.
_MOST_OPCODES = 1 << 19

# The pickle of B7 has 0.5 MB. Decoded text may take four times its size.
_MOST_BYTES = 1 << 24


@dataclasses.dataclass(frozen=True)
class Function:
    """A function that a pickle may call."""

    call: Callable[..., Any]


def load(
    stream: BinaryIO,
    names: Mapping[str, Any],
    load_persistent: Callable[[Any], Any],
) -> Any:
    """Returns the object of the pickle at the position of a stream.

    Afterwards the position is the end of the pickle.

    Args:
      stream: The pickle; an in-memory stream, so that a pickle that claims to hold
        a longer string than there is does not make the stream allocate it.
      names: The object to use for each importable name that the pickle may have, by
        `module.name`. Only a `Function` can be called.
      load_persistent: Returns the object for a persistent id.

    Raises:
      RefusedError: The pickle is cut off or damaged, has another name, or does
        anything else that plain data does not need.
    """
    return _Machine(stream, names, load_persistent).run()


class _Machine:
    """The stack machine that runs the opcodes of a pickle.

    Each method in `_STEPS` runs one kind of opcode.
    """

    def __init__(
        self,
        stream: BinaryIO,
        names: Mapping[str, Any],
        load_persistent: Callable[[Any], Any],
    ):
        self._stream = stream
        self._names = names
        self._load_persistent = load_persistent
        self._unread = _MOST_BYTES
        self._stack: list[Any] = []
        self._stacks_below_marks: list[list[Any]] = []
        # A dict: a list must be as long as the greatest index.
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        for _ in range(_MOST_OPCODES):
            opcode = self._read(1)
            if opcode == pickle.STOP:
                return self._pop()
            if opcode not in _STEPS:
                raise _not_data(_describe_opcode(opcode))
            step, *arguments = _STEPS[opcode]
            step(self, *arguments)
        raise _not_data(f"a pickle of more than {_MOST_OPCODES} opcodes")

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
        self._unread -= count
        if self._unread < 0:
            raise _not_data(f"a pickle of more than {_MOST_BYTES} bytes")

    def _read_number(self, layout: str) -> Any:
        return struct.unpack(layout, self._read(struct.calcsize(layout)))[0]

    def _read_line(self) -> str:
        line = self._stream.readline(_MOST_BYTES)
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
            raise _damaged("an opcode that takes more than is there")
        return self._stack.pop()

    def _pop_to_mark(self) -> list[Any]:
        if not self._stacks_below_marks:
            raise _damaged("an opcode that looks for a mark where none is")
        popped = self._stack
        self._stack = self._stacks_below_marks.pop()
        return popped

    def _top(self, kind: type) -> Any:
        top = self._pop()
        if not isinstance(top, kind):
            raise _not_data(f"an attempt to change a {type(top).__name__}")
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
        value = self._pop()
        self._top(list).append(value)

    def append_to_mark(self) -> None:
        values = self._pop_to_mark()
        self._top(list).extend(values)

    def set_item(self) -> None:
        value = self._pop()
        key = self._pop()
        _set_item(self._top(dict), key, value)

    def set_items_to_mark(self) -> None:
        values = self._pop_to_mark()
        if len(values) % 2:
            raise _damaged("a key without a value")
        target = self._top(dict)
        for key, value in zip(values[::2], values[1::2]):
            _set_item(target, key, value)

    def put(self, index_layout: str) -> None:
        self._memo[self._read_number(index_layout)] = self._top(object)

    def put_next(self) -> None:
        self._memo[len(self._memo)] = self._top(object)

    def get(self, index_layout: str) -> None:
        index = self._read_number(index_layout)
        if index not in self._memo:
            raise _damaged("a look back at an object that is not there")
        self._stack.append(self._memo[index])

    def push_global(self) -> None:
        self._push_named(self._read_line(), self._read_line())

    def refuse_instance(self) -> None:
        raise _not_a_name_of_data(f"{self._read_line()}.{self._read_line()}")

    def push_stack_global(self) -> None:
        name = self._pop()
        module = self._pop()
        self._push_named(module, name)

    def _push_named(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise _damaged("a name that is not text")
        full_name = f"{module}.{name}"
        if full_name not in self._names:
            raise _not_a_name_of_data(full_name)
        self._stack.append(self._names[full_name])

    def push_persistent(self) -> None:
        self._stack.append(self._load_persistent(self._pop()))

    def call(self) -> None:
        arguments = self._pop()
        function = self._pop()
        if not isinstance(function, Function) or type(arguments) is not tuple:
            raise _not_data(f"a call of a {type(function).__name__} in the pickle")
        try:
            self._stack.append(function.call(*arguments))
        except TypeError as error:
            raise _damaged(f"a call with {len(arguments)} arguments") from error

    def drop_attributes(self) -> None:
        # A state dict has `_metadata` here, the versions of its modules. No array
        # depends on them. No attribute of an object is set.
        self._pop()
        self._top(collections.OrderedDict)


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
    pickle.BUILD: (_Machine.drop_attributes,),
}


def _set_item(target: dict, key: Any, value: Any) -> None:
    # Other keys are not hashed: the hash of a deeply nested tuple overflows the C stack
    # of the interpreter.
    if type(key) not in (str, int):
        raise _damaged(f"a {type(key).__name__} as a key")
    if key in target:
        raise _damaged(f"the key {quoted(str(key))} twice")
    target[key] = value


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _damaged("text that is not UTF-8") from error


def _describe_opcode(opcode: bytes) -> str:
    code = opcode.decode("latin-1")
    for known in pickletools.opcodes:
        if known.code == code:
            return f"the opcode {known.name} in the pickle"
    return f"the byte 0x{opcode.hex()} where an opcode should be"


def _damaged(found: str) -> RefusedError:
    return RefusedError("a well-formed pickle", found, "the file was damaged")


def _not_a_name_of_data(name: str) -> RefusedError:
    return _not_data(f"{quoted(name)} in the pickle")


def _not_data(found: str) -> RefusedError:
    return RefusedError(
        "a pickle of nothing but named tensors",
        found,
        "more was saved than model.state_dict(), or the file means to run code",
    )
