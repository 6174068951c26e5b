#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What README.md and `snag init-ci` tell people to put into their projects, put into one.

    recipes_test.py SNAG README PHILOSOPHERS_C WORK_QUEUE_C

The project has two programs as its tests; both end well, and Snag finds an error in one of them.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.append('/usr/lib/python3/dist-packages')  # where Debian puts yaml
import yaml  # noqa: E402

SNAG, README, BAD, GOOD = map(os.path.abspath, sys.argv[1:5])
MESON = """project('market', 'c')
foreach name : ['bad', 'good']
  test(name, executable(name, name + '.c', dependencies: dependency('threads')))
endforeach
"""
CMAKE = """cmake_minimum_required(VERSION 3.16)
project(market C)
enable_testing()
find_package(Threads)
%s
foreach(name bad good)
  add_executable(${name} ${name}.c)
  target_link_libraries(${name} Threads::Threads)
  add_snag_test(${name})
endforeach()
"""
PYTEST = """def test_bad(under_snag):
    under_snag("./bad")

def test_good(under_snag):
    under_snag("./good")
"""


def recipe(name):
    with open(README, encoding='utf-8') as readme:
        return re.search(rf'<!-- recipe: {name} -->\n```\w+\n(.*?)```', readme.read(), re.S)[1]


class Project(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-recipes-test.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {**os.environ, 'PATH': f"{os.path.dirname(SNAG)}:{os.environ['PATH']}"}
        shutil.copy(BAD, os.path.join(self.folder, 'bad.c'))
        shutil.copy(GOOD, os.path.join(self.folder, 'good.c'))

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w', encoding='utf-8') as out:
            out.write(text)

    def run_(self, *command, **more):
        return subprocess.run(command, cwd=self.folder, env={**self.environment, **more}, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120, check=False)

    def compile(self):
        for name in ('bad', 'good'):
            self.assertEqual(self.run_('cc', '-g', '-pthread', '-o', name, name + '.c').returncode, 0)

    def expect(self, done, *patterns):
        self.assertNotEqual(done.returncode, 0)
        for pattern in patterns:
            self.assertRegex(done.stdout + done.stderr, pattern)


class Recipes(Project):
    def test_meson(self):
        self.write('meson.build', MESON + recipe('meson'))
        self.assertEqual(self.run_('meson', 'setup', 'build').returncode, 0)
        self.assertEqual(self.run_('meson', 'test', '-C', 'build').returncode, 0)
        self.expect(self.run_('meson', 'test', '-C', 'build', '--setup', 'snag'), r'bad +FAIL .*exit status 66', r'good +OK')

    @unittest.skipUnless(shutil.which('cmake'), 'CMake is not installed')
    def test_cmake(self):
        self.write('CMakeLists.txt', CMAKE % recipe('cmake'))
        self.assertEqual(self.run_('cmake', '-S', '.', '-B', 'build').returncode, 0)
        self.assertEqual(self.run_('cmake', '--build', 'build').returncode, 0)
        self.expect(self.run_('ctest', '--test-dir', 'build'), r'bad-snag \.+\**Failed', r'good-snag \.+ +Passed')

    def test_pytest(self):
        pytest = [[python, '-m', 'pytest'] for python in ('/usr/bin/python3', sys.executable)
                  if subprocess.run([python, '-c', 'import pytest'], capture_output=True, check=False).returncode == 0]
        if not pytest:
            self.skipTest('pytest is not installed')
        self.compile()
        self.write('conftest.py', recipe('pytest'))
        self.write('test_market.py', PYTEST)
        done = self.run_(*pytest[0], '-p', 'no:cacheprovider', '--basetemp', os.path.join(self.folder, 'pytest'))
        self.expect(done, 'non-zero exit status 66', 'FAILED test_market.py::test_bad', '1 failed, 1 passed')


class Servers(Project):
    """The scripts of the steps, by a shell as the servers use it: it ends at the first command that fails."""

    def step(self, server):
        text = self.run_(SNAG, 'init-ci', server).stdout
        return yaml.load(text, Loader=yaml.BaseLoader)

    def test_github(self):
        job = self.step('github')['jobs']['snag']
        script, = [step['run'] for step in job['steps'] if step.get('name') == 'Test under Snag']
        self.check(script, job['env'])
        self.check_files('snag.sarif', 'snag.html', 'snag.out')

    def test_gitlab(self):
        job = self.step('gitlab')['snag']
        self.check(job['script'][-1], job['variables'])
        self.check_files('snag.xml', 'snag.html', 'snag.out')
        self.assertEqual(job['artifacts']['reports'], {'junit': 'snag.xml'})

    def check_files(self, *names):
        for name in names:
            self.assertTrue(os.path.exists(os.path.join(self.folder, name)), name)

    def check(self, script, variables):
        """Fails with an error, passes without, and passes with one that the baseline has."""
        self.assertEqual({'SNAG', 'BUILD', 'TEST'}, set(variables))
        self.compile()
        for test, status in (('./good', 0), ('./bad', 66), ('./good && ./bad', 66), ('exit 3', 3)):
            self.assertEqual(self.run_('bash', '-e', '-c', script, TEST=test).returncode, status, test)
        self.run_(SNAG, 'run', '-o', 'snag.out', '--', './bad')
        self.assertEqual(self.run_(SNAG, 'merge', '-o', 'snag-baseline.db', 'snag.out').returncode, 0)
        for test, status in (('./bad', 0), ('./good; exit 3', 3)):
            self.assertEqual(self.run_('bash', '-e', '-c', script, TEST=test).returncode, status, test)
        self.run_(SNAG, 'merge', '-o', 'snag-baseline.db', self.record_good())
        self.assertEqual(self.run_('bash', '-e', '-c', script, TEST='./bad').returncode, 66)

    def record_good(self):
        self.run_(SNAG, 'run', '-o', 'good.out', '--', './good')
        return 'good.out'

    def test_no_server(self):
        self.assertEqual(self.run_(SNAG, 'init-ci', 'nowhere').returncode, 64)
        self.assertEqual(self.run_(SNAG, 'init-ci').returncode, 64)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
