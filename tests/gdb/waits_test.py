#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The wait-for graph: who stands in whose way, and which of it is a cycle."""

import unittest

from snag_gdb import layout
from snag_gdb.waits import FILE_LOCK, READ, TOKEN, WRITE, Graph, Hold, Lock, Thread, Wait, end_of


def mutex(n):
    return Lock("mutex", n)


def thread(tid, wants=None, holds=(), mode=WRITE, is_timed=False):
    """A thread that wants and holds mutexes, by their numbers; `wants` may be a Lock."""
    lock = mutex(wants) if isinstance(wants, int) else wants
    return Thread(tid, Wait(lock, mode, is_timed) if lock else None, [Hold(mutex(n)) for n in holds])


def tids(found):
    return [thread.tid for thread in found]


class Cycles(unittest.TestCase):
    def expect(self, threads, *cycles, behind=()):
        graph = Graph(threads)
        self.assertEqual([tids(cycle) for cycle in graph.cycles()], list(cycles))
        self.assertEqual(tids(graph.behind()), list(behind))

    def test_nobody(self):
        self.expect([])
        self.expect([thread(1), thread(2, holds=[1])])

    def test_abba(self):
        self.expect([thread(1, 2, [1]), thread(2, 1, [2])], [1, 2])

    def test_chain_is_no_cycle(self):
        self.expect([thread(1, 2, [1]), thread(2, 3, [2]), thread(3, holds=[3])])

    def test_itself(self):
        self.expect([thread(1, 1, [1])], [1])

    def test_ring(self):
        n = 1000
        ring = [thread(i, (i + 1) % n, [i]) for i in range(n)]
        self.expect(ring, list(range(n)))

    def test_behind_however_far(self):
        chain = [thread(i, i + 1, [i]) for i in range(10, 5000)]
        threads = [thread(1, 2, [1]), thread(2, 1, [2]), *chain, thread(5000, 1, [5000])]
        self.expect(threads, [1, 2], behind=range(10, 5001))

    def test_two_knots(self):
        self.expect([thread(1, 2, [1]), thread(2, 1, [2]), thread(3, 3, [3])], [1, 2], [3])

    def test_path_between_knots_is_in_none(self):
        writer = thread(5, 9, [8])  # waits for two readers of 9: one waits for it, the other for somebody else
        reader = Thread(6, Wait(mutex(8)), [Hold(mutex(9), READ)])
        between = Thread(9, Wait(mutex(3)), [Hold(mutex(9), READ)])
        self.expect([thread(3, 3, [3]), writer, between, reader], [3], [5, 6], behind=[9])

    def test_join(self):
        self.expect([thread(1, end_of(2), [7]), thread(2, 7)], [1, 2])
        self.expect([thread(1, end_of(2)), thread(2, end_of(1))], [1, 2])

    def test_join_of_one_that_is_gone(self):
        self.expect([thread(1, end_of(2), [7])])

    def test_timed_wait_closes_nothing(self):
        self.expect([thread(1, 2, [1], is_timed=True), thread(2, 1, [2])])
        self.expect([thread(1, 1, [1], is_timed=True)])

    def test_condition_variable_has_no_owner(self):
        self.expect([thread(1, Lock("condition variable", 5), [1], mode=TOKEN), thread(2, 1)])

    def test_shortest_of_a_knot(self):
        far = [Thread(2, Wait(mutex(3)), [Hold(mutex(1), READ)]), thread(3, 5, [3])]
        near = Thread(4, Wait(mutex(5)), [Hold(mutex(1), READ)])
        self.expect([thread(1, 1, [5]), *far, near], [1, 4])


class Readers(unittest.TestCase):
    LOCK = Lock("rwlock", 1)

    def holder(self, tid, mode, wants=None):
        return Thread(tid, Wait(mutex(wants)) if wants else None, [Hold(self.LOCK, mode)])

    def test_writer_waits_for_all_readers(self):
        writer = Thread(9, Wait(self.LOCK, WRITE))
        graph = Graph([self.holder(1, READ), self.holder(2, READ), writer])
        self.assertEqual(tids(graph.owners(writer.wait)), [1, 2])

    def test_reader_waits_for_the_writer(self):
        reader = Thread(9, Wait(self.LOCK, READ))
        graph = Graph([self.holder(1, WRITE), reader])
        self.assertEqual(tids(graph.owners(reader.wait)), [1])

    def test_reader_behind_a_waiting_writer(self):
        again = Thread(1, Wait(self.LOCK, READ, is_behind_writers=True), [Hold(self.LOCK, READ)])
        graph = Graph([again, Thread(2, Wait(self.LOCK, WRITE))])
        self.assertEqual([tids(cycle) for cycle in graph.cycles()], [[1, 2]])

    def test_reader_that_goes_first(self):
        again = Thread(1, Wait(self.LOCK, READ), [Hold(self.LOCK, READ)])
        self.assertEqual(Graph([again, Thread(2, Wait(self.LOCK, WRITE))]).cycles(), [])

    def test_reader_behind_a_writer_that_gives_up(self):
        again = Thread(1, Wait(self.LOCK, READ, is_behind_writers=True), [Hold(self.LOCK, READ)])
        self.assertEqual(Graph([again, Thread(2, Wait(self.LOCK, WRITE, is_timed=True))]).cycles(), [])

    def test_token_has_no_owner(self):
        post = Thread(1, None, [Hold(Lock("semaphore", 5))])
        waiter = Thread(2, Wait(Lock("semaphore", 5), TOKEN))
        self.assertEqual(Graph([post, waiter]).owners(waiter.wait), [])

    def test_same_address_another_kind(self):
        waiter = Thread(9, Wait(mutex(1)))
        self.assertEqual(Graph([self.holder(1, WRITE), waiter]).owners(waiter.wait), [])


class FileLocks(unittest.TestCase):
    def expect(self, address, *cycles):
        lock = Lock(FILE_LOCK, address)
        reader, writer = Thread(1, Wait(mutex(1)), [Hold(lock, READ)]), Thread(2, Wait(lock), [Hold(mutex(1))])
        self.assertEqual([tids(cycle) for cycle in Graph([reader, writer]).cycles()], list(cycles))

    def test_of_an_open_file(self):
        self.expect(0x1000, [1, 2])

    def test_of_a_process(self):
        """Another one is in the writer's way."""
        self.expect(0x1000 | layout.TRACE_FILE_LOCK_OF_PROCESS)


class Orphans(unittest.TestCase):
    def test_owner_has_ended(self):
        ended = Thread(1, None, [Hold(mutex(1))], is_ended=True)
        graph = Graph([ended, thread(2, 1), thread(3, 1, is_timed=True)])
        self.assertEqual(tids(graph.orphans()), [2])
        self.assertEqual(graph.cycles(), [])

    def test_tid_that_is_used_again(self):
        ended = Thread(1, None, [Hold(mutex(1))], is_ended=True)
        graph = Graph([ended, thread(1), thread(2, end_of(1))])
        self.assertEqual(graph.owners(graph.threads[2].wait), [graph.threads[1]])

    def test_locks_without_ends_of_threads(self):
        graph = Graph([thread(1, end_of(2), [4]), thread(2, 5)])
        self.assertEqual(graph.locks(), [mutex(4), mutex(5)])


if __name__ == "__main__":
    unittest.main()
