#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random delays show what a plain run does not, and a seed is told and taken.

    perturb_test.py SNAG ABBA RECURSIVE

By itself ABBA deadlocks in less than one run of a hundred, and with delays in every sixth or so.  RECURSIVE takes its locks,
one of them again while it has it, when they are free.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

SNAG, ABBA, RECURSIVE = map(os.path.abspath, sys.argv[1:4])
MOST_SEEDS = 150
ABORTED, SNAG_FAILED = 128 + 6, 125


class Perturb(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-perturb.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def snag(self, *arguments):
        return subprocess.run([SNAG, *arguments], capture_output=True, text=True, check=False, timeout=60)

    def run_with(self, option, program=ABBA):
        return self.snag('run', '-o', self.folder, option, '--error-exitcode', '0', '--', program)

    def test_a_deadlock_comes_up(self):
        n_stuck = sum(self.run_with(f'--perturb={seed}').returncode == ABORTED for seed in range(1, MOST_SEEDS))
        print(n_stuck, 'of', MOST_SEEDS - 1)
        self.assertGreater(n_stuck, MOST_SEEDS // 50)

    def test_who_is_delayed_does_not_wait(self):
        self.assertIn('snag: nothing found', self.run_with('--perturb=1', RECURSIVE).stderr)
        self.assertIn('No lock was waited for.', self.snag('report', '--contention', self.folder).stdout)

    def test_the_seed_is_told(self):
        self.assertIn('--perturb=12345 does it in the same way', self.run_with('--perturb=12345').stderr)
        seeds = {re.search(r'--perturb=(\d+)', self.run_with('--perturb').stderr).group(1) for _ in range(3)}
        self.assertGreater(len(seeds), 1)

    def test_a_wrong_seed(self):
        for seed in ('0', 'x', '1048576', '12x'):
            done = self.run_with(f'--perturb={seed}')
            self.assertEqual(done.returncode, SNAG_FAILED)
            self.assertIn(f'{seed}: not a seed', done.stderr)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
