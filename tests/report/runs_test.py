#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Several runs judged together, by `snag report`.

    runs_test.py SNAG ORDERS REBUILT

ORDERS is built from orders.c, and REBUILT is so too, with other code around what takes the locks.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import schema

SNAG, ORDERS, REBUILT = map(os.path.abspath, sys.argv[1:])
TIME_LIMIT_S = 60


class Runs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-runs-test.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.n_runs = 0

    def record(self, *arguments, program=ORDERS):
        """Runs the program, as `orders`, and returns the folder of its traces."""
        self.n_runs += 1
        folder = os.path.join(self.folder, str(self.n_runs))
        os.mkdir(folder)
        shutil.copy(program, os.path.join(folder, 'orders'))
        subprocess.run([SNAG, 'run', '-o', 'out', '--error-exitcode', '0', '--', './orders', *arguments], cwd=folder,
                       check=True, capture_output=True, timeout=TIME_LIMIT_S)
        return os.path.join(folder, 'out')

    def judge(self, *folders):
        """The exit status and the findings of the runs together."""
        run = subprocess.run([SNAG, 'report', '--json', '-', *folders], capture_output=True, text=True, check=False,
                             timeout=TIME_LIMIT_S)
        report = json.loads(run.stdout)
        schema.check_report(report)
        return run.returncode, report['findings']

    def expect(self, verdict, *folders):
        """One finding of this verdict, or none."""
        status, findings = self.judge(*folders)
        got = ', '.join(f"{finding['rule']} {finding['class']} {finding['severity']}" for finding in findings)
        self.assertEqual(got, verdict)
        self.assertEqual(status, 66 if verdict.endswith('error') else 0)
        return findings[0] if findings else None

    def test_opposite_orders(self):
        one, other = self.record('ab'), self.record('ba')
        self.expect('', one)
        self.expect('', other)
        finding = self.expect('lock-order-cycle possible error', one, other)
        self.assertEqual(len(finding['threads']), 2)
        self.assertIn('different runs', finding['why'])

    def test_same_order(self):
        self.expect('', self.record('ab'), self.record('ab'))

    def test_locks_on_the_heap(self):
        self.expect('lock-order-cycle possible error', self.record('heap', 'ab'), self.record('heap', 'ba'))
        self.expect('', self.record('heap', 'ab'), self.record('heap', 'ab'))
        self.expect('', self.record('heap', 'ab'), self.record('ba'))

    def test_gate(self):
        self.expect('lock-order-cycle guarded note', self.record('gate', 'ab'), self.record('gate', 'ba'))
        self.expect('lock-order-cycle possible error', self.record('gate', 'ab'), self.record('ba'))

    def test_main_thread_meets_nobody(self):
        self.expect('lock-order-cycle single-thread note', self.record('main', 'ab'), self.record('main', 'ba'))
        self.expect('lock-order-cycle possible error', self.record('main', 'ab'), self.record('ba'))

    def test_forked_process(self):
        self.expect('lock-order-cycle possible warning', self.record('fork', 'ab'), self.record('ba'))

    def test_other_program(self):
        one, other = self.record('ab'), self.record('ba', program=REBUILT)
        self.expect('', one, other)

    def id_of(self, program=ORDERS, turned=False):
        folders = [self.record('ab', program=program), self.record('ba', program=program)]
        return self.expect('lock-order-cycle possible error', *(reversed(folders) if turned else folders))['id']

    def test_ids_last(self):
        """Over runs, whatever addresses they have, and over builds that do not touch what is reported."""
        first = self.id_of()
        self.assertEqual(first, self.id_of(turned=True))
        self.assertEqual(first, self.id_of(program=REBUILT))


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
