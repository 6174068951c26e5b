#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Chunks of full recording, made by hand: what the short records mean, times, and what is cut or makes no sense."""

import random
import struct
import unittest

from snag_gdb import layout
from snag_gdb.operations import Pieces

ME, A, B, PLACE = 3, 7, 8, 40
ACQUIRE, RELEASE = layout.FULL_ACQUIRE, layout.FULL_RELEASE
NOW = 5 << 32 | 6


def head(op, form=0, entry=0, steps=0, mode=0):
    parts = (mode, layout.FULL_MODE_SHIFT), (form, layout.FULL_FORM_SHIFT), (entry, layout.FULL_ENTRY_SHIFT), (
        steps, layout.FULL_STEP_SHIFT)
    return op | sum(value << shift for value, shift in parts)


def whole(op, *words, **more):
    return struct.pack("<4I", head(op, **more), *words)


def short(op, **more):
    return struct.pack("<I", head(op, form=layout.FULL_AGAIN, **more))


def nested(entry, steps, n_released):
    return struct.pack("<I", head(1 + n_released, form=layout.FULL_NESTED, entry=entry % 4096, steps=steps, mode=entry // 4096))


def owner(thread=ME, piece=0, goes_on=0):
    return whole(layout.FULL_OWNER, thread, piece, 1, steps=goes_on)


def first(lock, entry, sequence=1):
    return whole(ACQUIRE, lock, PLACE, sequence, form=layout.FULL_FIRST, entry=entry % 4096, steps=entry // 4096)


def operations(*chunks):
    pieces = Pieces("<")
    for chunk in chunks:
        pieces.add(chunk)
    return [tuple(each) for each in pieces.operations()]


class Operations(unittest.TestCase):
    def expect(self, chunk, *expected):
        self.assertEqual([each[1:3] for each in operations(owner() + chunk)], list(expected))

    def test_again(self):
        found = operations(owner() + first(A, 1) + short(ACQUIRE, entry=1, steps=2))
        self.assertEqual(found, [(ME, ACQUIRE, A, PLACE, 1, 0), (ME, ACQUIRE, A, PLACE, 3, 0)])

    def test_nested(self):
        """All that is held is given back, and no more."""
        found = operations(owner() + first(A, 65535) + first(B, 4096) + nested(65535, 2, 14))
        self.assertEqual(found[2:], [(ME, ACQUIRE, A, PLACE, 3, 0), (ME, RELEASE, A, 0, 3, 0), (ME, RELEASE, B, 0, 1, 0),
                                     (ME, RELEASE, A, 0, 1, 0)])

    def test_nested_in_what_is_not_known(self):
        self.expect(first(A, 1) + nested(2, 1, 1) + nested(1, 1, 1) + short(layout.FULL_RELEASE_NEWEST),
                    (ACQUIRE, A), (ACQUIRE, A), (RELEASE, A), (RELEASE, A))

    def test_what_is_given_back_is_held(self):
        """The newest first; the other lock has taken its entry over."""
        release = short(layout.FULL_RELEASE_NEWEST)
        self.expect(first(A, 1) + first(B, 1) + release + release, (ACQUIRE, A), (ACQUIRE, B), (RELEASE, B), (RELEASE, A))

    def test_held_from_a_piece_before(self):
        """Chunks that were left behind are used again: the piece may lie before."""
        later = owner(piece=1) + short(layout.FULL_RELEASE_NEWEST)
        found = operations(later, owner(9) + first(B, 1), owner() + first(A, 1))
        self.assertEqual([each[:3] for each in found], [(ME, ACQUIRE, A), (ME, RELEASE, A), (9, ACQUIRE, B)])

    def test_entries_are_those_of_the_piece(self):
        found = operations(owner() + first(A, 1), owner(piece=1) + short(ACQUIRE, entry=1, steps=1))
        self.assertEqual([each[1:3] for each in found], [(ACQUIRE, A)])

    def test_entries_of_the_piece_before(self):
        later = owner(piece=1, goes_on=1) + nested(1, 1, 0)
        self.assertEqual(len(operations(owner() + first(A, 1), later)), 2)
        self.assertEqual(len(operations(later, owner(9) + first(A, 1))), 1)

    def test_times(self):
        time = whole(layout.FULL_TIME, NOW & 0xFFFFFFFF, NOW >> 32, 0)
        release = whole(RELEASE, A, 0, 1)
        found = operations(owner() + first(A, 1) + time + release, owner(9) + first(B, 1))
        self.assertEqual([each[-1] for each in found], [0, NOW, 0])

    def test_nothing_known_of_it(self):
        self.expect(short(ACQUIRE, entry=5, steps=1) + short(layout.FULL_RELEASE_NEWEST) + first(A, 1), (ACQUIRE, A))

    def test_ends_where_nothing_is(self):
        self.expect(first(A, 1) + bytes(16) + first(B, 1), (ACQUIRE, A))

    def test_cut_anywhere(self):
        chunk = owner() + first(A, 1) + short(ACQUIRE, entry=1, steps=1) + first(B, 2)
        lengths = [len(operations(chunk[:size])) for size in range(len(chunk) + 1)]
        self.assertEqual(lengths, sorted(lengths))
        self.assertEqual(lengths[-1], 3)

    def test_bytes_of_chance(self):
        chance = random.Random(1)
        for _ in range(200):
            operations(bytes(chance.randrange(256) for _ in range(1000)))


if __name__ == "__main__":
    unittest.main()
