#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The checks must be seen failing, each on a small house with one thing wrong in it.

    checks_test.py LIBRARY

LIBRARY is any shared library that is not the shim.
"""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
HOOKS_DEF = 'HOOK(LOCK, int, pthread_mutex_lock, (pthread_mutex_t *m), (m), MUTEX, WRITE, m, 0)\n'


class SmallHouse(unittest.TestCase):
    library = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='snag-checks-test.')
        self.addCleanup(self.folder.cleanup)

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as source:
            source.write(text)
        return path

    def check(self, name, *arguments):
        done = subprocess.run([sys.executable, os.path.join(HERE, name), *arguments], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertIn(done.returncode, (0, 1), done.stdout)
        return done.stdout if done.returncode else ''

    def test_includes_that_go_down(self):
        self.write('libtrace/record.h', '#include "trace_format.h"\n')
        self.write('libtrace/trace_format.h', '')
        self.write('tools/judge/judge.c', '#include "../trace/model.h"\n')
        self.write('tools/trace/model.h', '#include "libtrace/trace_format.h"\n')
        self.assertEqual(self.check('floors.py', self.folder.name), '')

    def test_include_of_a_higher_floor(self):
        self.write('libtrace/arena.c', '#include "hooks.h"\n')
        self.write('libtrace/hooks.h', '')
        self.assertIn('arena.c includes', self.check('floors.py', self.folder.name))

    def test_file_without_a_floor(self):
        self.write('libtrace/helpers.c', '')
        self.assertIn('has no floor', self.check('floors.py', self.folder.name))

    def test_tool_that_looks_into_the_shim(self):
        self.write('tools/trace/reader.c', '#include "libtrace/arena.h"\n')
        self.write('libtrace/arena.h', '')
        self.assertIn('reader.c includes', self.check('floors.py', self.folder.name))

    def test_include_sideways(self):
        self.write('tools/judge/judge.c', '#include "../symbols/symbols.h"\n')
        self.write('tools/symbols/symbols.h', '')
        self.assertIn('judge.c includes', self.check('floors.py', self.folder.name))

    def test_function_of_80_lines(self):
        self.write('tools/trace/a.c', 'int f(void)\n{\n' + '\tg();\n' * 78 + '}\n')
        self.assertEqual(self.check('shape.py', self.folder.name), '')

    def test_function_of_81_lines(self):
        self.write('tools/trace/a.c', 'int f(void)\n{\n' + '\tg();\n' * 79 + '}\n')
        self.assertIn('a.c:2 has 81 lines', self.check('shape.py', self.folder.name))

    def test_long_python_function(self):
        self.write('tests/a.py', 'def f():\n' + '    g()\n' * 80)
        self.assertIn('a.py:1 has 81 lines', self.check('shape.py', self.folder.name))

    def test_long_file(self):
        self.write('libtrace/a.h', '\n' * 501)
        self.assertIn('a.h has 501 lines', self.check('shape.py', self.folder.name))

    def test_hook_without_a_scenario(self):
        table = self.write('hooks.def', HOOKS_DEF.replace('pthread_mutex_lock', 'pthread_nobody_calls_this'))
        self.assertIn('no scenario calls', self.check('hooks_reached.py', table, self.library))

    def test_exports_of_another_library(self):
        table = self.write('hooks.def', HOOKS_DEF)
        told = self.check('exports.py', self.library, table, self.write('snag.h', 'void snag_api(const char *name);\n'))
        for line in ('pthread_mutex_lock is not', 'snag_api is not', 'snag_trace is not', 'should not be'):
            self.assertIn(line, told)

    def twins(self, hazard, twin, verdict='clean'):
        head = '/* SPDX */\n/* A story.\n *\n * expect: {}\n */\n'
        return self.check('twins.py', self.write('a.c', head.format('exit-held observed warning') + hazard),
                          self.write('b.c', head.format(verdict) + twin))

    def test_twins(self):
        self.assertEqual(self.twins('f();\ng();\n', 'g();\nf();\n'), '')
        self.assertIn('0 lines go', self.twins('f(); /* one */\n', 'f(); /* two */\n'))
        self.assertIn('3 lines go', self.twins('f();\n' * 3, 'g();\n' * 3))
        self.assertIn('twin is not clean', self.twins('f();\n', 'g();\n', 'exit-held observed warning'))


if __name__ == '__main__':
    SmallHouse.library = sys.argv.pop()
    unittest.main()
