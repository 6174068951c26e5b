# SPDX-License-Identifier: MIT
"""What a person calls the lock at an address: `server.clients[3].lock`, `main::m`, `struct account::lock at 0x...`.

A variable's name comes from the symbol that covers the address, its members from GDB's types.  A lock on a heap has no
name, but the functions that wait for it have a pointer to what it lies in, and so its type is known.
"""

import functools
import re
from typing import Callable, Iterator, List, Optional, Sequence, Tuple

import gdb

from . import places

MAX_DEPTH = 32  # members of members
LOOKED_AT = 24  # innermost frames whose variables are looked at
LAST_FRAME = 512  # bytes that the outermost frame may take up

# Nobody cares for what is inside of these.
LOCK_TYPE = re.compile(
    r"^(pthread_\w+_t|sem_t|mtx_t|cnd_t|once_flag|"
    r"std::(\w+::)?(recursive_|shared_)?(timed_)?(mutex|condition_variable(_any)?|once_flag))$"
)


def _guarded(look_up: Callable[..., str]) -> Callable[..., str]:
    """A name is not worth an error: types and values can be of kinds that nobody thought of."""

    @functools.wraps(look_up)
    def guarded(*arguments) -> str:
        try:
            return look_up(*arguments)
        except (gdb.error, RuntimeError, TypeError, ValueError, OverflowError):
            return ""

    return guarded


@_guarded
def global_at(address: int) -> str:
    """The global variable, with the way to the member, that covers an address; "" none, or no debug information."""
    symbol = places.symbol_at(address)
    for variable in _variables(symbol.name) if symbol else ():
        path = _path_in(_value(variable), address)
        if path is not None:
            return variable.print_name + path
    return ""


def symbol_at(address: int) -> str:
    """The symbol that covers an address, and how far it is into it; "" none."""
    symbol = places.symbol_at(address)
    return f"{symbol.name}+{symbol.offset:#x}" if symbol and symbol.offset else symbol.name if symbol else ""


def member_path(type_: gdb.Type, offset: int) -> str:
    """The members on the way to the byte at an offset, down to the first lock type: `.clients[3].lock`."""
    path = ""
    for _ in range(MAX_DEPTH):
        if _is_lock(type_):
            break
        step = _step(type_.strip_typedefs(), offset)
        if not step:
            break
        text, type_, offset = step
        path += text
    return path


@_guarded
def local_at(address: int, frames: Sequence[gdb.Frame]) -> str:
    """The local variable of one of these frames that covers an address: `main::m`; "" none."""
    for frame, symbol in _symbols(frames):
        path = _path_in(_value(symbol, frame), address)
        if path is not None:
            return f"{places.plain_function(frame.name() or '')}::{symbol.print_name}{path}"
    return ""


@_guarded
def class_at(address: int, frames: Sequence[gdb.Frame]) -> str:
    """The member at an address that one of these frames points to: `struct account::lock at 0x...`; "" none."""
    for frame, symbol in _symbols(frames):
        value = _value(symbol, frame)
        target = _pointed_to(value)
        if target is None or _is_lock(target) or value.is_optimized_out:
            continue
        offset = address - int(value)
        path = member_path(target, offset) if 0 <= offset < target.sizeof else ""
        if path.startswith("."):
            return f"{_type_name(target, frame)}::{path[1:]} at {address:#x}"
    return ""


def stack_of(frames: Sequence[gdb.Frame]) -> Tuple[int, int]:
    """Where the part of a stack begins and ends that these frames, all of a thread's, take up."""
    try:
        return int(frames[0].read_register("sp")), int(frames[-1].read_register("sp")) + LAST_FRAME
    except (IndexError, gdb.error, ValueError):
        return 0, 0


def is_in_module(address: int) -> bool:
    """Whether an address lies in a loaded file, and not on a heap or stack."""
    return bool(places.module_at(address)[0])


def bare(address: int) -> str:
    """The name of what has none: `0x55d0c6e040a0 (bank+0x40a0)`."""
    module, offset = places.module_at(address)
    return f"{address:#x} ({module}+{offset:#x})" if module else f"{address:#x}"


def _is_lock(type_: gdb.Type) -> bool:
    """Whether it is a lock by its name, or by that of a type that it is another name for."""
    names = {type_.name, type_.unqualified().name, type_.strip_typedefs().name}
    return any(name and LOCK_TYPE.match(name) for name in names)


def _variables(name: str) -> List[gdb.Symbol]:
    """The variables of that name in all files of the program."""
    found = [gdb.lookup_global_symbol(name), *gdb.lookup_static_symbols(name)]
    return [symbol for symbol in found if symbol and symbol.is_variable and not symbol.needs_frame]


def _type_name(type_: gdb.Type, frame: gdb.Frame) -> str:
    """A type as the language of a function has it: C says struct, C++ does not."""
    function = frame.function()
    is_mangled = function and function.linkage_name != function.name
    return is_mangled and type_.unqualified().name or str(type_.unqualified())


def _step(type_: gdb.Type, offset: int) -> Optional[Tuple[str, gdb.Type, int]]:
    """One step towards the byte at an offset: its text, the type it leads to, and the offset in that."""
    if type_.code == gdb.TYPE_CODE_ARRAY:
        element = type_.target()
        if not element.sizeof:
            return None
        return f"[{type_.range()[0] + offset // element.sizeof}]", element, offset % element.sizeof
    if type_.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        return None
    for field in type_.fields():
        start = getattr(field, "bitpos", -8) // 8
        if 0 <= start <= offset < start + field.type.sizeof:
            is_named = field.name and not field.is_base_class
            return f".{field.name}" if is_named else "", field.type, offset - start
    return None


def _symbols(frames: Sequence[gdb.Frame]) -> Iterator[Tuple[gdb.Frame, gdb.Symbol]]:
    """The variables and arguments of frames, innermost first."""
    for frame in frames[:LOOKED_AT]:
        try:
            block = frame.block()
        except (gdb.error, RuntimeError):
            continue  # no debug information
        while block and not block.is_global and not block.is_static:
            yield from ((frame, symbol) for symbol in block if symbol.is_variable or symbol.is_argument)
            block = None if block.function else block.superblock


# Values are not read here: a variable can be large, and where it lies is enough.
def _value(symbol: gdb.Symbol, frame: Optional[gdb.Frame] = None) -> Optional[gdb.Value]:
    try:
        return symbol.value(frame) if symbol.needs_frame else symbol.value()
    except (gdb.error, TypeError):
        return None


def _path_in(value: Optional[gdb.Value], address: int) -> Optional[str]:
    """The way from a variable to the member at an address; None when the variable does not cover it."""
    if value is None or value.address is None:
        return None
    offset = address - int(value.address)
    return member_path(value.type, offset) if 0 <= offset < value.type.sizeof else None


def _pointed_to(value: Optional[gdb.Value]) -> Optional[gdb.Type]:
    if value is None or value.type.strip_typedefs().code not in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_REF):
        return None
    return value.type.strip_typedefs().target()
