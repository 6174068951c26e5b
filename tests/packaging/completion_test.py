#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What bash and zsh offer after the beginning of a `snag` command.

    completion_test.py SNAG bash|zsh COMPLETION_FOLDER
"""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
import unittest

SNAG, SHELL, FOLDER = sys.argv[1:4]
HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT = 60


def commands():
    """Those that `snag --help` lists."""
    text = subprocess.run([SNAG, '--help'], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r'^  snag ([a-z-]+) ', text, re.M))


class Bash:
    """Calls the completion as bash-completion does."""

    def __init__(self, environment):
        self.environment = environment

    def offers(self, line):
        """The words offered after this line."""
        result = subprocess.run(['bash', f'{HERE}/bash_completion.sh', f'{FOLDER}/snag.bash'], input=line + '\n',
                                env=self.environment, capture_output=True, text=True, timeout=TIMEOUT, check=True)
        return set(result.stdout.split())

    def close(self):
        """Nothing is left open."""


class Zsh:
    """An interactive zsh on a terminal of its own, in which TAB is pressed."""

    def __init__(self, environment):
        self.offered, self.done = (os.path.join(environment['HOME'], name) for name in ('offered', 'done'))
        environment.update(OFFERED=self.offered, DONE=self.done, FOLDER=FOLDER)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe('zsh', ['zsh', '-f', '-i'], environment)
        self.type(f'source {HERE}/zsh_completion.zsh\n')

    def type(self, keys):
        """Types this, and waits until zsh says that it is done; what zsh prints is read meanwhile, lest it wait for us."""
        end = time.monotonic() + TIMEOUT
        os.write(self.terminal, keys.encode())
        while not os.path.exists(self.done):
            if time.monotonic() > end:
                raise TimeoutError(keys)
            if select.select([self.terminal], [], [], 0.05)[0]:
                os.read(self.terminal, 4096)
        os.unlink(self.done)

    def offers(self, line):
        """The words offered after this line."""
        with open(self.offered, 'w', encoding='utf-8'):
            pass
        self.type(line + '\t')
        with open(self.offered, encoding='utf-8') as offered:
            return set(offered.read().split('\n')) - {''}

    def close(self):
        """Ends it."""
        os.write(self.terminal, b'exit\n')
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class CompletionTest(unittest.TestCase):
    """One shell."""

    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        path = os.path.dirname(os.path.abspath(SNAG)) + ':' + os.environ['PATH']
        environment = dict(os.environ, PATH=path, HOME=self.home.name, TERM='dumb')
        os.mkdir(os.path.join(self.home.name, 'folder'))
        with open(os.path.join(self.home.name, 'file'), 'w', encoding='utf-8'):
            pass
        self.shell = {'bash': Bash, 'zsh': Zsh}[SHELL](environment)
        self.addCleanup(self.shell.close)

    def offers(self, line):
        """The words, without what parts them from the next."""
        return {word.rstrip('=/') for word in self.shell.offers(line)}

    def test_commands(self):
        self.assertLessEqual(commands(), self.offers('snag '))

    def test_options_of_the_command(self):
        self.assertEqual(self.offers('snag run --on-'), {'--on-deadlock'})
        self.assertEqual(self.offers('snag ps --on-'), set())

    def test_every_option_of_every_command(self):
        for command in commands():
            text = subprocess.run([SNAG, command, '--help'], capture_output=True, text=True, check=True).stdout
            options = set(re.findall(r'^ {2,6}(?:-., )?(--[a-z-]+)', text, re.M))
            self.assertIn('--help', options)
            with self.subTest(command=command):
                self.assertLessEqual(options, {word.split('[')[0] for word in self.offers(f'snag {command} --')})

    def test_words_that_an_option_takes(self):
        self.assertEqual(self.offers('snag run --mode='), {'light', 'full'})
        self.assertEqual(self.offers('snag report --format=j'), {'json', 'junit'})
        self.assertEqual(self.offers('snag report --explain=lock-o'), {'lock-order-cycle'})

    def test_folders(self):
        offers = {os.path.basename(word) for word in self.offers(f'snag run -o {self.home.name}/f')}
        self.assertEqual(offers, {'folder'})

    def test_words_that_a_command_takes(self):
        self.assertEqual(self.offers('snag explain self-'), {'self-deadlock'})
        self.assertEqual(self.offers('snag init-ci '), {'github', 'gitlab'})
        self.assertLessEqual(commands(), self.offers('snag help '))

    def test_the_program_and_its_arguments(self):
        self.assertIn('sha256sum', self.offers('snag run -- sha256s'))
        self.assertNotIn('--on-deadlock', self.offers('snag run -- ls --on-'))


unittest.main(argv=sys.argv[:1])
