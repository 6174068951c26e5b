#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Full recording from outside: what its budget does.

    full_test.py SNAG BUSY
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import schema

SNAG, BUSY = map(os.path.abspath, sys.argv[1:3])
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


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
