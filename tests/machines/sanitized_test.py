#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The snag program built with AddressSanitizer and UndefinedBehaviorSanitizer, and then under Valgrind: runs, reports, looks.

    sanitized_test.py SECONDS SHIM SNAG PROGRAM...

SNAG is one without sanitizers; the first PROGRAM hangs.  For so many SECONDS damaged cores and programs are looked at.
"""
import itertools
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

SECONDS, SHIM, SNAG, HANGS, *PROGRAMS = sys.argv[1:]
SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / 'tests/fuzz'))
import mutate  # noqa: E402 (found by the line above)

SMALL_STACK = 256 * 1024
LARGEST_MIB = 1024  # that may be asked for at once
NEED_FULL = {'perfetto', 'std'}
NOISE = re.compile(r'Sanitizer|runtime error|ERROR SUMMARY: [1-9]')
VALGRIND = ['valgrind', '--quiet', '--error-exitcode=99', '--leak-check=full', '--errors-for-leak-kinds=definite']


class SanitizedTest(unittest.TestCase):
    """What these tools complain of is on standard error, and in the exit status."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='snag-sanitized.')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for command in (['meson', 'setup', '-Dtests=false', '-Db_sanitize=address,undefined', '-Db_lundef=false',
                         '-Dman=disabled', f'{cls.folder}/build', SOURCE],
                        ['ninja', '-C', f'{cls.folder}/build', 'tools/snag']):
            result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    text=True, check=False)
            if result.returncode:
                raise AssertionError(result.stdout[-8000:])
        cls.snag = f'{cls.folder}/build/tools/snag'

    def quiet(self, *command, statuses):
        """Runs a command of Snag; returns what it wrote to standard output."""
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False, env=dict(
            os.environ, SNAG_LIBTRACE=SHIM, UBSAN_OPTIONS='print_stacktrace=1:halt_on_error=1', ASAN_OPTIONS=f'detect_leaks=1:max_allocation_size_mb={LARGEST_MIB}'))
        err = result.stderr.decode(errors='replace')
        self.assertIn(result.returncode, statuses, err[-8000:])
        self.assertIsNone(NOISE.search(err), err[-8000:])
        return result.stdout.decode(errors='replace')

    def formats(self):
        """All that `snag report --format` knows, but for pictures that another program draws."""
        text = subprocess.run([SNAG, 'report', '--help'], capture_output=True, text=True, check=True).stdout
        return [name for name in re.findall(r'^  (\w+)  +\S', text, re.M) if name != 'svg']

    def test_runs_and_reports(self):
        formats = self.formats()
        self.assertIn('json', formats)
        for i, program in enumerate(PROGRAMS):
            for mode in 'light', 'full':
                session = f'{self.folder}/session-{i}-{mode}'
                self.quiet(self.snag, 'run', '--all', '--mode', mode, '-o', session, '--', program, statuses=(0, 66))
                for name in formats:
                    with self.subTest(program=program, mode=mode, format=name):
                        statuses = (2,) if mode == 'light' and name in NEED_FULL else (0, 66)
                        self.quiet(self.snag, 'report', '--all', '--format', name, session, statuses=statuses)

    def test_looks_at_what_hangs(self):
        for arguments in [], ['--stacks'], ['--json', '-']:
            process = subprocess.Popen([HANGS], stdin=subprocess.DEVNULL)
            try:
                while self.state(process.pid) != 'S':
                    pass
                self.quiet(self.snag, 'ps', *arguments, str(process.pid), statuses=(0, 66))
            finally:
                process.kill()
                process.wait()
        self.quiet(self.snag, 'run', '-o', f'{self.folder}/hang', '--', HANGS, statuses=(66,))

    def core_of_what_hangs(self):
        """The path of a core that is small, as GDB makes it."""
        process = subprocess.Popen([HANGS], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=lambda:
                                   resource.setrlimit(resource.RLIMIT_STACK, (SMALL_STACK, SMALL_STACK)))
        try:
            while subprocess.run([SNAG, 'ps', str(process.pid)], capture_output=True, check=False).returncode != 66:
                pass
            subprocess.run(['gcore', '-o', f'{self.folder}/core', str(process.pid)], check=True, capture_output=True)
        finally:
            process.kill()
            process.wait()
        return f'{self.folder}/core.{process.pid}'

    @unittest.skipUnless(shutil.which('gcore'), 'no gcore')
    def test_damaged_cores_and_programs(self):
        """Whatever they hold: a verdict or a sentence, in a short time, with little memory."""
        core, damaged = self.core_of_what_hangs(), f'{self.folder}/damaged'
        end = time.monotonic() + int(SECONDS)
        for seed in itertools.takewhile(lambda _: time.monotonic() < end, itertools.count()):
            source, words = [(core, [damaged, HANGS]), (HANGS, [core, damaged])][seed % 2]
            pathlib.Path(damaged).write_bytes(mutate.mutant(pathlib.Path(source).read_bytes(), seed))
            with self.subTest(seed=seed, source=source):
                self.quiet(self.snag, 'ps', *words, statuses=(0, 2, 64, 66))

    def state(self, pid):
        """Of the main thread, as /proc has it."""
        with open(f'/proc/{pid}/stat', encoding='utf-8') as stat:
            return stat.read().rsplit(')', 1)[1].split()[0]

    def test_explains(self):
        self.quiet(self.snag, 'explain', statuses=(0,))
        self.quiet(self.snag, 'explain', 'lock-order-cycle', statuses=(0,))
        self.quiet(self.snag, 'explain', 'no-such-rule', statuses=(64,))

    @unittest.skipUnless(shutil.which('valgrind'), 'no valgrind')
    def test_valgrind_has_nothing_to_say(self):
        session = f'{self.folder}/valgrind'
        self.quiet(SNAG, 'run', '-o', session, '--', PROGRAMS[0], statuses=(0, 66))
        for name in 'text', 'json':
            self.quiet(*VALGRIND, SNAG, 'report', '--all', '--format', name, session, statuses=(0, 66))


unittest.main(argv=sys.argv[:1])
