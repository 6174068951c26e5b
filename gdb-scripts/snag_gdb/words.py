# SPDX-License-Identifier: MIT
"""What a blocked thread waits for, told by memory alone: no shim, no symbols.  Plain Python, never imports gdb.

Every wait of glibc's threads ends in the futex system call, so a blocked thread's registers name the word it sleeps on.
For a mutex that word is its first, and the rest of the mutex lies behind it:

    offset  0    4      8      12      16          __lock  __count  __owner  __nusers  __kind
            word levels TID    users   kind        the same for 30 years, and in every build of a 64-bit glibc

A read-write lock has more words that are waited on, and names the thread that has it for writing:

    offset  0        4        8      12       16 20  24      28      32 40  48
            readers  writers  phase  writers  0  0   writer  shared  0  0   kind

For a join the word is the TID in the joined thread's own descriptor, which the kernel clears when the thread is gone;
its value is the call's third argument.  Whatever else is waited for says nothing about who will end the wait.
"""

import struct
from typing import Callable, Collection, Dict, NamedTuple, Optional, Tuple

from .waits import READ, WRITE, Lock, Wait, end_of

MUTEX, RWLOCK, FUTEX = "mutex", "rwlock", "futex"

ReadMemory = Callable[[int, int], Optional[bytes]]

# Commands of the futex call that wait, without their flags; linux/futex.h.
WAITS = WAIT, LOCK_PI, WAIT_BITSET, LOCK_PI2 = 0, 6, 9, 13
IS_PRIVATE, COMMAND_MASK = 0x80, 0x7F
OWNER_MASK = 0x3FFFFFFF  # the TID in a futex word that names its owner

# The kind of a mutex: its type in the two low bits, then flags.
RECURSIVE, IS_ROBUST, INHERITS, IS_SHARED, ALL_KINDS = 1, 16, 32, 128, 0x3FF

# A read-write lock: flags in its first word, above them the readers; in the words that are waited on: somebody waits.
RWLOCK_WORDS = struct.Struct("<8I2QI")
WRITE_PHASE, WRITE_LOCKED, ONE_READER, IS_WAITED_FOR, PREFERS_WRITERS = 1, 2, 8, 2, 2
MOST_READERS = 1 << 22  # threads that a kernel can have

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


class RwLock(NamedTuple):
    """The words of a pthread_rwlock_t that is held; `writer` 0: by readers."""

    writer: int
    is_shared: bool
    prefers_writers: bool


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
    if mutex and _can_be_mutex_wait(command, value, is_timed, mutex):
        return Wait(Lock(MUTEX, address), is_timed=is_timed)
    wait = _rwlock_wait(address, value, bool(operation & IS_PRIVATE), tids, read)
    if wait:
        wait.is_timed = is_timed
        return wait
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
    names_owner = kind & (IS_ROBUST | INHERITS) and word & OWNER_MASK == owner  # they keep the TID in the word, too
    if owner not in tids and not (is_shared or names_owner or (word == 2 and users == 1)):
        return None
    return Mutex(owner, max(count, 1), is_shared)


def rwlock_at(address: int, tids: Collection[int], read: ReadMemory) -> Optional[RwLock]:
    """The read-write lock at an address, if what lies there can be a held one."""
    data = read(address, RWLOCK_WORDS.size)
    if not data or len(data) != RWLOCK_WORDS.size:
        return None
    readers, _, phase, writers, *padding, writer, shared, pad1, pad2, kind = RWLOCK_WORDS.unpack(data)
    if any(padding) or pad1 or pad2 or shared > 1 or kind > PREFERS_WRITERS or max(phase, writers) > 1 | IS_WAITED_FOR:
        return None
    if not readers or readers // ONE_READER > MOST_READERS or (writer and not shared and writer not in tids):
        return None
    is_written = readers & (WRITE_PHASE | WRITE_LOCKED) == WRITE_PHASE | WRITE_LOCKED
    return RwLock(writer if is_written else 0, bool(shared), kind == PREFERS_WRITERS)


def owner_of(lock: Lock, tids: Collection[int], read: ReadMemory) -> Optional[Mutex]:
    """Who has a lock for itself, where its words tell."""
    if lock.kind == MUTEX:
        return mutex_at(lock.address, tids, read)
    found = rwlock_at(lock.address, tids, read) if lock.kind == RWLOCK else None
    return Mutex(found.writer, 1, found.is_shared) if found and found.writer else None


def _rwlock_wait(address: int, value: int, is_private: bool, tids: Collection[int], read: ReadMemory) -> Optional[Wait]:
    """A wait on one of the words of a read-write lock."""
    for offset, mode, is_behind_writers, fits in (
        (8, READ if value & 1 else WRITE, False, value & ~1 == IS_WAITED_FOR),  # for a writer's end; writers, for readers
        (12, WRITE, False, value == 1 | IS_WAITED_FOR),
        (0, READ, True, True),  # readers that let writers go first
    ):
        found = rwlock_at(address - offset, tids, read) if fits else None
        if found and found.is_shared != is_private and found.prefers_writers >= is_behind_writers:
            return Wait(Lock(RWLOCK, address - offset), mode, is_behind_writers=is_behind_writers)
    return None


def _can_be_mutex_wait(command: int, value: int, is_timed: bool, mutex: Mutex) -> bool:
    """Whether a wait with this command and value is one of pthread_mutex_lock()."""
    if command in (LOCK_PI, LOCK_PI2):
        return True
    if command == WAIT_BITSET and not is_timed:  # as Rust's own mutex waits, whose word is the same
        return False
    return value == 2 or value & OWNER_MASK == mutex.owner


def _word(read: ReadMemory, address: int) -> Optional[int]:
    data = read(address, 4)
    return int.from_bytes(data, "little") if data and len(data) == 4 else None


def _signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value
