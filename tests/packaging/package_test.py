#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Debian package: built as Debian builds it, unpacked, and used.

    package_test.py PROGRAM      PROGRAM can deadlock
"""
import glob
import shutil
import subprocess
import sys
import tempfile
import unittest

import source

PROGRAM = sys.argv[1]


def run(*command, status=0, **more):
    """What a command prints; it must end with this status."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            encoding='utf-8', errors='replace', check=False, **more)
    if result.returncode != status:
        raise AssertionError(f'{command} ended with {result.returncode}, not {status}:\n{result.stdout[-4000:]}')
    return result.stdout


class PackageTest(unittest.TestCase):
    """One build, looked at from several sides."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        source.copy_to(f'{cls.folder}/snag')
        run('dpkg-buildpackage', '-b', '-us', '-uc', cwd=f'{cls.folder}/snag')
        cls.package, = glob.glob(f'{cls.folder}/snag_*.deb')
        cls.root = f'{cls.folder}/root'
        run('dpkg-deb', '-x', cls.package, cls.root)

    def test_works(self):
        said = run(f'{self.root}/usr/bin/snag', 'run', '-o', f'{self.folder}/session', '--', PROGRAM, status=66)
        self.assertIn('lock-order-cycle', said)

    def test_depends_on_what_is_loaded_at_run_time(self):
        """The shim loads libunwind by itself, which no tool of Debian's sees."""
        depends = run('dpkg-deb', '-f', self.package, 'Depends')
        for name in 'libc6', 'libdw1', 'libelf1', 'libjson-c', 'libunwind8':
            self.assertIn(name, depends)

    def test_is_whole(self):
        for pattern in ('bin/snag', 'lib/*/snag/libtrace.so', 'share/snag/gdb/snag-gdb.py', 'include/snag/snag.h',
                        'share/man/man1/snag-run.1.gz', 'share/man/man7/snag-options.7.gz',
                        'share/bash-completion/completions/snag', 'share/zsh/*/_snag',
                        'share/gdb/auto-load/usr/lib/*/snag/libtrace.so-gdb.py', 'share/doc/snag/copyright'):
            self.assertEqual(len(glob.glob(f'{self.root}/usr/{pattern}')), 1, pattern)

    @unittest.skipUnless(shutil.which('lintian'), 'no lintian')
    def test_pleases_lintian(self):
        # There is no address to write to yet, nor a bug of Debian's that asks for the package.
        no_faults = 'bogus-mail-host,bogus-mail-host-in-debian-changelog,initial-upload-closes-no-bugs'
        run('lintian', '--allow-root', '--fail-on', 'error,warning', '--suppress-tags', no_faults, self.package)


unittest.main(argv=sys.argv[:1])
