#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`snag merge` and `snag diff`: runs of the same and of different programs put together, in any order.

    baseline_test.py SNAG ORDERS REBUILT FOLDER_OF_EXAMPLES GEN_TRACES
"""
import contextlib
import filecmp
import itertools
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

SNAG, ORDERS, REBUILT, EXAMPLES, GEN_TRACES = map(os.path.abspath, sys.argv[1:6])
TIME_LIMIT_S = 240


class Baselines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='snag-baseline-test.')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.runs = {}
        for name, program in (('bank', 'bank'), ('fork', 'philosophers'), ('queue', 'work_queue'), ('self', 'self_lock')):
            cls.runs[name] = cls.record(name, os.path.join(EXAMPLES, program))
        for name, program, arguments in (('ab', ORDERS, ['ab']), ('ba', ORDERS, ['ba']), ('both', ORDERS, ['both']),
                                         ('gate', ORDERS, ['gate', 'both']), ('rebuilt', REBUILT, ['ab'])):
            folder = os.path.join(cls.folder, name + '.program')
            os.mkdir(folder)
            shutil.copy(program, os.path.join(folder, 'orders'))
            cls.runs[name] = cls.record(name, os.path.join(folder, 'orders'), *arguments)

    @classmethod
    def record(cls, name, *program):
        folder = os.path.join(cls.folder, name)
        subprocess.run([SNAG, 'run', '-o', folder, '--', *program], check=False, capture_output=True, timeout=60,
                       stdin=subprocess.DEVNULL)
        return folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def snag(self, *arguments, status=0):
        done = subprocess.run([SNAG, *arguments], capture_output=True, text=True, check=False, timeout=TIME_LIMIT_S)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def merge(self, name, *inputs):
        """Names of runs, or paths of baselines."""
        self.snag('merge', '-o', self.path(name), *(self.runs.get(one, one) for one in inputs))
        return self.path(name)

    def rows(self, path, question):
        with contextlib.closing(sqlite3.connect(path)) as database:
            return database.execute(question).fetchall()

    def expect_same(self, one, other):
        self.assertTrue(filecmp.cmp(one, other, shallow=False))

    # ---- merge

    def test_commutative(self):
        whole = self.merge('whole.db', 'bank', 'queue', 'both')
        for n, order in enumerate(itertools.permutations(['bank', 'queue', 'both'])):
            self.expect_same(whole, self.merge(f'{n}.db', *order))

    def test_associative(self):
        names = list(self.runs)
        whole = self.merge('whole.db', *names)
        for seed in range(5):
            parts = random.Random(seed).sample(names, len(names))
            while len(parts) > 1:  # two neighbours become one
                i = random.Random(len(parts) * 10 + seed).randrange(len(parts) - 1)
                parts[i:i + 2] = [self.merge(f'{seed}.{len(parts)}.db', *parts[i:i + 2])]
            self.expect_same(whole, parts[0])

    def test_counts(self):
        twice = self.merge('twice.db', 'both', 'both', 'queue')
        self.assertEqual(self.rows(twice, 'SELECT n, n_incomplete FROM runs'), [(3, 0)])
        self.assertEqual(self.rows(twice, 'SELECT f.rule, s.name, c.name, f.runs FROM findings f JOIN severities s ON s.id = '
                                          'f.severity JOIN classes c ON c.id = f.class'),
                         [('lock-order-cycle', 'error', 'possible', 2)])
        self.assertEqual({runs for runs, in self.rows(twice, "SELECT runs FROM edges WHERE held != 'queue.lock'")}, {2})

    def test_strongest_class(self):
        """With a gate it is a note; the same circle without one, an error."""
        gate = self.merge('gate.db', 'gate')
        self.assertEqual(self.rows(gate, 'SELECT severity, class FROM findings'), [(2, 5)])
        self.assertEqual(self.rows(gate, 'SELECT * FROM inversions'), [])
        self.assertEqual(self.rows(self.merge('gate.both.db', 'gate', 'both'), 'SELECT severity, class, runs FROM findings'),
                         [(0, 3, 2)])

    def test_orders_of_different_runs(self):
        for name in ('ab', 'ba'):
            self.assertEqual(self.rows(self.merge('one.db', name), 'SELECT count(*) FROM inversions'), [(0,)])
        self.assertEqual(self.rows(self.merge('two.db', 'ab', 'ba'), 'SELECT count(*) FROM inversions'), [(1,)])

    def test_rebuilt(self):
        """Other lines, other addresses: the same rows."""
        self.expect_same(self.merge('ab.db', 'ab'), self.merge('rebuilt.db', 'rebuilt'))

    def test_onto_itself(self):
        self.merge('grows.db', 'bank')
        self.merge('grows.db', self.path('grows.db'), 'queue')
        self.expect_same(self.path('grows.db'), self.merge('at once.db', 'queue', 'bank'))

    def memory_of_merge(self, traces):
        """The most that it had, in KiB, and the file that it wrote."""
        output = self.path(f'{len(traces)}.traces.db')
        process = subprocess.Popen([SNAG, 'merge', '-o', output, *traces], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        self.assertEqual(status, 0)
        return usage.ru_maxrss, output

    def test_memory(self):
        """A thousand traces take as much as ten."""
        traces = [self.path(f'{seed}.1.snag') for seed in range(1000)]
        for seed, trace in enumerate(traces):
            subprocess.run([GEN_TRACES, '-d', '300', '-l', '50', '-s', '20', '-r', str(seed), trace], check=True)
        few, _ = self.memory_of_merge(traces[:10])
        many, output = self.memory_of_merge(traces)
        self.assertLess(many, 1.25 * few)
        self.assertEqual(self.rows(output, 'SELECT n FROM runs'), [(1000,)])

    # ---- diff

    def test_diff(self):
        old = self.merge('old.db', 'queue', 'ab')
        told = self.snag('diff', old, self.runs['both'], status=66).stdout
        self.assertRegex(told, r'(?m)^new error: .* are taken in opposite')
        self.assertIn('new order: ', told)
        self.assertIn('new inversion: ', told)
        self.assertIn('gone order: `result.lock` is asked for', told)
        self.assertNotIn('gone', self.snag('diff', '--new', old, self.runs['both'], status=66).stdout.split('snag:')[0])

    def test_diff_of_the_same(self):
        both = self.merge('both.db', 'both')
        for old, new in ((both, self.runs['both']), (self.runs['both'], both), (both, both)):
            told = json.loads(self.snag('diff', '--json', old, new).stdout)
            self.assertEqual(told, {'snag_diff': 1, 'new': [], 'gone': []})

    def test_diff_of_what_grew_worse(self):
        told = json.loads(self.snag('diff', '--json', self.runs['gate'], self.runs['both'], status=66).stdout)
        self.assertEqual([(new['kind'], new.get('severity')) for new in told['new']],
                         [('finding', 'error'), ('inversion', None)])
        self.snag('diff', self.runs['both'], self.runs['gate'])  # an error less

    # ---- what cannot be read

    def test_unreadable(self):
        nowhere = self.path('nowhere')
        done = self.snag('merge', '-o', self.path('rest.db'), nowhere, self.runs['bank'], status=2)
        self.assertIn(nowhere, done.stderr)
        self.expect_same(self.path('rest.db'), self.merge('bank.db', 'bank'))
        self.snag('diff', nowhere, self.runs['bank'], status=2)
        self.snag('merge', '-o', '/nowhere/at.db', self.runs['bank'], status=2)
        self.snag('merge', self.runs['bank'], status=64)

    def test_strange_file(self):
        strange = self.path('strange.db')
        with contextlib.closing(sqlite3.connect(strange)) as database:
            database.execute('CREATE TABLE findings (id)')
        self.assertIn('is no baseline', self.snag('merge', '-o', self.path('out.db'), strange, status=2).stderr)

    def test_damaged_file(self):
        """Whatever is in it: read, or refused."""
        with open(self.merge('good.db', *self.runs), 'rb') as file:
            good = file.read()
        damaged = self.path('damaged.db')
        for seed in range(60):
            chance = random.Random(seed)
            bytes_ = bytearray(good[:chance.randrange(512, len(good))] if seed % 3 == 0 else good)
            for _ in range(chance.randrange(1, 40)):
                bytes_[chance.randrange(16, len(bytes_))] = chance.randrange(256)
            with open(damaged, 'wb') as file:
                file.write(bytes_)
            done = subprocess.run([SNAG, 'diff', damaged, self.runs['bank']], capture_output=True, check=False, timeout=60)
            self.assertIn(done.returncode, (0, 2, 66), f'seed {seed}: {done.stderr}')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
