#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Full recording from outside: what its budget does, and what it takes when signal handlers interrupt it.

    full_test.py SNAG BUSY INTERRUPTED
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import schema

SNAG, BUSY, INTERRUPTED = map(os.path.abspath, sys.argv[1:4])
BUDGET_MIB = 1
SHORTEST_RECORD = 4
TOO_MANY_PAIRS = 2 * BUDGET_MIB * (1 << 20) // SHORTEST_RECORD


class Budget(unittest.TestCase):
    def judge(self, pairs):
        with tempfile.TemporaryDirectory(prefix='snag-full-test.') as folder:
            path = os.path.join(folder, 'report.json')
            done = subprocess.run([SNAG, 'run', '-o', os.path.join(folder, 'snag.out'), '--mode', 'full', '--json', path,
                                   '--', BUSY, str(pairs)], capture_output=True, text=True, check=False, timeout=60,
                                  env={**os.environ, 'SNAG_OPTIONS': f'budget={BUDGET_MIB}'})
            self.assertEqual(done.returncode, 66, done.stderr)
            with open(path, encoding='utf-8') as text:
                report = json.load(text)
        schema.check_report(report)
        return report

    def test_within(self):
        report = self.judge(1000)
        self.assertEqual([finding['class'] for finding in report['findings']], ['predicted'])
        self.assertEqual(len(report['findings'][0]['assumptions']), 2)
        self.assertEqual(report['caps'], [])

    def test_used_up(self):
        """What comes later is recorded lightly: the cycle is found, and it is said that it is not looked for a schedule."""
        report = self.judge(TOO_MANY_PAIRS)
        self.assertEqual([finding['class'] for finding in report['findings']], ['possible'])
        self.assertEqual(len(report['caps']), 1)
        self.assertIn('budget', report['caps'][0])


class Interrupted(unittest.TestCase):
    PAIRS = 2000000
    BYTES_OF_PAIR, BYTES_OF_HANDLER = 5, 256
    REST = 1 << 20

    def test_handlers_take_little(self):
        """A handler that finds the recorder at work leaves its chunk, to which the thread comes back."""
        with tempfile.TemporaryDirectory(prefix='snag-full-test.') as folder:
            session = os.path.join(folder, 'snag.out')
            done = subprocess.run([SNAG, 'run', '-o', session, '--mode', 'full', '--', INTERRUPTED, str(self.PAIRS)],
                                  capture_output=True, text=True, check=False, timeout=60)
            size = sum(entry.stat().st_blocks * 512 for entry in os.scandir(session))
        self.assertEqual(done.returncode, 0, done.stderr)
        n_handled = int(done.stdout)
        print(f'{n_handled} handlers, {size} bytes')
        self.assertLess(size, self.PAIRS * self.BYTES_OF_PAIR + n_handled * self.BYTES_OF_HANDLER + self.REST)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
