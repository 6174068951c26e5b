# SPDX-License-Identifier: MIT
"""What a blocked thread waits for, told by memory alone: no shim, no symbols.  Plain Python, never imports gdb.

Every wait of glibc's threads ends in the futex system call, so a blocked thread's registers name the word it sleeps on.
For a mutex that word is its first, and the rest of the mutex lies behind it:

    offset  0    4      8      12      16          __lock  __count  __owner  __nusers  __kind
            word levels TID    users   kind        the same for 30 years, and in every build of a 64-bit glibc

For a join the word is the TID in the joined thread's own descriptor, which the kernel clears when the thread is gone;
its value is the call's third argument.  Whatever else is waited for says nothing about who will end the wait.
"""

import struct
from typing import Callable, Collection, Dict, NamedTuple, Optional, Tuple

from .waits import Lock, Wait, end_of

MUTEX, FUTEX = "mutex", "futex"

ReadMemory = Callable[[int, int], Optional[bytes]]

# Commands of the futex call that wait, without their flags; linux/futex.h.
WAITS = WAIT, LOCK_PI, WAIT_BITSET, LOCK_PI2 = 0, 6, 9, 13
IS_PRIVATE, COMMAND_MASK = 0x80, 0x7F
OWNER_MASK = 0x3FFFFFFF  # the TID in a futex word that names its owner

# The kind of a mutex: its type in the two low bits, then flags.
RECURSIVE, IS_SHARED, ALL_KINDS = 1, 128, 0x3FF

# What an interrupted system call that will be restarted leaves in its result: -ERESTARTSYS and its like.
RESTARTS = (-512, -513, -514, -516)
EINTR = -4


class Machine(NamedTuple):
    """How one architecture makes a system call; `result` is the register of its result."""

    number: str
    result: str
    arguments: Tuple[str, ...]
    futex: int
    restart: int  # the system call that continues a timed wait
    instruction: bytes  # b"": `number` is -1 outside of system calls, so there is no need to look


MACHINES = {
    "i386:x86-64": Machine("orig_rax", "rax", ("rdi", "rsi", "rdx", "r10"), 202, 219, b""),
    "aarch64": Machine("x8", "x0", ("x0", "x1", "x2", "x3"), 98, 128, b"\x01\x00\x00\xd4"),
}


class Call(NamedTuple):
    """The system call that a thread sleeps in."""

    number: int
    arguments: Tuple[int, ...]
    machine: Machine


class Mutex(NamedTuple):
    """The words of a pthread_mutex_t that is held."""

    owner: int
    levels: int
    is_shared: bool


def register_names(machine: Machine) -> Tuple[str, ...]:
    """The registers that sleeping_call() wants."""
    return tuple(dict.fromkeys((machine.number, machine.result, "pc", *machine.arguments)))


def sleeping_call(machine: Machine, registers: Dict[str, int], read: ReadMemory) -> Optional[Call]:
    """The system call that a stopped thread sleeps in, or None when it was running."""
    number, result = _signed(registers[machine.number]), _signed(registers[machine.result])
    if machine.instruction:
        # The kernel has made the call ready to start again already: its arguments are whole, and the pc is back on it.
        is_asleep = read(registers["pc"], len(machine.instruction)) == machine.instruction
    else:
        is_asleep = result in RESTARTS or result == EINTR
    if not is_asleep or number < 0:
        return None
    return Call(number, tuple(registers[name] for name in machine.arguments), machine)


def wait_of(call: Call, tids: Collection[int], read: ReadMemory) -> Optional[Wait]:
    """What a thread waits for by that call, or None when it is no wait for another thread."""
    address, operation, value, timeout = call.arguments[:4]
    command = operation & COMMAND_MASK
    if command not in WAITS or address % 4 or operation >> 32:
        return None
    if call.number == call.machine.restart:
        # Any timed call can be continued so: believe it was a futex only where its flags leave no doubt.
        if not operation & IS_PRIVATE:
            return None
    elif call.number != call.machine.futex:
        return None
    is_timed = bool(timeout)
    value &= 0xFFFFFFFF
    if not operation & IS_PRIVATE and value in tids and _word(read, address) == value:
        return Wait(end_of(value), is_timed=is_timed)
    mutex = mutex_at(address, tids, read)
    if mutex and _can_be_mutex_wait(command, value, mutex):
        return Wait(Lock(MUTEX, address), is_timed=is_timed)
    return Wait(Lock(FUTEX, address), is_timed=is_timed)


def mutex_at(address: int, tids: Collection[int], read: ReadMemory) -> Optional[Mutex]:
    """The mutex at an address, if what lies there can be a held one."""
    data = read(address, 20)
    if not data or len(data) != 20:
        return None
    word, count, owner, users, kind = struct.unpack("<IIIII", data)
    is_recursive, is_shared = kind & 3 == RECURSIVE, bool(kind & IS_SHARED)
    if not word or not 0 < owner <= OWNER_MASK or kind > ALL_KINDS or (count > 1 and not is_recursive):
        return None
    names_owner = word & OWNER_MASK == owner  # robust and priority-inheriting ones keep the TID in the word, too
    if owner not in tids and not (is_shared or names_owner or (word == 2 and users == 1)):
        return None
    return Mutex(owner, max(count, 1), is_shared)


def _can_be_mutex_wait(command: int, value: int, mutex: Mutex) -> bool:
    """Whether a wait with this command and value is one of pthread_mutex_lock()."""
    if command in (LOCK_PI, LOCK_PI2):
        return True
    return value == 2 or value & OWNER_MASK == mutex.owner


def _word(read: ReadMemory, address: int) -> Optional[int]:
    data = read(address, 4)
    return int.from_bytes(data, "little") if data and len(data) == 4 else None


def _signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value
