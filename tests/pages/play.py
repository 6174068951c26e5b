#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays pages of the tutorial: types each command that they show, on a terminal, and compares what the screen shows then.

    play.py [--need FILE]... [--symbols] SNAG BUILD PAGE...

A page's blocks of the kind ```console are one session with a shell, in a folder where examples/ is the source's and build/ is
BUILD.  `$ ` is the shell's prompt, `(gdb) ` that of GDB; what follows up to the next prompt is what the screen shows.  A line
`...` stands for any lines.  What differs from run to run is left out of the comparison: addresses, process numbers, times,
blanks.
"""
import argparse
import contextlib
import difflib
import os
import pathlib
import re
import signal
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from terminal import TIME_LIMIT_S, Terminal  # noqa: E402 (found by the line above)

SKIPPED = 77
SHELL, GDB = '$ ', '(gdb) '
PS1 = 'page' + SHELL
COLUMNS = 110
GDB_SETTINGS = 'set debuginfod enabled off\nset confirm off\n'
NO_SYMBOLS = 'set debug-file-directory /nonexistent\n'

# Lines that GDB or the shell print when it suits them.
LEFT_OUT = re.compile(r'^(?:\[(?:New|Switching to) (?:Thread|LWP) .*|\[Thread .*|Using host libthread_db.*|Starting program: .*|'
                      r'Continuing\.|(?:Attaching to|Reading symbols from|warning:) .*|\[\d+\](?:[+-]? +[A-Z].*| \d+)|'
                      r'Thread .* received signal SIGINT.*\n.*)\n', re.MULTILINE)
SAME = {
    r'0x[0-9a-f]+': '0x',
    r'LWP \d+': 'LWP',
    r'(?m)^([* ] +\d+ +)\d+': r'\1TID',
    r'\b\d\d:\d\d:\d\d\b': 'TIME',
    r'\d+(\.\d+)? (ns|µs|ms|s|seconds?)\b': 'SOME TIME',
    r'\b(process|PID|TID|-p)\s+\d+': r'\1 N',
    r'\[\d+\](?=\s)( \d+$)?': '[N]',
    r'─+': '─',
    r'\S*/(\w+\.(c|cc|py)\b)': r'\1',
    r'\s+': ' ',
    # What a thread is about to do when another one stops it.
    r'frozen; waits for mutex door, since TIME': 'frozen',
    r'bakery (runs|waits for the end of thread 2, since TIME) ': 'bakery ',
    r'#\d+ ': '#N ',
    r'… \d+ frames': '… N frames',  # of libraries with symbols, or without
    r'\b([Ii]n) \d+ of \d+ runs': r'\1 N runs',
    r'[Tt]hread \d+ "baker-\d"': 'a baker',  # whoever comes first of those who do the same
}
STILL_LOOKS, BETWEEN_LOOKS_S = 20, 0.05


def comparable(text):
    """A text without what may differ."""
    text = LEFT_OUT.sub('', text)
    for pattern, same in SAME.items():
        text = re.sub(pattern, same, text, flags=re.MULTILINE)
    return text.strip()


def is_as_on_the_page(shown, page):
    """Whether the screen shows what the page has."""
    parts = re.split(r'^\.\.\.\n', page, flags=re.MULTILINE)
    pattern = '.*'.join(re.escape(comparable(part)) for part in parts)
    return re.fullmatch(pattern, comparable(shown), re.DOTALL) is not None


class Step:
    """A line that is typed at a prompt, and what the page says that the screen shows then."""

    def __init__(self, prompt, command):
        self.prompt, self.command, self.answer = prompt, command, ''


def steps_of(page):
    """Those of all blocks of a page, which is a file."""
    blocks = re.findall(r'^```console\n(.*?)^```', pathlib.Path(page).read_text(encoding='utf-8'), re.MULTILINE | re.DOTALL)
    steps = []
    for line in ''.join(blocks).splitlines(keepends=True):
        prompt = next((prompt for prompt in (SHELL, GDB) if line.startswith(prompt)), None)
        if prompt:
            steps.append(Step(prompt, line[len(prompt):].rstrip('\n')))
        else:
            steps[-1].answer += line
    return steps


class Processes:
    """What runs on a terminal, less its shell."""

    def __init__(self, session):
        self.session = session

    def pids(self):
        for path in pathlib.Path('/proc').glob('[0-9]*/stat'):
            with contextlib.suppress(OSError):
                words = path.read_text(encoding='ascii', errors='replace').rsplit(')', 1)[1].split()
                if int(words[3]) == self.session != int(path.parent.name):
                    yield int(path.parent.name)

    def rest(self):
        """How often each thread has gone to sleep; None when one does not sleep."""
        naps = {}
        for pid in self.pids():
            for path in pathlib.Path(f'/proc/{pid}/task').glob('*/status'):
                with contextlib.suppress(OSError):
                    status = path.read_text(encoding='utf-8', errors='replace')
                    if not re.search(r'^State:\s[StTZ]', status, re.MULTILINE):
                        return None
                    naps[path] = re.findall(r'ctxt_switches:\s(\d+)', status)
        return naps

    def wait_until_still(self):
        """Until no thread wakes up any more; nobody will say so."""
        end, before, n_looks = time.monotonic() + TIME_LIMIT_S, None, 0
        while n_looks < STILL_LOOKS:
            if time.monotonic() > end:
                raise AssertionError('what was begun with & does not come to rest')
            now = self.rest()
            n_looks = n_looks + 1 if now is not None and now == before else 0
            before = now
            time.sleep(BETWEEN_LOOKS_S)

    def end(self):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def wait_until_gone(self, name):
        """Until none of this name is left; it may still print something when the shell has its prompt again."""
        end = time.monotonic() + TIME_LIMIT_S
        while any(self.name_of(pid) == name for pid in self.pids()):
            if time.monotonic() > end:
                raise AssertionError(f'{name} does not end')
            time.sleep(BETWEEN_LOOKS_S)

    @staticmethod
    def name_of(pid):
        with contextlib.suppress(OSError):
            return pathlib.Path(f'/proc/{pid}/comm').read_text(encoding='utf-8', errors='replace').strip()
        return ''


class Screen:
    """A shell on a terminal."""

    def __init__(self, snag, folder, gdb_settings):
        environment = {'PATH': f'{os.path.dirname(snag)}:{os.environ["PATH"]}', 'HOME': folder, 'TERM': 'dumb', 'NO_COLOR': '1',
                       'LC_ALL': 'C.UTF-8', 'PS1': PS1, 'LINES': '500'}
        pathlib.Path(folder, '.gdbinit').write_text(gdb_settings, encoding='ascii')
        self.terminal = Terminal(['env', '-C', folder, 'bash', '--norc', '--noprofile', '--noediting', '-i'], environment, COLUMNS)
        self.processes = Processes(self.terminal.pid)
        self.wait_for(SHELL)
        self.type('stty -echo', SHELL)

    def wait_for(self, prompt):
        """What the screen shows up to this prompt.  GDB may show its own before the shell does, when it ends with the program."""
        shown = self.terminal.read_until(re.escape(PS1 if prompt == SHELL else GDB)).replace('\r', '')
        shown = re.sub(r'.*\x1b\[K', '', shown)  # a line that was erased
        return shown.replace(PS1, '').replace(GDB, '')

    def type(self, command, next_prompt):
        """What is shown after a command, up to the prompt for the next one."""
        print(command)
        self.terminal.write(command + '\n')
        shown = self.wait_for(next_prompt)
        if next_prompt == SHELL:
            self.processes.wait_until_gone('gdb')
            shown += self.terminal.read_available().replace('\r', '').replace(GDB, '')
        if command.endswith('&'):
            self.processes.wait_until_still()
            shown += self.terminal.read_available().replace('\r', '')
        return shown

    def close(self):
        self.processes.end()
        os.kill(self.terminal.pid, signal.SIGHUP)
        self.terminal.close()


@contextlib.contextmanager
def screen(snag, build, gdb_settings):
    """A shell in a folder as the pages expect it."""
    with tempfile.TemporaryDirectory(prefix='snag-page.') as folder:
        os.symlink(build, f'{folder}/build')
        os.symlink(HERE.parents[1] / 'examples', f'{folder}/examples')
        opened = Screen(snag, folder, gdb_settings)
        try:
            yield opened
        finally:
            opened.close()


def play(page, *where):
    """Plays one page; returns in which lines the screen differed."""
    steps = steps_of(page)
    differences = [] if steps else [f'{page}: no commands']
    with screen(*where) as opened:
        for step, next_step in zip(steps, steps[1:] + [Step(SHELL, '')]):
            shown = opened.type(step.command, next_step.prompt)
            if not is_as_on_the_page(shown, step.answer):
                lines = step.answer.splitlines(), shown.splitlines()
                differences += [f'{page}: {step.command}',
                                *difflib.unified_diff(*lines, 'the page', 'the screen', lineterm='')]
    print(f'{page}: {len(steps)} commands')
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--need', action='append', default=[], metavar='FILE')
    parser.add_argument('--symbols', action='store_true', help='those of the system, too')
    parser.add_argument('snag', type=os.path.abspath)
    parser.add_argument('build', type=os.path.abspath)
    parser.add_argument('pages', nargs='+')
    options = parser.parse_args()
    missing = [path for path in options.need if not os.path.exists(path)]
    if missing:
        print('skipped: missing', *missing)
        return SKIPPED
    settings = GDB_SETTINGS + ('' if options.symbols else NO_SYMBOLS)
    differences = [line for page in options.pages for line in play(page, options.snag, options.build, settings)]
    print(*differences, sep='\n')  # last, where they are seen
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())
