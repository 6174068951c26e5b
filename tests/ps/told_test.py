#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `snag run` says while a program goes on, and of which it is silent.

    told_test.py SNAG HANDLER_POSTS REST EVENT_LOOP HANG

A program in which all threads sleep, and which only a signal handler could wake, is told of once, and not ended.  One that
waits for something from outside gives rise to no word, as long as it lasts.  An event loop that waits for a lock is told of
while it does, with what the owner does.  What was kept of a hang that only the kernel knew of (HANG) is believed as far as it
makes sense.
"""
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SNAG, HANDLER_POSTS, REST, EVENT_LOOP, HANG = map(os.path.abspath, sys.argv[1:6])
NONSENSE = [
    '', '{', '[]', '{"processes": 7}', '{"processes": [7, null, {}, {"trace": "../1.1.snag"}]}',
    '{"processes": [{"pid": -1, "locks": 3, "threads": [{"tid": "x", "holds": [{"lock": 9}], "helpers": {}}]}]}',
    '{"processes": [{"pid": 1, "locks": [{"kind": 1, "address": 8}], "threads": [{"wants": {"kind": 99, "lock": 1}},'
    ' {"wants": {"kind": 8, "address": 77}}, {"wants": {"kind": 1, "lock": 2}, "activity": -1, "far_owner": -5}, []]}]}',
]
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


class Kept(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-told.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(folder.name, 'snag.out/hung.json')
        self.assertEqual(self.snag('run', '--', HANG).returncode, 66)
        self.assertTrue(os.path.exists(self.path))

    def snag(self, *arguments):
        return subprocess.run([SNAG, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIME_LIMIT_S, text=True, check=False)

    def report(self):
        report = self.snag('report')
        self.assertIn(report.returncode, (0, 66))
        return ' '.join(report.stdout.split())

    def keep(self, text):
        with open(self.path, 'w', encoding='utf-8') as kept:
            kept.write(text)

    def test_nonsense(self):
        for text in NONSENSE:
            self.keep(text)
            self.report()

    def test_alone(self):
        for trace in glob.glob(os.path.join(self.folder, 'snag.out/*.snag')):
            os.remove(trace)
        words = self.report()
        self.assertIn('The threads were seen waiting so', words)
        self.assertIn('no traces in it: this is what was seen when it hung', words)

    def test_threads_that_were_gone(self):
        """Of a process that is being killed some are: what they held is nobody's, but they do not wait for it either."""
        with open(self.path, encoding='utf-8') as kept:
            seen = json.load(kept)
        del seen['processes'][0]['threads'][1:]
        self.keep(json.dumps(seen))
        self.assertNotIn('orphaned-lock', self.report())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
