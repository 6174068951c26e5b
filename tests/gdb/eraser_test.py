#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The states of a variable, and the locks in common, as threads touch it."""

import unittest

from snag_gdb.eraser import EXCLUSIVE, SHARED, SHARED_MODIFIED, VIRGIN, Access, Variable
from snag_gdb.waits import READ, WRITE, Lock

A, B = Lock("mutex", 1), Lock("rwlock", 2)
ALL = frozenset((1, 2, 3))


class Eraser(unittest.TestCase):
    def setUp(self):
        self.variable = Variable()

    def touch(self, thread, is_write, *locks, mode=WRITE, alive=ALL):
        access = Access(thread, f"thread {thread}", is_write, {lock: mode for lock in locks})
        return self.variable.access(access, alive)

    def test_one_thread_needs_no_lock(self):
        self.assertEqual(self.variable.state, VIRGIN)
        self.assertFalse(self.touch(1, True) or self.touch(1, False))
        self.assertEqual(self.variable.state, EXCLUSIVE)

    def test_readers_need_no_lock(self):
        self.touch(1, True)
        self.assertFalse(self.touch(2, False) or self.touch(3, False))
        self.assertEqual(self.variable.state, SHARED)

    def test_a_common_lock(self):
        self.touch(1, True)
        self.assertFalse(self.touch(2, True, A, B) or self.touch(1, True, A))
        self.assertEqual((self.variable.state, self.variable.candidates), (SHARED_MODIFIED, {A}))

    def test_none_left(self):
        self.touch(1, True, A)
        self.assertFalse(self.touch(2, True, A))
        self.assertTrue(self.touch(1, True, B))
        self.assertEqual([access.thread for access in self.variable.culprits], [1, 2])
        self.assertFalse(self.touch(2, True))  # is told once

    def test_a_write_under_a_read_lock(self):
        self.touch(1, True, B)
        self.assertFalse(self.touch(2, False, B, mode=READ))
        self.assertTrue(self.touch(2, True, B, mode=READ))

    def test_the_counterpart_conflicts(self):
        self.touch(1, True)
        self.touch(2, True, A)
        self.touch(3, True, A)
        self.touch(1, True, A)
        self.assertTrue(self.touch(3, True, B))
        self.assertIn(self.variable.culprits[1].thread, (1, 2))

    def test_the_last_one_left_owns_it(self):
        self.touch(1, True, A)
        self.touch(2, True, A)
        self.assertFalse(self.touch(3, True, alive=frozenset([3])))
        self.assertEqual(self.variable.state, EXCLUSIVE)
        self.assertTrue(self.variable.was_shared)
        self.assertFalse(self.touch(1, True, B))
        self.assertEqual(self.variable.candidates, {B})


if __name__ == "__main__":
    unittest.main()
