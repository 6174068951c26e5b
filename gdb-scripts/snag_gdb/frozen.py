# SPDX-License-Identifier: MIT
"""Threads that do not move, whatever the others do.

GDB resumes one thread or all.  So a frozen thread is made to call pause(), and left there: GDB keeps its registers and
shows its stack, with the call on top.  Thawing takes the call away again, as if it had never been.  A thread that slept
in a system call goes back to sleep in it.
"""

import functools
from typing import Dict, List, Optional

import gdb

from . import inferior

_frozen: Dict[int, gdb.InferiorThread] = {}  # by GDB's global number

_stopped: List[gdb.InferiorThread] = []  # the thread for which GDB has stopped
gdb.events.stop.connect(lambda _: _stopped.__setitem__(slice(None), [gdb.selected_thread()]))


def is_frozen(thread: gdb.InferiorThread) -> bool:
    """Whether Snag keeps a thread from moving."""
    return thread.global_num in _frozen and _frozen[thread.global_num].is_valid()


def threads() -> List[gdb.InferiorThread]:
    """The frozen threads; those are forgotten that have ended, or have left pause() to run a signal handler."""
    for number, thread in list(_frozen.items()):
        if not thread.is_valid() or (thread.is_stopped() and not _call_frame(thread)):
            del _frozen[number]
    return list(_frozen.values())


def freeze(thread: gdb.InferiorThread) -> None:
    """Makes a stopped thread call pause(), and stops it there.  Switches threads."""
    address, stopped = _pause(), list(_stopped)
    thread.switch()
    stop = gdb.Breakpoint(f"*{address:#x}", internal=True)
    stop.silent, stop.thread = True, thread.global_num
    try:
        if thread in _stopped:
            # In the commands of a breakpoint, GDB would go on with those after the call, with what the call has freed.
            # Any command that wants the program to run, even one that then fails, tells it that they are over.
            inferior.ask("advance *snag_nowhere")
        with inferior.this_thread_only():
            gdb.execute(f"with language c -- call ((int (*)(void)) {address:#x})()", to_string=True)
    except gdb.error:
        pass  # "stopped while in a function called from GDB": so it should
    finally:
        stop.delete()
        _stopped[:] = stopped
    if not _call_frame(thread):
        raise gdb.GdbError(f"Thread {inferior.number_of(thread)} cannot be frozen here.")
    _frozen[thread.global_num] = thread
    _keep_promises()


def thaw(thread: gdb.InferiorThread) -> None:
    """Takes the call of pause() away from a frozen thread.  Switches threads."""
    frame = _call_frame(thread)
    if frame:
        has_slept = gdb.newest_frame().pc() != _pause()
        frame.select()
        gdb.execute("with confirm off -- return", to_string=True)
        if has_slept and f"{gdb.newest_frame().pc():#018x}" in inferior.ask("info breakpoints"):
            with inferior.this_thread_only():
                gdb.execute("stepi", to_string=True)  # GDB has forgotten that it stopped at this breakpoint already
    del _frozen[thread.global_num]


def _pause() -> int:
    """The address of the function in which frozen threads sleep."""
    try:
        return int(gdb.parse_and_eval("&pause"))
    except gdb.error:
        raise gdb.GdbError("The program has no pause() for a thread to wait in.") from None


def _call_frame(thread: gdb.InferiorThread) -> Optional[gdb.Frame]:
    """The frame that GDB has made for the call of pause().  Switches threads."""
    try:
        thread.switch()
        frame = gdb.newest_frame().older()
        return frame if frame and frame.type() == gdb.DUMMY_FRAME else None
    except gdb.error:
        return None


@functools.lru_cache(maxsize=None)
def _keep_promises() -> None:
    """Sees to it that nothing is left frozen when GDB lets go of the program."""
    gdb.events.gdb_exiting.connect(lambda _: _thaw_all())
    gdb.events.exited.connect(lambda _: _frozen.clear())
    gdb.execute("define hook-detach\nsnag thaw\nend")


def _thaw_all() -> None:
    for thread in threads():
        thaw(thread)
