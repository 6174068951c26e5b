#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Snag as it is installed: moved elsewhere, with its manual pages, and known to GDB.

    installed_test.py BUILD PROGRAM      PROGRAM can deadlock
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD, PROGRAM = sys.argv[1:]
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(*command, status=0, **more):
    """What a command prints on both streams; it must end with this status."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            encoding='utf-8', errors='replace', timeout=120, check=False, **more)
    if result.returncode != status:
        raise AssertionError(f'{command} ended with {result.returncode}, not {status}:\n{result.stdout}')
    return result.stdout


class InstalledTest(unittest.TestCase):
    """`meson install` into a folder that is not the prefix."""

    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.root)
        run('meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', env=dict(os.environ, DESTDIR=cls.root))
        for folder, _, names in os.walk(cls.root):
            if folder.endswith('/bin') and 'snag' in names:
                cls.prefix = os.path.dirname(folder)
        cls.snag = f'{cls.prefix}/bin/snag'

    def find(self, name):
        """The path of the one installed file of this name."""
        paths = [os.path.join(folder, name) for folder, _, names in os.walk(self.prefix) if name in names]
        self.assertEqual(len(paths), 1, f'{name}: {paths}')
        return paths[0]

    def commands(self):
        """The subcommands that `snag --help` lists."""
        return re.findall(r'^  snag ([a-z-]+) ', run(self.snag, '--help'), re.M)

    def test_finds_its_parts_where_it_has_been_moved(self):
        report = run(self.snag, 'run', '-o', f'{self.root}/session', '--', PROGRAM, status=66)
        self.assertIn('lock-order-cycle', report)
        said = run(self.snag, 'gdb', '-o', f'{self.root}/gdb', '--', 'true', env=dict(os.environ, SNAG_GDB='echo'))
        self.assertIn(f'source {self.prefix}/', said)
        self.assertIn(f"LD_PRELOAD={self.prefix}/", said)

    def test_header_is_enough(self):
        code = '#include <snag/snag.h>\nint main(void) { snag_breakpoint(); return 0; }\n'
        for compiler, suffix in ('cc', 'c'), ('c++', 'cc'):
            source = f'{self.root}/use.{suffix}'
            with open(source, 'w', encoding='utf-8') as file:
                file.write(code)
            flags = run('pkg-config', '--cflags', '--libs', 'snag', env=dict(
                os.environ, PKG_CONFIG_PATH=os.path.dirname(self.find('snag.pc')), PKG_CONFIG_SYSROOT_DIR=self.root))
            run(compiler, '-Wall', '-Wextra', '-Werror', '-o', f'{self.root}/use', source, *flags.split())
            run(f'{self.root}/use')

    def test_every_command_has_a_page_without_faults(self):
        """As man shows it: what --help says, examples, and nothing that groff warns of."""
        pages = {f'snag-{name}.1' for name in self.commands()} | {'snag.1', 'snag-options.7'}
        self.assertEqual({name for _, _, names in os.walk(f'{self.prefix}/share/man') for name in names}, pages)
        for name in pages:
            warnings = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', self.find(name)],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True,
                                      env=dict(os.environ, MANROFFSEQ='', MANWIDTH='80')).stderr
            self.assertEqual(warnings, '', name)
            with open(self.find(name), encoding='utf-8') as page:
                self.assertIn('EXAMPLES', page.read().upper(), name)

    def test_page_of_the_options_knows_all_of_them(self):
        with open(f'{SOURCE}/libtrace/options.c', encoding='utf-8') as code:
            options = set(re.findall(r'memcmp\(key, "(\w+)"', code.read()))
        with open(self.find('snag-options.7'), encoding='utf-8') as page:
            told = set(re.findall(r'^\.It Cm (\w+) Ns =', page.read(), re.M))
        self.assertEqual(options, told)

    @unittest.skipUnless(shutil.which('gdb'), 'no gdb')
    def test_gdb_knows_the_commands_of_a_program_under_the_shim(self):
        """GDB looks in folders of its own, below the place of the shim: here they are said to be in our tree."""
        shim = self.find('libtrace.so')
        script = self.find('libtrace.so-gdb.py')
        scripts = script[:-len('-gdb.py')]
        auto_load = scripts[:scripts.index('/auto-load/') + len('/auto-load')]
        self.assertEqual(scripts[len(auto_load):], shim[len(self.root):])
        # The tree was moved: GDB meets the shim at its own place, and the script names the scripts' final one.
        moved = f'{self.root}/auto-load{shim}-gdb.py'
        os.makedirs(os.path.dirname(moved))
        with open(script, encoding='utf-8') as old, open(moved, 'w', encoding='utf-8') as new:
            new.write(old.read().replace('SCRIPT = "', f'SCRIPT = "{self.root}'))
        said = run('gdb', '-q', '-nx', '-batch', '-iex', f'set auto-load scripts-directory {self.root}/auto-load',
                   '-iex', f'set auto-load safe-path {self.root}', '-ex', f'set exec-wrapper env LD_PRELOAD={shim} '
                   f'SNAG_OPTIONS=dir={self.root}/auto', '-ex', 'break main', '-ex', 'run', '-ex', 'snag threads', PROGRAM)
        self.assertIn('Breakpoint 1, main', said)
        self.assertRegex(said, r'Id +LWP +Name +State')


unittest.main(argv=sys.argv[:1])
