#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Waits read from registers and words, on both machines, as kernels and glibc leave them."""

import struct
import unittest

from snag_gdb import words
from snag_gdb.waits import Lock, Wait, end_of

X86, ARM = words.MACHINES["i386:x86-64"], words.MACHINES["aarch64"]
TIDS = {100, 101, 102}
LOCK = 0x5000
PRIVATE = 0x80


def memory(**at):
    """A function that reads from pieces of memory, given as x5000=bytes."""
    pieces = {int(name[1:], 16): data for name, data in at.items()}

    def read(address, size):
        for start, data in pieces.items():
            if start <= address and address + size <= start + len(data):
                return data[address - start : address - start + size]
        return None

    return read


def mutex(word=2, count=0, owner=101, users=1, kind=0):
    return struct.pack("<IIIII", word, count, owner, users, kind)


def futex(operation, value, timeout=0, address=LOCK):
    return words.Call(X86.futex, (address, operation, value, timeout), X86)


class SleepingCall(unittest.TestCase):
    def x86(self, number, result, **more):
        registers = dict(orig_rax=number, rax=result, rdi=LOCK, rsi=PRIVATE, rdx=2, r10=0, pc=0x1000, **more)
        return words.sleeping_call(X86, registers, memory())

    def test_x86_interrupted(self):
        for result in (-512, -513, -514, -516, -4):
            self.assertEqual(self.x86(202, result & (1 << 64) - 1).arguments, (LOCK, PRIVATE, 2, 0))

    def test_x86_returned_or_computing(self):
        self.assertIsNone(self.x86(202, 0))
        self.assertIsNone(self.x86((1 << 64) - 1, (1 << 64) - 512))

    def arm(self, instruction):
        registers = dict(x8=98, x0=LOCK, x1=PRIVATE, x2=2, x3=0, pc=0x1000)
        return words.sleeping_call(ARM, registers, memory(x1000=instruction))

    def test_arm_is_back_on_the_call(self):
        self.assertEqual(self.arm(bytes.fromhex("010000d4")).arguments, (LOCK, PRIVATE, 2, 0))

    def test_arm_stale_number(self):
        self.assertIsNone(self.arm(bytes.fromhex("1f2003d5")))

    def test_arm_code_that_cannot_be_read(self):
        self.assertIsNone(self.arm(b""))

    def test_registers_that_are_asked_for(self):
        self.assertEqual(set(words.register_names(ARM)), {"x8", "x0", "x1", "x2", "x3", "pc"})


class MutexWaits(unittest.TestCase):
    def expect(self, call, wait, **at):
        self.assertEqual(words.wait_of(call, TIDS, memory(**at)), wait)

    def test_mutex(self):
        self.expect(futex(PRIVATE, 2), Wait(Lock("mutex", LOCK)), x5000=mutex())

    def test_timed(self):
        call = futex(words.WAIT_BITSET | PRIVATE, 2, 0x7000)
        self.expect(call, Wait(Lock("mutex", LOCK), is_timed=True), x5000=mutex())

    def test_timed_that_goes_on_after_an_interruption(self):
        call = futex(words.WAIT_BITSET | PRIVATE, 2, 0x7000)._replace(number=X86.restart)
        self.expect(call, Wait(Lock("mutex", LOCK), is_timed=True), x5000=mutex())

    def test_other_calls_that_go_on(self):
        self.expect(words.Call(X86.restart, (LOCK, 0, 2, 0x7000), X86), None, x5000=mutex())

    def test_robust(self):
        word = 101 | 1 << 31
        self.expect(futex(PRIVATE, word), Wait(Lock("mutex", LOCK)), x5000=mutex(word, 1, kind=16))

    def test_priority_inheriting(self):
        word = 101 | 1 << 31
        self.expect(futex(words.LOCK_PI | PRIVATE, 0), Wait(Lock("mutex", LOCK)), x5000=mutex(word, 1, kind=32))

    def test_process_shared(self):
        self.expect(futex(0, 2), Wait(Lock("mutex", LOCK)), x5000=mutex(owner=4242, kind=128))

    def test_owner_has_ended(self):
        self.expect(futex(PRIVATE, 2), Wait(Lock("mutex", LOCK)), x5000=mutex(owner=4242))

    def test_library_lock(self):
        # stdio: the word, a count, and a pointer to the owner's descriptor.
        self.expect(futex(PRIVATE, 2), Wait(Lock("futex", LOCK)), x5000=struct.pack("<IIQI", 2, 1, 0x7F3F9204F6C0, 0))

    def test_mutex_of_another_language(self):
        # Rust's own: the word, and what is kept in it right behind; waits without a time, by the newer form of the call.
        self.expect(futex(words.WAIT_BITSET | PRIVATE, 2), Wait(Lock("futex", LOCK)), x5000=mutex(owner=2))
        self.expect(futex(PRIVATE, 2), Wait(Lock("futex", LOCK)), x5000=mutex(owner=2, users=0))

    def test_semaphore(self):
        self.expect(futex(words.WAIT_BITSET | PRIVATE, 0), Wait(Lock("futex", LOCK)), x5000=bytes(20))

    def test_memory_that_cannot_be_read(self):
        self.expect(futex(PRIVATE, 2), Wait(Lock("futex", LOCK)))

    def test_wake_is_no_wait(self):
        self.expect(futex(1 | PRIVATE, 1), None, x5000=mutex())

    def test_other_calls(self):
        self.expect(words.Call(0, (LOCK, PRIVATE, 2, 0), X86), None, x5000=mutex())


def rwlock(readers=0, phase=0, writers=0, writer=0, shared=0, kind=0):
    return struct.pack("<8I2QI", readers, 0, phase, writers, 0, 0, writer, shared, 0, 0, kind)


class RwLocks(unittest.TestCase):
    WRITTEN = words.WRITE_PHASE | words.WRITE_LOCKED

    def expect(self, offset, value, words_of_it, *expected, operation=PRIVATE, **more):
        wait = words.wait_of(futex(operation, value, address=LOCK + offset), TIDS, memory(x5000=words_of_it))
        self.assertEqual(wait, Wait(Lock("rwlock", LOCK), *expected, **more))

    def expect_futex(self, offset, value, words_of_it):
        wait = words.wait_of(futex(PRIVATE, value, address=LOCK + offset), TIDS, memory(x5000=words_of_it))
        self.assertEqual(wait.lock, Lock("futex", LOCK + offset))

    def test_reader_waits_for_a_writer(self):
        held = rwlock(self.WRITTEN | words.ONE_READER, phase=3, writer=101)
        self.expect(8, 3, held, "read")
        self.assertEqual(words.owner_of(Lock("rwlock", LOCK), TIDS, memory(x5000=held)), words.Mutex(101, 1, False))

    def test_writer_waits_for_readers(self):
        held = rwlock(words.WRITE_LOCKED | 2 * words.ONE_READER, phase=2, writers=1, writer=102)
        self.expect(8, 2, held, "write")
        self.assertIsNone(words.owner_of(Lock("rwlock", LOCK), TIDS, memory(x5000=held)))

    def test_writer_waits_for_a_writer(self):
        self.expect(12, 3, rwlock(self.WRITTEN, writers=3, writer=101), "write")

    def test_reader_behind_writers(self):
        waited_for = words.ONE_READER | words.WRITE_LOCKED | 4
        self.expect(0, waited_for, rwlock(waited_for, phase=2, kind=2), "read", is_behind_writers=True)
        self.expect_futex(0, waited_for, rwlock(waited_for, phase=2))

    def test_of_several_processes(self):
        self.expect(12, 3, rwlock(self.WRITTEN, writers=3, writer=4242, shared=1), "write", operation=0)

    def test_no_rwlock(self):
        held = {"readers": self.WRITTEN, "writers": 3, "writer": 101}
        for wrong in ({"readers": 0}, {"writer": 4242}, {"shared": 1}, {"kind": 3}, {"phase": 4}):
            self.expect_futex(12, 3, rwlock(**{**held, **wrong}))
        self.expect_futex(12, 2, rwlock(**held))


class Joins(unittest.TestCase):
    OPERATION = words.WAIT_BITSET | 0x100

    def wait(self, operation, value, word):
        return words.wait_of(futex(operation, value), TIDS, memory(x5000=struct.pack("<I", word)))

    def test_join(self):
        self.assertEqual(self.wait(self.OPERATION, 102, 102), Wait(end_of(102)))

    def test_thread_that_has_gone_meanwhile(self):
        self.assertEqual(self.wait(self.OPERATION, 102, 0).lock.kind, "futex")

    def test_value_that_is_no_thread(self):
        self.assertEqual(self.wait(self.OPERATION, 5, 5).lock.kind, "futex")

    def test_private_word(self):
        self.assertEqual(self.wait(self.OPERATION | PRIVATE, 102, 102).lock.kind, "futex")


class MutexWords(unittest.TestCase):
    def at(self, data):
        return words.mutex_at(LOCK, TIDS, memory(x5000=data))

    def test_recursive(self):
        self.assertEqual(self.at(mutex(count=3, kind=1)), words.Mutex(101, 3, False))

    def test_free(self):
        self.assertIsNone(self.at(mutex(word=0, owner=0, users=0)))

    def test_senseless(self):
        self.assertIsNone(self.at(mutex(kind=0x1000)))
        self.assertIsNone(self.at(mutex(count=7)))
        self.assertIsNone(self.at(mutex(owner=1 << 31)))
        self.assertIsNone(self.at(mutex(owner=4242, users=0)))


if __name__ == "__main__":
    unittest.main()
