#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads the file that live_file.c writes, whole, cut and damaged; its path is the argument."""

import random
import sys
import unittest

from snag_gdb import layout, read

with open(sys.argv.pop(), "rb") as file:
    WHOLE = file.read()


def recording(data):
    """A recording of these bytes; what lies behind them cannot be read."""
    return read.Recording(lambda offset, size: data[offset : offset + size] if offset + size <= len(data) else None)


def use(data):
    """Asks for everything there is; a file can only be refused as a whole."""
    try:
        table = recording(data)
    except ValueError:
        return
    for slot in table.slots():
        table.holds(slot)
    table.stack(3)
    table.object_at(layout.OBJECT_MUTEX, 0xA000)
    table.module_at(0x10010, 5)
    table.file_of(2)


class Whole(unittest.TestCase):
    def setUp(self):
        self.table = recording(WHOLE)

    def test_header(self):
        head = self.table.header
        self.assertEqual((head.pid, head.start_realtime_ns, head.start_monotonic_ns), (4711, 1000000000000, 5000))

    def test_slots(self):
        first, second = self.table.slots()
        self.assertEqual((first.state, first.thread, first.tid, first.epoch), (layout.SLOT_ALIVE, 1, 101, 7))
        self.assertEqual((first.want_address, first.want_kind), (0xB000, layout.OBJECT_RWLOCK))
        self.assertEqual((first.want_mode, first.want_flags), (layout.MODE_READ, layout.DEP_TIMED))
        self.assertEqual((first.want_stack, first.want_since_ns), (3, 6000))
        self.assertEqual((first.name.rstrip(b"\0"), first.start_routine, first.create_stack), (b"worker", 0x1234, 4))
        self.assertEqual((second.state, second.tid), (layout.SLOT_ENDED, 102))

    def test_holds(self):
        first, second = self.table.slots()
        self.assertEqual(self.table.holds(first), [read.HOLD.tuple(0xA000, 5, layout.OBJECT_MUTEX, layout.MODE_WRITE)])
        self.assertEqual([hold.address for hold in self.table.holds(second)], [0xB000, 0xC000])
        self.assertEqual(self.table.holds(second)[0].mode, layout.MODE_READ)

    def test_stack(self):
        self.assertEqual(self.table.stack(3), read.Stack((0x10010, 0x10020), 5, True))
        self.assertIsNone(self.table.stack(0))
        self.assertIsNone(self.table.stack(77))

    def test_object_is_the_latest(self):
        found = self.table.object_at(layout.OBJECT_MUTEX, 0xA000)
        self.assertEqual((found.generation, found.create_stack, found.first_stack), (2, 0, 4))
        self.assertIsNone(self.table.object_at(layout.OBJECT_RWLOCK, 0xA000))

    def test_file(self):
        self.assertEqual(self.table.file_of(2), read.File("/run/lock", 16, 4))
        self.assertIsNone(self.table.file_of(1))

    def test_module_while_it_was_loaded(self):
        self.assertEqual(self.table.module_at(0x10010, 5).path, "/lib/one.so")
        self.assertEqual(self.table.module_at(0x10010, 5).gone_epoch, 9)
        self.assertIsNone(self.table.module_at(0x10010, 1))
        self.assertIsNone(self.table.module_at(0x10010, 9))
        self.assertIsNone(self.table.module_at(0x20000, 5))

    def test_wait_that_moves(self):
        at = layout.TRACE_HEADER_SIZE + layout.TRACE_SLOT_SIZE
        data, chunks = bytearray(WHOLE), []

        def moving(offset, size):
            chunks.append(offset)
            found = bytes(data[offset : offset + size])
            data[at + 12] += size == layout.TRACE_CHUNK_SIZE  # the epoch, after each look at the chunk
            return found

        self.assertEqual([slot.epoch % 2 for slot in read.Recording(moving).slots()], [0, 0])


class Damaged(unittest.TestCase):
    def test_foreign(self):
        for data in (b"", b"SNAG", b"\x7fELF" + WHOLE[4:], WHOLE[:100]):
            with self.assertRaises(ValueError):
                recording(data)

    def test_another_version(self):
        with self.assertRaisesRegex(ValueError, "version 99"):
            recording(WHOLE[:8] + bytes([99]) + WHOLE[9:])

    def test_another_size(self):
        for place in (16, 20, 24):
            with self.assertRaisesRegex(ValueError, "sizes"):
                recording(WHOLE[:place] + b"\1" + WHOLE[place + 1 :])

    def test_cut_anywhere(self):
        for size in [*range(0, 8192, 64), *range(8192, len(WHOLE), 1024)]:
            use(WHOLE[:size])

    def test_bytes_of_chance(self):
        chance = random.Random(1)
        places = [*range(8, 1376), *range(4096, 4096 + 2048), *range(4096 + 65536, 4096 + 65536 + 512)]
        for _ in range(2000):
            data = bytearray(WHOLE)
            for place in chance.sample(places, 4):
                data[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            use(bytes(data))

    def test_holds_beyond_the_file(self):
        slot = recording(WHOLE).slots()[0]
        self.assertEqual(recording(WHOLE).holds(slot._replace(holds_offset=1 << 63)), [])
        self.assertEqual(recording(WHOLE).holds(slot._replace(n_holds=0)), [])

    def test_more_holds_than_there_is_room(self):
        table = recording(WHOLE)
        slot = table.slots()[0]._replace(n_holds=1000000, holds_capacity=1)
        self.assertEqual(len(table.holds(slot)), 1)
        self.assertTrue(table.is_capped)


if __name__ == "__main__":
    unittest.main()
