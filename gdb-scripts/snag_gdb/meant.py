# SPDX-License-Identifier: MIT
"""Which locks and threads of the program a person means, and what they may have begun to type."""

from typing import List, NamedTuple, Optional, Tuple

import gdb

from . import inferior
from .arguments import ThreadSpec
from .describe import Describer
from .snapshot import Snapshot, Thread
from .waits import Lock

# C++ objects that hold a lock which lies elsewhere, and the member that points to it.
OWNERS_OF_LOCKS = ("std::unique_lock<", "std::lock_guard<", "std::shared_lock<")
POINTER_MEMBERS = ("_M_device", "_M_pm")


class Area(NamedTuple):
    """The memory in which the meant lock lies: its own, or that of an object around it."""

    start: int
    end: int

    def covers(self, lock: Lock) -> bool:
        """Whether a lock lies there."""
        return self.start <= lock.address < self.end


def area(text: str) -> Optional[Area]:
    """The memory that an expression names in the selected frame: a lock, an object with one, a pointer to either.

    A number is an address.  None when it is no such expression.
    """
    try:
        value = gdb.parse_and_eval(text)
        type_ = value.type.strip_typedefs()
        if type_.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            value = value.referenced_value()
            type_ = value.type.strip_typedefs()
        if str(type_.unqualified()).startswith(OWNERS_OF_LOCKS):
            member = next(field.name for field in type_.fields() if field.name in POINTER_MEMBERS)
            value, type_ = value[member], value[member].type.strip_typedefs()
        if type_.code == gdb.TYPE_CODE_PTR:
            return Area(int(value), int(value) + max(_size(type_.target()), 1))
        if value.address is not None and type_.code != gdb.TYPE_CODE_INT:
            return Area(int(value.address), int(value.address) + max(type_.sizeof, 1))
        return Area(int(value), int(value) + 1)
    except (gdb.error, gdb.MemoryError, TypeError, ValueError, OverflowError, StopIteration):
        return None


def _size(type_: gdb.Type) -> int:
    return 1 if type_.code in (gdb.TYPE_CODE_VOID, gdb.TYPE_CODE_FUNC) else type_.sizeof


def locks(describer: Describer, text: str) -> Tuple[List[Lock], Optional[Area]]:
    """The locks, held or waited for, that are meant by an expression, or by the name that Snag gives them."""
    known = describer.snapshot.graph.locks()
    named = [lock for lock in known if text in (describer.lock_name(lock), describer.lock(lock))]
    if named:
        return named, Area(named[0].address, named[0].address + 1)
    around = area(text)
    return [lock for lock in known if around and around.covers(lock)], around


def threads(snapshot: Snapshot, text: str) -> List[Thread]:
    """The threads that are meant; the selected one when nothing is said."""
    if not text:
        found = [thread for thread in snapshot.threads if thread.handle and is_selected(snapshot, thread)]
        if not found:
            raise gdb.GdbError("No thread is selected; say which one is meant.")
        return found
    which = spec(text)
    found = [thread for thread in snapshot.threads if thread.handle and which.matches(thread.number, thread.name)]
    if not found:
        raise gdb.GdbError(f"There is no thread {text}; `snag threads` lists them.")
    return found


def spec(text: str) -> ThreadSpec:
    """Which threads are meant."""
    try:
        return ThreadSpec(text)
    except ValueError as error:
        raise gdb.GdbError(f"{error}.") from None


def is_selected(snapshot: Snapshot, thread: Thread) -> bool:
    """Whether it was the selected thread when the command was given."""
    return bool(snapshot.selected) and thread.handle.global_num == snapshot.selected.global_num


def complete_thread(text: str, word: str) -> List[str]:
    """Names of threads that begin with what was typed."""
    names = dict.fromkeys(thread.name or "" for thread in inferior.threads_of(gdb.selected_inferior()))
    return _completed(filter(None, names), text, word)


def complete_lock(text: str, word: str) -> List[str]:
    """Names of locks, held or waited for, that begin with what was typed."""
    with inferior.kept_selection():
        describer = Describer(Snapshot(), True)
        return _completed([describer.lock_name(lock) for lock in describer.snapshot.graph.locks()], text, word)


def _completed(names, text: str, word: str) -> List[str]:
    """GDB wants what replaces its own idea of the last word."""
    return [name[len(text) - len(word) :] for name in names if name.startswith(text)]
