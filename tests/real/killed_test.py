#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is left when a program is killed in the middle, or Snag with it, and the core of one that deadlocked.

    killed_test.py SNAG HANG

HANG is examples/hang.
"""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

import packages
import stage

SNAG, HANG = map(os.path.abspath, sys.argv[1:3])
OPPOSITE = pathlib.Path(__file__).resolve().parent / 'programs/opposite.py'
TIME_LIMIT_S = 60


class InFolder(unittest.TestCase):
    """Each test in an empty folder of its own, in which nothing runs on."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-killed.')
        self.addCleanup(folder.cleanup)
        self.addCleanup(stage.end_children)
        self.folder = pathlib.Path(folder.name)

    def start(self, *command, **more):
        process = subprocess.Popen([SNAG, 'run', '-o', 'session', '--json', 'run.json', '--', *command], text=True,
                                   cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, **more)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        return process

    def report(self):
        """What `snag report` says of the session: (exit status, JSON)."""
        result = subprocess.run([SNAG, 'report', '--format', 'json', 'session'], cwd=self.folder, text=True,
                                capture_output=True, timeout=TIME_LIMIT_S, check=False)
        return result.returncode, json.loads(result.stdout)

    def errors(self, report):
        return [(finding['rule'], finding['class']) for finding in report['findings']
                if finding['severity'] == 'error']


class Killed(InFolder):
    """The program has taken two locks in both orders, and goes on until SIGKILL."""

    def setUp(self):
        super().setUp()
        self.snag = self.start(packages.find('python3'), OPPOSITE)
        self.assertEqual(self.snag.stdout.readline(), 'both orders\n')

    def test_program(self):
        (program,) = (int(pid) for pid in pathlib.Path(f'/proc/{self.snag.pid}/task/{self.snag.pid}/children')
                      .read_text().split())
        os.kill(program, signal.SIGKILL)
        self.assertEqual(self.snag.wait(TIME_LIMIT_S), 66)
        report = json.loads((self.folder / 'run.json').read_text())
        self.assertEqual(report['program']['exit'], {'signal': 'SIGKILL'})
        self.assertEqual(self.errors(report), [('lock-order-cycle', 'possible')])
        status, again = self.report()
        self.assertEqual((status, again['findings']), (66, report['findings']))

    def test_program_and_snag(self):
        """Whoever kills Snag kills the program, and the folder still tells."""
        self.snag.kill()
        self.snag.wait(TIME_LIMIT_S)
        stage.end_children()
        status, report = self.report()
        self.assertEqual((status, self.errors(report)), (66, [('lock-order-cycle', 'possible')]))


def core_pattern():
    return pathlib.Path('/proc/sys/kernel/core_pattern').read_text().strip()


class Deadlocked(InFolder):
    """A program that deadlocks is ended so that a core can be had, if its user wants one."""

    def hang(self, core_limit):
        """Returns the cores that were left."""
        def limit():
            resource.setrlimit(resource.RLIMIT_CORE, (core_limit, core_limit))

        snag = self.start(HANG, preexec_fn=limit)
        self.assertEqual(snag.wait(TIME_LIMIT_S), 66)
        report = json.loads((self.folder / 'run.json').read_text())
        self.assertEqual(report['program']['exit'], {'signal': 'SIGABRT'})
        self.assertEqual(self.errors(report), [('lock-order-cycle', 'observed')])
        return list(self.folder.glob('core*'))

    def test_without_core(self):
        self.assertEqual(self.hang(0), [])

    @unittest.skipUnless(core_pattern() == 'core', 'the kernel puts cores elsewhere: ' + core_pattern())
    @unittest.skipUnless(resource.getrlimit(resource.RLIMIT_CORE)[1], 'no cores are allowed here')
    def test_core(self):
        cores = self.hang(resource.getrlimit(resource.RLIMIT_CORE)[1])
        self.assertEqual(len(cores), 1, cores)
        self.assertEqual(cores[0].read_bytes()[:4], b'\x7fELF')


if __name__ == '__main__':
    stage.adopt_orphans()
    unittest.main(argv=sys.argv[:1])
