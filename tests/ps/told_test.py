#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `snag run` says while a program goes on, and of which it is silent.

    told_test.py SNAG HANDLER_POSTS REST EVENT_LOOP

A program in which all threads sleep, and which only a signal handler could wake, is told of once, and not ended.  One that
waits for something from outside gives rise to no word, as long as it lasts.  An event loop that waits for a lock is told of
while it does, with what the owner does.
"""
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SNAG, HANDLER_POSTS, REST, EVENT_LOOP = map(os.path.abspath, sys.argv[1:5])
RESTS = ['accept', 'child', 'epoll', 'file', 'poll', 'read', 'shared', 'signal', 'sleep', 'timed']
TIME_LIMIT_S = 60


class Run:
    """A run whose words go to a file."""

    def __init__(self, test, *command):
        folder = tempfile.TemporaryDirectory(prefix='snag-told.')
        test.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, 'words')
        with open(self.path, 'wb') as words:
            self.child = subprocess.Popen([SNAG, 'run', '--', *command], cwd=folder.name, stdin=subprocess.PIPE,
                                          stdout=subprocess.DEVNULL, stderr=words, start_new_session=True)
        test.addCleanup(self.end)

    def end(self):
        self.child.stdin.close()
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()

    def words(self):
        with open(self.path, encoding='utf-8') as file:
            return ' '.join(file.read().split())

    def await_words(self, words):
        end = time.monotonic() + TIME_LIMIT_S
        while words not in self.words() and time.monotonic() < end:
            time.sleep(0.05)
        return self.words()


class Told(unittest.TestCase):
    def test_all_asleep(self):
        resting = {rest: Run(self, REST, rest) for rest in RESTS}
        run = Run(self, HANDLER_POSTS)
        words = run.await_words(', nobody-to-wake, observed')
        self.assertIn('warning: thread 2 "taker" waits for `slots`, and nobody is left to wake it', words)
        self.assertIn('unless a signal handler is to wake one of them', words)
        self.assertIn('The main thread waits for the end of thread 2 "taker"', words)
        self.assertEqual({rest: run.words() for rest, run in resting.items()}, dict.fromkeys(RESTS, ''))
        run.child.send_signal(signal.SIGUSR1)  # is handed on; the program's handler ends the wait
        self.assertEqual(run.child.wait(TIME_LIMIT_S), 0)
        self.assertEqual(run.words().count('warning: '), 1)

    def test_event_loop(self):
        run = Run(self, EVENT_LOOP, 'until standard input ends')
        run.await_words('event-loop-blocked, observed')
        run.child.stdin.close()
        self.assertEqual(run.child.wait(TIME_LIMIT_S), 0)
        words = run.words()
        self.assertEqual(words.count('event-loop-blocked'), 1, words)
        self.assertIn('The main thread holds `lock`', words)
        self.assertIn('and sleeps in read (a pipe), whose other end nobody else has.', words)
        self.assertIn('snag: 0 errors, 1 warning, 0 notes', words)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
