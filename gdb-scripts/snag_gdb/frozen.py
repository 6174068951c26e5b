# SPDX-License-Identifier: MIT
"""Threads that do not move, whatever the others do.

GDB resumes one thread or all.  So a frozen thread is made to call pause(), and left there: GDB keeps its registers and
shows its stack, with the call on top.  Thawing takes the call away again, as if it had never been.  A thread that slept
in a system call goes back to sleep in it.  (In non-stop mode each thread is resumed for itself, and there is no need.)

Who has a lock of the shim's own is not kept from moving: others would come to need that lock, whatever they do.  Such a
thread first moves on, alone, until it has none.
"""

import contextlib
import functools
from typing import Dict, Iterable, List, Optional

import gdb

from . import inferior, recording
from .sentry import Sentry

_frozen: Dict[int, gdb.InferiorThread] = {}  # by GDB's global number

_stopped: List[gdb.InferiorThread] = []  # the thread for which GDB has stopped
_is_at_work: List[gdb.InferiorThread] = []  # stops then are of our own making
_told_at: Dict[int, int] = {}  # where GDB has told that a thread has stopped: its pc, by the thread's global number


def is_frozen(thread: gdb.InferiorThread) -> bool:
    """Whether Snag keeps a thread from moving."""
    return thread.global_num in _frozen and _frozen[thread.global_num].is_valid()


def threads() -> List[gdb.InferiorThread]:
    """The frozen threads; those are forgotten that have ended, or have left pause() to run a signal handler."""
    for number, thread in list(_frozen.items()):
        has_left = not _is_non_stop() and thread.is_stopped() and not _call_frame(thread)
        if not thread.is_valid() or has_left:
            del _frozen[number]
    return list(_frozen.values())


def freeze(thread: gdb.InferiorThread) -> None:
    """Keeps a thread, which is stopped or in non-stop mode, from moving.  Switches threads."""
    if not _is_non_stop():
        _let_out([thread])
        _call_pause(thread)
    elif thread.is_running():
        thread.switch()
        gdb.execute("interrupt")
    _frozen[thread.global_num] = thread
    _keep_promises()


def thaw(thread: gdb.InferiorThread) -> None:
    """Lets a frozen thread move.  Switches threads."""
    thread.switch()
    if not _is_non_stop():
        _end_call(thread)
    elif thread.is_stopped():
        gdb.execute("continue &", to_string=True)
    del _frozen[thread.global_num]


def let_others_out(thread: gdb.InferiorThread) -> None:
    """This one is to move alone.  Keeps the selection."""
    if not _is_non_stop():
        with inferior.kept_selection():
            _let_out(each for each in thread.inferior.threads() if each is not thread)


def _let_out(threads: Iterable[gdb.InferiorThread]) -> None:
    """Threads move, each alone, until they have no lock of the shim's own.  Switches threads."""
    n_before, inside = -1, _inside(threads)
    while len(inside) != n_before:
        for thread, place in inside.items():
            _move_until_changed(thread, place)
        n_before, inside = len(inside), _inside(filter(gdb.InferiorThread.is_valid, inside))


def _inside(threads: Iterable[gdb.InferiorThread]) -> Dict[gdb.InferiorThread, int]:
    """Those that have a lock of the shim's own, and the address at which the shim says so."""
    process = gdb.selected_inferior()
    recorded = recording.find_live(process) if inferior.is_live_here(process) else None
    places = recorded.shim_locks() if recorded else {}
    tids = {thread: inferior.tid_inside(process, thread.ptid[1]) for thread in threads} if places else {}
    return {thread: recording.address_now() + places[tid] for thread, tid in tids.items() if tid in places}


def _move_until_changed(thread: gdb.InferiorThread, place: int) -> None:
    """A thread alone, until the word at an address changes, or it sleeps without an end."""
    thread.switch()
    _is_at_work.append(thread)
    with inferior.words_of_c():
        change = gdb.Breakpoint(f"*(unsigned long *){place:#x}", gdb.BP_WATCHPOINT, gdb.WP_WRITE, internal=True)
    change.silent, change.thread = True, thread.global_num
    try:
        with inferior.this_thread_only(), Sentry(thread):
            gdb.execute("continue", to_string=True)
    finally:
        change.delete()
        _is_at_work.clear()


def _is_non_stop() -> bool:
    return bool(gdb.parameter("non-stop"))


def _call_pause(thread: gdb.InferiorThread) -> None:
    """Makes the selected thread call pause(), and stops it there."""
    thread.switch()
    address = _pause()
    _is_at_work.append(thread)
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
        _is_at_work.clear()
    if not _call_frame(thread):
        raise gdb.GdbError(f"Thread {inferior.number_of(thread)} cannot be frozen here.")


def _end_call(thread: gdb.InferiorThread) -> None:
    """Takes the call of pause() away."""
    frame = _call_frame(thread)
    if frame:
        has_slept = _pc() != _pause()
        frame.select()
        gdb.execute("with confirm off -- return", to_string=True)
        is_told = _told_at.get(thread.global_num) == _pc()
        if has_slept and is_told and f"{_pc():#018x}" in inferior.ask("info breakpoints"):
            with inferior.this_thread_only():
                gdb.execute("stepi", to_string=True)  # GDB has forgotten that it stopped at this breakpoint already


def _pause() -> int:
    """The address of the function in which frozen threads sleep."""
    try:
        return int(gdb.parse_and_eval("&pause"))
    except gdb.error:
        raise gdb.GdbError("The program has no pause() for a thread to wait in.") from None


def _pc() -> int:
    """Where the selected thread is."""
    return gdb.newest_frame().pc()


def _remember_stop(_: gdb.Event) -> None:
    thread = gdb.selected_thread()
    if thread and thread.is_valid() and not _is_at_work:
        _stopped[:] = [thread]
        with contextlib.suppress(gdb.error):
            _told_at[thread.global_num] = _pc()


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


gdb.events.stop.connect(_remember_stop)
