# SPDX-License-Identifier: MIT
"""snag hwbreak: a hardware breakpoint in some threads alone; the others run at full speed."""

import contextlib
import errno
import os
import re
from typing import Dict, List, Tuple, Union

import gdb

from . import arguments, breakpoints, command, inferior, meant, perf
from .arguments import ThreadSpec

NAMING = "pthread_setname_np"
NAME_ARGUMENT = {"i386:x86-64": "$rsi", "aarch64": "$x1"}


class HwBreak(command.Action):
    """Stop one thread at a place or a write, without a price for the others.
Usage: snag hwbreak LOCATION|VARIABLE --thread THREAD
       snag hwbreak [--delete NUMBER]

THREAD is a number, a name, or a name like /REGEX/; threads that get such a name
later are included.  The thread stops with SIGTRAP at LOCATION, or after it has
written VARIABLE (1, 2, 4 or 8 bytes).  There are four of these a thread.  Where
the kernel refuses, a breakpoint of `snag break` is set instead, which costs the
others a stop each.  `snag hwbreak` lists them."""

    NAME = "hwbreak"

    def act(self, argument: str, from_tty: bool) -> None:
        what, options = command.split_options(self.NAME, argument, ["thread", "delete"])
        if "delete" in options:
            _delete(options["delete"])
        elif not what:
            lines = [f"{number}  {each}\n" for number, each in _all.items()]
            command.write("".join(lines) or "There is no such breakpoint.\n")
        elif "thread" not in options:
            raise gdb.GdbError("snag hwbreak needs to know which thread; see `help snag hwbreak`.")
        else:
            _set(what, options["thread"], from_tty)

    def complete(self, text: str, word: str) -> Union[int, List[str]]:
        """A thread after --thread, or else a location."""
        return breakpoints.complete(text, word)


class HardwareBreakpoint:
    """A place or a variable, and which threads are to stop there."""

    def __init__(self, what: str, spec: ThreadSpec):
        self.what, self.spec = what, spec
        self.number = max(_all, default=0) + 1
        self.address, self.size = _place_of(what)
        self._descriptors: Dict[int, int] = {}  # by TID

    def __str__(self) -> str:
        size = f" of {self.size} bytes" if self.size else ""
        where = f"{self.what}{size} at {self.address:#x}"
        return f"{where}, thread {self.spec.text}: set in {len(self._descriptors)} of them"

    def arm(self, tid: int) -> None:
        """Sets it in a thread; OSError when the kernel refuses."""
        if tid not in self._descriptors:
            self._descriptors[tid] = perf.breakpoint_of(tid, self.address, self.size, self.number)

    def disarm(self) -> None:
        """Takes it away from all threads."""
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._descriptors = {}


class NamingWatch(gdb.Breakpoint):
    """Sees threads get their names, and never stops them."""

    def __init__(self) -> None:
        super().__init__(NAMING, internal=True)
        self.silent = True

    def stop(self) -> bool:
        """A thread is about to be named: most name themselves."""
        with contextlib.suppress(gdb.error, KeyError):
            register = NAME_ARGUMENT[inferior.architecture(gdb.selected_inferior())]
            name = gdb.parse_and_eval(f"(char *) {register}").string(errors="replace")
            _arm_all(gdb.selected_thread(), name)
        return False


_all: Dict[int, HardwareBreakpoint] = {}
_naming: List[NamingWatch] = []


def _set(what: str, text: str, from_tty: bool) -> None:
    spec = meant.spec(text)
    process = inferior.current()
    new = HardwareBreakpoint(what, spec)
    threads = inferior.threads_of(process)
    found = [thread for thread in threads if spec.matches(inferior.number_of(thread), thread.name or "")]
    try:
        if not inferior.is_live_here(process):
            raise OSError(0, "the program is not a process of this machine")
        for thread in found:
            new.arm(thread.ptid[1])
        if not found:
            _try(new)
    except OSError as error:
        new.disarm()
        _fall_back(what, text, bool(new.size), error, from_tty)
        return
    _all[new.number] = new
    if not any(each.is_valid() for each in _naming):
        _naming[:] = [NamingWatch()]
    command.write(f"Hardware breakpoint {new.number}: {new}.\n")


def _try(new: HardwareBreakpoint) -> None:
    """Asks the kernel whether it would: in the first thread, for a moment."""
    new.arm(gdb.selected_thread().ptid[1])
    new.disarm()


def _fall_back(what: str, text: str, is_variable: bool, error: OSError, from_tty: bool) -> None:
    why = f"there are {perf.PER_THREAD} for each" if error.errno == errno.ENOSPC else error.strerror
    gdb.write(f"No hardware breakpoint for one thread: {why}.  The others pay for this one:\n")
    condition = f"$snag_thread({arguments.quoted(text)})"
    gdb.execute(f"{'watch -location' if is_variable else 'break'} {what} if {condition}", from_tty)


def _place_of(what: str) -> Tuple[int, int]:
    """The address of a place in the code, with 0; or of a variable, with its size."""
    value = None
    with contextlib.suppress(gdb.error):
        value = gdb.parse_and_eval(what)
    is_variable = value is not None and value.address is not None and value.type.code != gdb.TYPE_CODE_FUNC
    address, size = (int(value.address), value.type.sizeof) if is_variable else (_code_at(what), 0)
    if not address:
        raise gdb.GdbError(f'"{what}" is neither a place in the code nor a variable in memory.')
    if is_variable and (size not in (1, 2, 4, 8) or address % size):
        raise gdb.GdbError(f"{what} has {size} bytes; the hardware watches 1, 2, 4 or 8 that lie in one word.")
    return address, size


def _code_at(what: str) -> int:
    """Where GDB would set a breakpoint; 0 for what is no place in the code."""
    try:
        probe = gdb.Breakpoint(what, internal=True)
    except gdb.error:
        return 0
    row = "" if probe.pending else inferior.ask(f"maint info breakpoints {probe.number}")
    found = re.search(r"\s0x([0-9a-f]+)", row)
    probe.delete()
    return int(found[1], 16) if found else 0


def _arm_all(thread: gdb.InferiorThread, name: str) -> None:
    """Sets what is meant for a thread that is about to have this name."""
    for each in _all.values():
        if each.spec.matches(inferior.number_of(thread), name):
            with contextlib.suppress(OSError):  # it has no register left
                each.arm(thread.ptid[1])


def _delete(number: str) -> None:
    if not number.isdigit() or int(number) not in _all:
        raise gdb.GdbError(f"There is no hardware breakpoint {number}; `snag hwbreak` lists them.")
    _all.pop(int(number)).disarm()


def _tell(event: gdb.Event) -> None:
    """Says why a thread has stopped with SIGTRAP."""
    if not _all or isinstance(event, gdb.BreakpointEvent):
        return
    with contextlib.suppress(gdb.error):
        signal = gdb.parse_and_eval("$_siginfo")
        number = int(signal["_sifields"]["_sigfault"]["_addr_lsb"])
        if int(signal["si_code"]) == perf.TRAP_PERF and number in _all:
            gdb.write(f"This is hardware breakpoint {number}: {_all[number].what}, thread {_all[number].spec.text}.\n")


def _disarm_all(_) -> None:
    for each in _all.values():
        each.disarm()


gdb.events.stop.connect(_tell)
gdb.events.exited.connect(_disarm_all)
gdb.events.new_thread.connect(lambda event: _arm_all(event.inferior_thread, ""))
