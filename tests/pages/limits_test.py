#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Snag says of programs that it cannot see into: the table of examples/limits.md.

    limits_test.py SNAG

What needs a compiler that is not here (musl-gcc, go, rustc) is left out.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

SNAG = os.path.abspath(sys.argv[1])
HERE = pathlib.Path(__file__).resolve().parent
HANG = HERE.parents[1] / 'examples/hang.c'
C_FLAGS = ['-g', '-D_GNU_SOURCE', '-pthread', '-o', 'program']


def needs(compiler):
    return unittest.skipUnless(shutil.which(compiler), f'no {compiler}')


class LimitsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-limits.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def command(self, *command):
        """Runs it where the program is."""
        return subprocess.run(list(map(str, command)), cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, check=False, env=dict(os.environ, GOCACHE=self.folder, CGO_ENABLED='0'))

    def make_program(self, compiler, *flags):
        """Compiles ./program."""
        made = self.command(compiler, *flags)
        self.assertEqual(made.returncode, 0, made.stderr)

    def run_program(self, compiler, *flags, timeout='60'):
        """Compiles ./program, and runs it."""
        self.make_program(compiler, *flags)
        return self.command(SNAG, 'run', '--timeout', timeout, '--', './program')

    def run_child(self):
        """Runs ./program, which hangs, below a shell."""
        result = self.command(SNAG, 'run', '--', 'sh', '-c', './program; true')
        self.assertIn("error: deadlock: 2 threads wait for each other's locks", result.stderr)
        self.assertEqual(result.returncode, 66)
        return result.stderr

    def test_static(self):
        result = self.run_program('gcc', *C_FLAGS, '-static', HANG)
        self.assertIn('./program: cannot be watched: it is statically linked; running it anyway', result.stderr)
        self.assertIn("error: deadlock: 2 threads wait for each other's locks", result.stderr)
        self.assertEqual(result.returncode, 66)

    def test_static_child(self):
        self.make_program('gcc', *C_FLAGS, '-static', HANG)
        self.assertIn(f'snag: {self.folder}/program was not watched: it is statically linked\n', self.run_child())

    @unittest.skipUnless(os.geteuid() == 0, 'only root may give a program to somebody else')
    def test_set_user_id_child(self):
        self.make_program('gcc', *C_FLAGS, HANG)
        shutil.chown(f'{self.folder}/program', 'nobody')
        os.chmod(f'{self.folder}/program', 0o4755)
        os.chmod(self.folder, 0o755)
        self.assertIn(f'snag: {self.folder}/program was not watched: it is set-user-ID or has cap', self.run_child())

    def test_sandbox(self):
        result = self.run_program('gcc', *C_FLAGS, HERE / 'limits/sandbox.c')
        if result.returncode == 77:
            self.skipTest('no seccomp')
        self.assertEqual(result.returncode, 128 + signal.SIGSYS)
        self.assertIn('snag: ./program was killed by a filter of system calls (seccomp), perhaps for one of', result.stderr)

    @needs('musl-gcc')
    def test_musl(self):
        result = self.run_program('musl-gcc', *C_FLAGS, HANG)
        self.assertRegex(result.stderr, r'cannot be watched: its loader is \S+/ld-musl\S+, of another C library')
        self.assertIn('error: all 3 threads wait, and nobody is left to wake one of them', result.stderr)
        self.assertEqual(result.returncode, 66)

    @needs('go')
    def test_go(self):
        result = self.run_program('go', 'build', '-o', 'program', HERE / 'limits/hello.go')
        self.assertIn('cannot be watched: it is statically linked; running it anyway', result.stderr)
        self.assertEqual((result.returncode, result.stdout), (0, 'hello\n'))

    @needs('rustc')
    def test_rust(self):
        """A hang is seen, with the lines of the program; the owners are not."""
        result = self.run_program('rustc', '-g', '-o', 'program', HERE / 'limits/abba.rs')
        self.assertIn('waits for the futex of std::sync::', result.stderr)
        self.assertIn('and nobody is left to wake it', ' '.join(result.stderr.split()))
        for line in 13, 17:
            self.assertIn(f'abba.rs:{line}', result.stderr)
        self.assertEqual(result.returncode, 66)

    def test_locks_of_atomics(self):
        result = self.run_program('gcc', *C_FLAGS, HERE / 'limits/spins.c', timeout='4')
        self.assertRegex(result.stderr, r'the program still runs after 4 s, and is ended; its threads:\n(.*\n)+.* runs\n.* runs\n')
        self.assertIn('snag: not seen: code that is statically linked, raw futexes, atomics', result.stderr)
        self.assertEqual(result.returncode, 124)

    def test_told_by_pipe(self):
        """What is no lock and no wait of pthreads keeps nothing apart, as far as Snag sees; trying shows it."""
        result = self.run_program('gcc', *C_FLAGS, HERE / 'limits/told_by_pipe.c')
        self.assertIn('error: `a` and `b` are taken in opposite orders', result.stderr)
        self.assertEqual(result.returncode, 66)
        result = self.command(SNAG, 'confirm', '--runs', '2', '--', './program')
        self.assertIn('Perhaps something keeps them apart that is not recorded', ' '.join(result.stdout.split()))
        self.assertEqual(result.returncode, 0)

    def test_io_uring(self):
        result = self.run_program('gcc', *C_FLAGS, HERE / 'limits/uring.c', timeout='4')
        if result.returncode == 77:
            self.skipTest('no io_uring')
        self.assertIn('sleeps in io_uring_enter', result.stderr)
        self.assertNotIn('error', result.stderr)
        self.assertEqual(result.returncode, 124)

    def test_environment_without_the_shim(self):
        python = f'{sys.executable} -Sc "import os; os.unsetenv(\'LD_PRELOAD\'); true = \'/bin/true\'; os.%s"'
        unwatched = ['env -i true', 'exec env -i true', python % 'execv(true, [true])', python % 'execve(true, [true], {})',
                     python % 'execve(os.open(true, 0), [true], {})', python % 'posix_spawn(true, [true], {})',
                     python % 'posix_spawnp(\'true\', [true], {})']
        watched = ['env true', 'exec env NAME=1 true', 'env -i /no/such/program || :']
        for command in unwatched + watched:
            with self.subTest(command):
                result = self.command(SNAG, 'run', '--', 'sh', '-c', command)
                self.assertEqual(result.returncode, 0)
                (self.assertIn if command in unwatched else self.assertNotIn)(
                    '1 program was started with an environment without LD_PRELOAD', result.stderr)


unittest.main(argv=sys.argv[:1])
