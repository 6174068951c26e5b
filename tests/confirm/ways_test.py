#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ways to run a program many times: one that reads, one that another has to drive; and to stop.

    ways_test.py SNAG LATE

By itself the program does not deadlock.
"""
import glob
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SNAG, LATE = map(os.path.abspath, sys.argv[1:3])
FOUND = 66
SOON = 60


def processes_of(program):
    return [pid for pid in os.listdir('/proc') if pid.isdigit() and runs(pid, program)]


def runs(pid, program):
    try:
        return os.readlink(f'/proc/{pid}/exe') == program
    except OSError:
        return False


def steered():
    """What is in the folder of the last run."""
    try:
        return os.listdir('snag.out/steered')
    except FileNotFoundError:
        return []


class Ways(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-ways.')
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, '/')
        os.chdir(folder.name)

    def confirm(self, *arguments, **more):
        done = subprocess.run([SNAG, 'confirm', *arguments], capture_output=True, text=True, check=False, timeout=SOON,
                              **more)
        print(done.stdout, done.stderr)
        return done

    def test_it_reads_a_file(self):
        with open('input', 'w', encoding='utf-8') as text:
            text.write('go\n')
        with open('input', encoding='utf-8') as text:
            done = self.confirm('--', 'sh', '-c', f'read word && exec {LATE}', stdin=text)
        self.assertEqual(done.returncode, FOUND)

    def test_it_reads_a_pipe(self):
        done = self.confirm('-n', '2', '--', 'sh', '-c', f'read word && exec {LATE}', input='go\n')
        self.assertIn(': unreached in 2 of 2 runs', done.stderr)

    def test_who_comes_late_is_waited_for_longer(self):
        """200 ms at first, and each time twice as long."""
        done = self.confirm('-n', '4', '--', LATE, '500')
        self.assertRegex(done.stderr, r': confirmed in 1 of [2-4] runs')

    def test_another_program_drives_it(self):
        self.assertEqual(self.confirm('--', 'sh', '-c', f'{LATE} & wait').returncode, FOUND)

    def test_it_leaves_a_core(self):
        """Whoever reads it finds the deadlock, although it is told of by a thread that is only about to sleep."""
        with open('/proc/sys/kernel/core_pattern', encoding='utf-8') as pattern:
            if not pattern.read().startswith('core'):
                self.skipTest('the kernel leaves no cores in the working folder (core_pattern)')
        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        self.confirm('--', LATE, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (most, most)))
        done = subprocess.run([SNAG, 'ps', *glob.glob('core*'), LATE], capture_output=True, text=True, check=False,
                              timeout=SOON)
        print(done.stdout, done.stderr)
        self.assertEqual(done.returncode, FOUND)

    def test_it_is_stopped_by_hand(self):
        """Nothing is left of it, and what is known stays."""
        own = os.path.abspath('program')
        with open(LATE, 'rb') as program, open(own, 'wb') as copy:
            copy.write(program.read())
        os.chmod(own, 0o700)
        with subprocess.Popen([SNAG, 'confirm', '-n', '10000', '--all-runs', '--', own], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as it:
            seen, limit = set(), time.monotonic() + SOON
            while len(seen) < 3 and time.monotonic() < limit:
                seen.update(name for name in steered() if name.endswith('.snag'))
            os.killpg(it.pid, signal.SIGINT)
            told = it.communicate(timeout=SOON)[1]
        self.assertEqual(it.returncode, 128 + signal.SIGINT)
        self.assertRegex(told, r': confirmed in \d+ of \d+ runs')
        self.assertEqual(processes_of(own), [])
        with open('snag.out/confirm.json', encoding='utf-8') as text:
            self.assertEqual([trial['verdict'] for trial in json.load(text)['trials']], ['confirmed'])


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
