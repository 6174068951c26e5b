# SPDX-License-Identifier: MIT
"""What Snag asks GDB about the program, each question guarded.

A debugger script runs when things have gone wrong: any pointer can be NULL or point into garbage, a core can lack
pages, symbols can be missing, threads can be running.  So everything here answers None, or nothing, where GDB raises.
"""

import contextlib
import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence

import gdb

MAX_FRAMES = 256  # looked at of one thread


class Mapping(NamedTuple):
    """A part of a file, or of memory, that is mapped into the program."""

    start: int
    end: int
    offset: int
    path: str


def current() -> gdb.Inferior:
    """The selected process or core; one sentence for the user when there is none."""
    inferior = gdb.selected_inferior()
    if not inferior.pid or not inferior.threads():
        raise gdb.GdbError("There is no process and no core to look at; use run, attach or core-file first.")
    return inferior


def is_live(inferior: gdb.Inferior) -> bool:
    """Whether it is a process, and not a core."""
    return bool(inferior.connection) and inferior.connection.type != "core"


def is_live_here(inferior: gdb.Inferior) -> bool:
    """Whether it is a process of this machine, so that /proc tells of it."""
    return bool(inferior.connection) and inferior.connection.type == "native"


def threads_of(inferior: gdb.Inferior) -> List[gdb.InferiorThread]:
    """Its threads, by number."""
    return sorted((thread for thread in inferior.threads() if thread.is_valid()), key=lambda thread: thread.num)


def number_of(thread: gdb.InferiorThread) -> str:
    """The number by which a person knows a thread."""
    return f"{thread.inferior.num}.{thread.num}" if len(gdb.inferiors()) > 1 else str(thread.num)


def read_memory(address: int, size: int) -> Optional[bytes]:
    """Bytes of the program, or None where they cannot be read."""
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    except (gdb.error, OverflowError, ValueError, MemoryError):
        return None


def architecture(inferior: gdb.Inferior) -> str:
    """GDB's name of the architecture."""
    try:
        return inferior.architecture().name()
    except gdb.error:
        return ""


def ask(command: str) -> str:
    """What a GDB command prints; "" when it fails.

    While a breakpoint's condition is looked at, a command that fails makes GDB believe that the program has stopped.
    """
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error:
        return ""


def mappings() -> List[Mapping]:
    """What is mapped where, from the process or from the notes of the core."""
    # Start, end, size, offset, permissions (not in cores, nor of every GDB), path.
    line = re.compile(r"0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)(?:\s+[-rwxsp]{4})?(?:\s+(\S.*))?")
    found = (line.fullmatch(text.strip()) for text in ask("info proc mappings").splitlines())
    return [Mapping(*(int(text, 16) for text in m.groups()[:3]), m[4] or "") for m in found if m]


def address_of_symbol(name: str) -> int:
    """The address of a variable, whether or not there is debug information; 0 unknown."""
    try:
        return int(gdb.parse_and_eval(f"&{name}"))
    except (gdb.error, ValueError, OverflowError):
        return 0


@contextlib.contextmanager
def kept_selection() -> Iterator[None]:
    """The selected thread and frame are the same again afterwards."""
    thread, level = gdb.selected_thread(), 0
    try:
        level = gdb.selected_frame().level()
    except gdb.error:
        pass  # the thread is running
    try:
        yield
    finally:
        if thread and thread.is_valid():
            thread.switch()
            select_frame(level)


def select_frame(level: int) -> None:
    """Selects a frame of the selected thread by its number."""
    try:
        frame = gdb.newest_frame()
        while frame and frame.level() < level:
            frame = frame.older()
        if frame:
            frame.select()
    except gdb.error:
        pass


@contextlib.contextmanager
def words_of_c() -> Iterator[None]:
    """Expressions are in C meanwhile, whatever the program is written in."""
    language = gdb.parameter("language")
    gdb.execute("set language c", to_string=True)
    try:
        yield
    finally:
        gdb.execute(f"set language {language}", to_string=True)


@contextlib.contextmanager
def this_thread_only() -> Iterator[None]:
    """What is resumed meanwhile is the selected thread alone."""
    locking = gdb.parameter("scheduler-locking")
    is_all_stop = not gdb.parameter("non-stop")
    if is_all_stop:
        gdb.execute("set scheduler-locking on")
    try:
        yield
    finally:
        if is_all_stop:
            gdb.execute(f"set scheduler-locking {locking}")


def registers(thread: gdb.InferiorThread, names: Sequence[str]) -> Optional[Dict[str, int]]:
    """Registers of a thread, unsigned; None for a running thread, or when one of them is missing.  Switches threads."""
    try:
        thread.switch()
        frame = gdb.newest_frame()
        return {name: int(frame.read_register(name)) & (1 << 64) - 1 for name in names}
    except (gdb.error, ValueError):
        return None


def frames_of(thread: gdb.InferiorThread) -> Iterator[gdb.Frame]:
    """The frames of a thread, innermost first, less those that GDB has made.  Switches threads."""
    try:
        thread.switch()
        frame = gdb.newest_frame()
        for _ in range(MAX_FRAMES):
            if not frame:
                return
            if frame.type() != gdb.DUMMY_FRAME:
                yield frame
            frame = frame.older()
    except gdb.error:
        return


def tid_inside(inferior: gdb.Inferior, tid: int) -> int:
    """The TID by which the program itself knows a thread: another one than GDB's when it runs in a container."""
    if is_live_here(inferior):
        with contextlib.suppress(OSError):
            with open(f"/proc/{inferior.pid}/task/{tid}/status", encoding="ascii", errors="replace") as status:
                found = re.search(r"^NSpid:.*\s(\d+)$", status.read(), re.MULTILINE)
                return int(found[1]) if found else tid
    return tid


def kernel_call(inferior: gdb.Inferior, tid: int) -> Optional[List[int]]:
    """Number and arguments of the system call in which a running thread sleeps, as the kernel tells it."""
    if not is_live_here(inferior):
        return None
    try:
        with open(f"/proc/{inferior.pid}/task/{tid}/syscall", encoding="ascii") as file:
            words = file.read().split()
        return [int(words[0]), *(int(word, 16) for word in words[1:7])] if len(words) == 9 else None
    except (OSError, ValueError):
        return None
