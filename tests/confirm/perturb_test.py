#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random delays show what a plain run does not, and a seed is told and taken.

    perturb_test.py SNAG CROWDED PLACES RECURSIVE

By itself CROWDED deadlocks in less than one run of a hundred, and with delays at the right locks in every second or so.
RECURSIVE takes its locks, one of them again while it has it, when they are free.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SNAG, CROWDED, PLACES, RECURSIVE = map(os.path.abspath, sys.argv[1:5])
MOST_SEEDS, ENOUGH = 150, 5
MANY, FEW = 150, 50
ABORTED, SNAG_FAILED = 128 + 6, 125
EVERYWHERE, AT_FINDING = 'threads are delayed at random, at all locks', 'at random, at the locks of 1 finding in snag.out'


class Perturb(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-perturb.')
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, '/')
        os.chdir(folder.name)

    def snag(self, *arguments):
        return subprocess.run([SNAG, *arguments], capture_output=True, text=True, check=False, timeout=60)

    def run_with(self, *words):
        """OPTION... PROGRAM"""
        *options, program = words
        return self.snag('run', *options, '--error-exitcode', '0', '--', program)

    def test_a_deadlock_comes_up(self):
        while self.run_with(CROWDED).returncode == ABORTED:
            pass
        shutil.copytree('snag.out', 'known')
        n_stuck = n = 0
        while n_stuck < ENOUGH and n < MOST_SEEDS:
            shutil.rmtree('snag.out')
            shutil.copytree('known', 'snag.out')
            n += 1
            n_stuck += self.run_with(f'--perturb={n}', CROWDED).returncode == ABORTED
        print(n_stuck, 'of', n)
        self.assertEqual(n_stuck, ENOUGH)

    def test_other_locks_are_let_alone(self):
        done = self.run_with('--perturb=1', PLACES)
        self.assertIn(EVERYWHERE, done.stderr)
        self.assertGreater(int(done.stdout), MANY)
        done = self.run_with('--perturb=2', PLACES)
        self.assertIn(AT_FINDING, done.stderr)
        self.assertLess(int(done.stdout), FEW)

    def test_a_seed_is_repeated_where_it_was(self):
        self.assertIn(EVERYWHERE, self.run_with('--perturb=7', PLACES).stderr)
        self.assertIn(EVERYWHERE, self.run_with('--perturb=7', PLACES).stderr)
        self.assertIn(AT_FINDING, self.run_with('--perturb=8', PLACES).stderr)
        with open('snag.out/perturb.schedule', encoding='utf-8') as text:
            schedule = text.read()
        self.assertIn(AT_FINDING, self.run_with('--perturb=8', PLACES).stderr)
        with open('snag.out/perturb.schedule', encoding='utf-8') as text:
            self.assertEqual(text.read(), schedule)

    def test_another_program(self):
        self.run_with(PLACES)
        self.assertIn(EVERYWHERE, self.run_with('--perturb=1', CROWDED).stderr)

    def test_the_program_is_built_anew(self):
        own = os.path.abspath('program')
        shutil.copy(PLACES, own)
        self.run_with(own)
        shutil.copy(CROWDED, own)
        self.assertIn('the program has been built anew', self.snag('confirm', 'snag.out', '--', own).stderr)
        self.assertIn(EVERYWHERE, self.run_with('--perturb=1', own).stderr)

    def test_who_is_delayed_does_not_wait(self):
        self.assertIn('snag: nothing found', self.run_with('--perturb=1', RECURSIVE).stderr)
        self.assertIn('No lock was waited for.', self.snag('report', '--contention').stdout)

    def test_the_seed_is_told(self):
        self.assertIn('--perturb=12345 does it in the same way', self.run_with('--perturb=12345', PLACES).stderr)
        seeds = {re.search(r'--perturb=(\d+)', self.run_with('--perturb', PLACES).stderr).group(1) for _ in range(3)}
        self.assertGreater(len(seeds), 1)

    def test_a_wrong_seed(self):
        for seed in ('0', 'x', '1048576', '12x'):
            done = self.run_with(f'--perturb={seed}', PLACES)
            self.assertEqual(done.returncode, SNAG_FAILED)
            self.assertIn(f'{seed}: not a seed', done.stderr)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[5:])
