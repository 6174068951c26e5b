# SPDX-License-Identifier: MIT
"""Hardware breakpoints of single threads, from the kernel's perf events.  Plain Python, never imports gdb.

The processor compares addresses in debug registers, and the kernel loads those for each thread that it runs: a
breakpoint of one thread costs the others nothing.  The thread gets SIGTRAP (Linux 5.13), with a number of ours in the
signal's data.  Closing the descriptor takes the breakpoint away; it is ours, and the program knows nothing of it.
"""

import ctypes
import os
import platform
import struct

TRAP_PERF = 6  # the si_code of such a SIGTRAP
PER_THREAD = 4  # debug registers there are

SYSTEM_CALLS = {"x86_64": 298, "aarch64": 241}
TYPE_BREAKPOINT = 5
EXECUTE, WRITE = 4, 2
EXCLUDE_KERNEL, EXCLUDE_HYPERVISOR, REMOVE_ON_EXEC, SIGTRAP = 1 << 5, 1 << 6, 1 << 36, 1 << 37
CLOSE_ON_EXEC = 1 << 3

# struct perf_event_attr: type, size; sample_period; flags; bp_type, bp_addr, bp_len; sig_data.
ATTRIBUTES = struct.Struct("=II8xQ16xQ4xIQQ48xQ")


def breakpoint_of(tid: int, address: int, size: int, number: int) -> int:
    """Sets a breakpoint for one thread, on writes to `size` bytes, with 0 on execution; its descriptor, or OSError."""
    kind, length = (WRITE, size) if size else (EXECUTE, struct.calcsize("l"))
    flags = EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR | REMOVE_ON_EXEC | SIGTRAP
    packed = ATTRIBUTES.pack(TYPE_BREAKPOINT, ATTRIBUTES.size, 1, flags, kind, address, length, number)
    system_call = SYSTEM_CALLS.get(platform.machine())
    if not system_call:
        raise OSError(0, f"not known how on {platform.machine()}")
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.syscall(ctypes.c_long(system_call), packed, ctypes.c_int(tid), ctypes.c_int(-1), ctypes.c_int(-1),
                              ctypes.c_ulong(CLOSE_ON_EXEC))
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return descriptor
