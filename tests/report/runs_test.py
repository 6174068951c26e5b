#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Several runs judged together, and findings that are suppressed, by `snag report` and `snag run`.

    runs_test.py SNAG ORDERS REBUILT

ORDERS is built from orders.c, and REBUILT is so too, with other code around what takes the locks.
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import schema

SNAG, ORDERS, REBUILT = map(os.path.abspath, sys.argv[1:])
TIME_LIMIT_S = 60


class Recorded(unittest.TestCase):
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


class Runs(Recorded):
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

    def test_the_same_fault_twice(self):
        """It is one finding, and what it is about is no other finding of another run."""
        finding = self.expect('lock-order-cycle possible error', self.record('heap', 'both'), self.record('heap', 'both'))
        self.assertEqual(finding['count'], 2)

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


BLOCK = """# clerks have been asked
{
  never at once
  rule: lock-order-*
  function: take_both
  lock: a
}
"""


class Next(Recorded):
    def record_and_ask(self, *arguments):
        """The command that is told, and the number of the finding."""
        run = subprocess.run([SNAG, 'run', '-o', "somebody's", '--json', 'json', '--', ORDERS, 'both', *arguments],
                             capture_output=True, text=True, check=False, cwd=self.folder, timeout=TIME_LIMIT_S)
        command, = re.findall('^snag: to make it happen: snag (.*)', run.stderr, re.M)
        with open(os.path.join(self.folder, 'json'), encoding='utf-8') as text:
            finding, = json.load(text)['findings']
        return command, finding['id']

    def test_command_is_told(self):
        command, finding = self.record_and_ask('a b')
        self.assertEqual(shlex.split(command), ['confirm', finding, "somebody's", '--', ORDERS, 'both', 'a b'])

    def test_of_a_long_command_only_the_first_words(self):
        command, finding = self.record_and_ask(*map(str, range(10000)))
        words = shlex.split(command)
        self.assertEqual(words[:7], ['confirm', finding, "somebody's", '--', ORDERS, 'both', '0'])
        self.assertEqual(words[-1], '...')
        self.assertLess(len(command), 4200)


class Suppressions(Recorded):
    def write(self, text):
        path = os.path.join(self.folder, 'suppressions')
        with open(path, 'w', encoding='utf-8') as out:
            out.write(text)
        return path

    def snag(self, *arguments):
        return subprocess.run([SNAG, *arguments], capture_output=True, text=True, check=False, cwd=self.folder,
                              timeout=TIME_LIMIT_S)

    def expect_suppressed(self, path, folder, n):
        report = self.snag('report', '--suppressions', path, folder)
        self.assertEqual(report.returncode, 0 if n else 66, report.stdout + report.stderr)
        self.assertEqual('snag: suppressed 1 finding: ' in report.stdout, n == 1)

    def test_of_every_kind(self):
        folder = self.record('both')
        self.expect_suppressed(self.write(BLOCK), folder, 1)
        for line in ('rule: lock-order-cycle', 'function: take_*', 'module: order?', 'lock: [ab]*'):
            self.expect_suppressed(self.write('{\n name\n ' + line.replace('[ab]*', '?') + '\n}\n'), folder, 1)
        for line in ('rule: self-deadlock', 'function: take', 'module: libc*', 'lock: [ab]'):
            self.expect_suppressed(self.write('{\n name\n rule: *\n ' + line + '\n}\n'), folder, 0)

    def test_by_run(self):
        path = self.write(BLOCK)
        run = self.snag('run', '--json', 'json', '--suppressions', path, '--', ORDERS, 'both')
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn('suppressed 1 finding: never at once', run.stderr)
        self.assertNotIn('to make it happen', run.stderr)
        with open(os.path.join(self.folder, 'json'), encoding='utf-8') as text:
            report = json.load(text)
        schema.check_report(report)
        self.assertEqual(report['findings'], [])
        self.assertEqual(report['suppressions'], [{'name': 'never at once', 'file': path, 'line': 2, 'used': 1}])

    def test_unused_ones_are_told(self):
        path = self.write(BLOCK.replace('lock: a', 'lock: z'))
        report = self.snag('report', '--all', '--suppressions', path, self.record('both'))
        self.assertEqual(report.returncode, 66)
        self.assertIn(f'suppressed 0 findings: never at once ({path}:2)', report.stdout.replace('\n  ', ' '))

    def test_generated_ones_suppress(self):
        for arguments in (['both'], ['heap', 'both'], ['gate', 'both']):
            folder = self.record(*arguments)
            path = os.path.join(self.folder, 'generated')
            self.snag('report', '--all', '--gen-suppressions', path, folder)
            report = self.snag('report', '--all', '--suppressions', path, folder)
            self.assertEqual(report.returncode, 0)
            self.assertIn('suppressed 1 finding: ', report.stdout)
            self.assertNotIn('finding ', report.stdout.replace('1 finding: ', ''))

    def test_mistakes(self):
        for text, says in (('rule: x\n', ':1: not a suppression'), ('{\nrule: *\n}\n', ':2: a name comes first'),
                           ('{\nname\n}\n', ':3: this would suppress everything'),
                           ('{\nname\nrule: lock-ordre\n}\n', ':3: no such rule: lock-ordre'),
                           ('{\nname\nfun: main\n}\n', ':3: neither rule:'), ('{\nname\nlock:\n}', ':3: a pattern'),
                           ('{\nname\nrule: *\n', ':3: the last suppression does not end')):
            path = self.write(text)
            for command, status in (['report'], 64), (['run', '--', 'true'], 125):
                run = self.snag(command[0], '--suppressions', path, *command[1:])
                self.assertEqual(run.returncode, status, text)
                self.assertTrue(run.stderr.startswith(f'snag: {path}{says}'), run.stderr)
        self.assertEqual(self.snag('report', '--suppressions', '/nowhere').returncode, 64)

    def test_where_none_can_be_written(self):
        """It is said before the program starts."""
        run = self.snag('run', '--gen-suppressions', '/nowhere/generated', '--', 'echo', 'started')
        self.assertEqual((run.returncode, run.stdout), (125, ''))
        self.assertEqual(run.stderr, 'snag: /nowhere/generated: No such file or directory\n')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
