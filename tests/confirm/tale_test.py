#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program with a known fault, taken the whole way: recorded, predicted, confirmed, and in GDB at the spot.

    tale_test.py SNAG TALE GDB

The fault is that of SQLite 3.3.3's mutex.  By itself the program goes well.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from terminal import Terminal  # noqa: E402  (the path comes first)

SNAG, TALE, GDB = map(os.path.abspath, sys.argv[1:4])
FOUND = 66
NAME = "./the tale's end"


class Tale(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-tale.')
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, '/')
        os.chdir(folder.name)
        os.symlink(TALE, NAME)
        self.environment = {**os.environ, 'SNAG_GDB': GDB, 'TERM': 'dumb', 'DEBUGINFOD_URLS': ''}

    def snag(self, *arguments):
        done = subprocess.run([SNAG, *arguments], capture_output=True, text=True, check=False, timeout=100)
        print(done.stdout, done.stderr)
        return done

    def finding(self):
        report = json.loads(self.snag('report', '--json', '-').stdout)
        finding, = [finding for finding in report['findings'] if finding['severity'] != 'note']
        self.assertEqual(finding['rule'], 'lock-order-cycle')
        return finding

    def record(self):
        """Now and then, when a thread loses the processor at the worst moment, it deadlocks by itself."""
        for _ in range(10):
            done = self.snag('run', '--', NAME)
            if re.search(r'^\d+ orders$', done.stdout, re.M) and self.finding()['class'] == 'possible':
                return self.finding()['id']
        return self.fail('no run went well')

    def test_the_whole_way(self):
        """What is told to a shell is for a shell: the name of the program needs quotes."""
        identity = self.record()
        done = self.snag('confirm', identity, '--', NAME)
        self.assertEqual(done.returncode, FOUND)
        self.assertIn(f'{identity}: confirmed in 1 of ', done.stderr)
        finding = self.finding()
        self.assertEqual((finding['id'], finding['class'], finding['severity']), (identity, 'confirmed', 'error'))
        told = self.snag('report').stdout
        command, = re.findall(r'^ *(snag confirm --replay .*)$', told, re.M)
        self.assertIn(finding['trial']['schedule'], command)
        again = subprocess.run(['sh', '-c', command], capture_output=True, text=True, check=False, timeout=100,
                               env={**self.environment, 'PATH': os.path.dirname(SNAG) + ':' + os.environ['PATH']})
        self.assertEqual(again.returncode, FOUND, again.stderr)
        self.assertIn("error: deadlock: 2 threads wait for each other's locks", again.stdout)

    def test_in_gdb_at_the_spot(self):
        identity = self.record()
        terminal = Terminal([SNAG, 'confirm', '--gdb', identity, 'snag.out', '--', TALE], self.environment)
        try:
            told = terminal.read_until(r'\(gdb\) $')
            self.assertRegex(told, r'Deadlock: 2 threads wait for each other\.')
            self.assertEqual(len(re.findall(r'\nThread \d+ .*:\r\n#\d+ .* os_(?:enter|leave) \(\)', told)), 2, told)
            selected, = re.findall(r'\nThread (\d+) .*, selected:\r\n#', told)
            self.assertIn(f'[Current thread is {selected} ', terminal.command('thread'))
            stacks = terminal.command('thread apply all -q backtrace')
            self.assertRegex(stacks, r'os_enter \(\) at \S*os\.c:33\r\n')
            self.assertRegex(stacks, r'os_(enter|leave) \(\) at \S*os\.c:(31|47)\r\n')
            os.write(terminal.fd, b'kill\ny\nquit\n')
            terminal.read_until('confirmed in 1 of 1 runs')
            terminal.read_until('snag: 1 error')
        finally:
            self.assertEqual(terminal.close(), FOUND)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
