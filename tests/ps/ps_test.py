#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Brings a program to the point where its threads wait, and compares what `snag ps` says of it with its header.

    ps_test.py --snag SNAG --way WAY --build BUILD [--shim LIBRARY] PROGRAM SOURCE [ARGUMENT ...]

WAY is what Snag looks at: the process (live), a core that GDB makes of it (gcore), the kernel's core (core), or one with
all memory in it, when the session folder is gone (whole).  BUILD is what the program file knows: debug or stripped.  The
header of SOURCE ends in what is true:

    expect: RULE CLASS SEVERITY     what is found; `expect: clean` when it must be nothing
      says: TEXT                    its title or its reason has this text (not that of `shim:`)
      shim: RULE CLASS SEVERITY     the same under the shim, which knows what was before
      thread: NAME                  a thread of the program, all of which are named
        wants: LOCK [at PLACE]      it waits for this lock, or for `the end of NAME`, there (`inner < outer`)
        kind: KIND                  which is of this kind
        holds: LOCK                 it holds this
        sleeps: FUNCTION            it sleeps in this system call
        ended: yes                  it has ended, and the process has not

or in what hang_test.py knows.  The program prints `LOCK ADDRESS` for its locks, and names its threads.  It is known to
have come to rest when the kernel says that each thread sleeps, in the call and on the lock that it should.
"""

import argparse
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '..'), os.path.join(HERE, '..', 'report')]
import schema  # noqa: E402 (its folder is known only now)
from run_scenario import markers_of, read_header  # noqa: E402

TIME_LIMIT_S = 120
SKIPPED = 77
FUTEX = {'x86_64': 202, 'aarch64': 98}.get(os.uname().machine)
LOCK_SIZE = 64  # the word that is slept on lies somewhere in the lock
STATUS = {'error': 66, 'warning': 0, 'clean': 0}
RULES = {'deadlock': {'lock-order-cycle', 'join-cycle', 'self-deadlock', 'read-behind-writer'}, 'orphan': {'orphaned-lock'}}


@dataclass
class Thread:
    """One thread, as the header has it."""
    name: str
    wants: str = ''
    kind: str = ''
    sleeps: str = ''
    ended: str = ''
    runs: str = ''
    holds: list = field(default_factory=list)
    at: list = field(default_factory=list)


@dataclass
class Story:
    verdict: str = ''
    shim: str = ''
    says: list = field(default_factory=list)
    threads: list = field(default_factory=list)
    has_all_threads: bool = True


def severity_of(verdict):
    return 'error' if verdict in RULES else verdict.split()[-1]


def read_story(source):
    lines, marks = read_header(source), markers_of(source)
    story = Story()
    for line in filter(None, lines[next(i for i, line in enumerate(lines) if line.startswith('expect:')):]):
        key, value = (part.strip() for part in line.split(':', 1))
        value, _, places = value.partition(' at ')
        if key == 'expect':
            story.verdict = value
        elif key == 'says':
            story.says.append(value)
        elif key == 'shim':
            story.shim = value
        elif key == 'behind':
            story.has_all_threads = False
        elif key == 'thread':
            story.threads.append(Thread(value))
        elif key == 'holds':
            story.threads[-1].holds.append(value)
        elif key == 'wants':
            story.threads[-1].wants = value
            story.threads[-1].at = [marks[place][0] for place in places.split(' < ')] if places else []
        elif key in ('kind', 'sleeps', 'ended', 'runs'):
            setattr(story.threads[-1], key, value)
        else:
            raise ValueError(f'"{key}:" is no word of a story')
    story.has_all_threads &= story.verdict not in RULES
    return story


# ---- the program, until it is at rest -------------------------------------------------------------------------------

def read_proc(path):
    try:
        with open(f'/proc/{path}', encoding='utf-8', errors='replace') as file:
            return file.read()
    except OSError:
        return ''


class Process:
    """The program, by its PID, with what it printed so far."""

    def __init__(self, pid, printed):
        self.pid, self.printed = pid, printed
        self.locks, self.tids = {}, {}

    def look(self):
        """Reads anew where the locks are, and the threads by name."""
        with open(self.printed, encoding='utf-8') as file:
            lines = [line.rsplit(' ', 1) for line in file.read().split('\n')[:-1]]
        self.locks = {name: int(address, 16) for name, address in lines}
        tids = os.listdir(f'/proc/{self.pid}/task')
        self.tids = {read_proc(f'{self.pid}/task/{tid}/comm').strip(): int(tid) for tid in tids}

    def is_there(self, expected):
        """Whether the kernel says that a thread waits as it should."""
        words = read_proc(f'{self.pid}/task/{self.tids.get(expected.name)}/syscall').split() or ['']
        if expected.ended:
            return '\nState:\tZ' in read_proc(f'{self.pid}/task/{self.tids.get(expected.name)}/status')
        if expected.runs:
            return words[0] == 'running'
        if not re.fullmatch(r'\d+', words[0]):
            return False
        if not expected.wants:
            return (int(words[0]) == FUTEX) == bool(expected.kind) or not (expected.kind or expected.sleeps)
        if int(words[0]) != FUTEX:
            return False
        if expected.wants.startswith('the end of '):
            return int(words[3], 16) == self.tids.get(expected.wants[len('the end of '):])
        start = self.locks.get(expected.wants, 0)
        return start <= int(words[1], 16) < start + LOCK_SIZE

    def is_at_rest(self, story):
        self.look()
        return all(map(self.is_there, story.threads))


def await_rest(process, story):
    end = time.monotonic() + TIME_LIMIT_S
    while not process.is_at_rest(story):
        if time.monotonic() > end:
            raise SystemExit(f'waited {TIME_LIMIT_S} s in vain for the threads to wait')
        time.sleep(0.01)


# ---- comparing ------------------------------------------------------------------------------------------------------

class Comparison:
    """What Snag says against the story; complaints are collected."""

    def __init__(self, options, story, process, report):
        self.options, self.story, self.process, self.report = options, story, process, report
        self.locks = {lock['id']: lock for lock in report['locks']}
        self.complaints = []

    def check(self, is_true, complaint):
        if not is_true:
            self.complaints.append(complaint)

    def all(self, status):
        self.verdict()
        self.check(status == STATUS[severity_of(self.expected_verdict())], f'exit status {status}')
        got = {thread['tid']: thread for thread in self.report['threads']}
        for expected in self.story.threads:
            tid = self.process.tids[expected.name]
            self.check(tid in got, f'{expected.name} is missing')
            if tid in got:
                self.thread(expected, got[tid])
        return self.complaints

    def expected_verdict(self):
        """A core does not say whether there are signal handlers, one of which might post a semaphore."""
        if self.options.shim and self.story.shim:
            return self.story.shim
        posts = any(thread.kind == 'semaphore' for thread in self.story.threads)
        if self.options.way != 'live' and posts and self.story.verdict == 'nobody-to-wake observed error':
            return 'nobody-to-wake observed warning'
        return self.story.verdict

    def verdict(self):
        findings = [finding for finding in self.report['findings'] if finding['severity'] != 'note']
        got = [f"{finding['rule']} {finding['class']} {finding['severity']}" for finding in findings]
        if self.story.verdict in RULES:
            self.check(len(got) == 1 and got[0].split()[0] in RULES[self.story.verdict], f'found {got}')
        else:
            self.check(got == [verdict for verdict in [self.expected_verdict()] if verdict != 'clean'], f'found {got}')
        is_other = self.expected_verdict() == self.story.shim
        for text in self.story.says if findings and not is_other else []:
            self.check(text in findings[0]['title'] + findings[0]['why'], f'"{text}" is not said')
        if findings and self.story.has_all_threads:
            n = len(self.story.threads)
            self.check(findings[0]['rule'] != 'nobody-to-wake' or len(findings[0]['threads']) == n,
                       f"{len(findings[0]['threads'])} threads have a part in it, not {n}")

    def thread(self, expected, got):
        is_core = self.options.way != 'live'
        self.check(got['name'] == ('' if is_core and not self.options.shim else expected.name) or expected.ended,
                   f"{expected.name} is called {got['name']}")
        if expected.sleeps:
            self.check(re.match(rf'sleeps in (clock_)?{expected.sleeps}\b', got['state']),
                       f"{expected.name}: {got['state']}")
        if expected.ended:
            self.check(got['state'] == 'has ended', f"{expected.name}: {got['state']}")
        if expected.runs:
            self.check(got['state'] == 'runs', f"{expected.name}: {got['state']}")
        if expected.wants or expected.kind:
            self.check(got['wants'], f'{expected.name} waits for nothing')
            if got['wants']:
                self.lock(expected, self.locks[got['wants']['lock']])
        held = {self.locks[hold['lock']]['address'] for hold in got['holds']}
        for name in expected.holds:
            # Without the shim it is known of locks that somebody waits for.
            is_wanted = any(thread.wants == name for thread in self.story.threads)
            self.check(f'{self.process.locks[name]:#x}' in held or not is_wanted, f'{expected.name} holds no {name}')

    def lock(self, expected, got):
        self.check(expected.kind in ('', got['kind']), f"{expected.name} waits for a {got['kind']}")
        if expected.wants.startswith('the end of '):
            tid = self.process.tids[expected.wants[len('the end of '):]]
            index = next(thread['id'] for thread in self.report['threads'] if thread['tid'] == tid)
            self.check(f'the end of thread {index}' in got['name'], f"{expected.name} waits for {got['name']}")
        elif expected.wants:
            address = f'{self.process.locks[expected.wants]:#x}'
            self.check(got['address'] == address, f"{expected.name} waits for {got}, not {expected.wants}, {address}")
            is_named = self.options.build == 'debug' and '::' not in expected.wants
            self.check(not is_named or got['name'] in (expected.wants, f"{got['kind']} {address}"),
                       f"{expected.wants} is called {got['name']}")


def check_stacks(story, process, report):
    """The complaints about where threads are."""
    got = {thread['tid']: [(os.path.basename(frame['file'] or ''), frame['line']) for frame in thread['at']]
           for thread in report['threads']}
    for expected in story.threads:
        places = got.get(process.tids[expected.name], [])
        if not expected.ended and not places:
            yield f'{expected.name} has no stack'
        # A stack that is read without stopping the thread may lack its outer end.
        found = [place for place in places if place in expected.at]
        if found != expected.at[:max(len(found), 1)]:
            yield f'{expected.name} is at {places}, not at {expected.at}'


# ---- one test -------------------------------------------------------------------------------------------------------

def prepare_core(limit, has_all):
    """In the child, before it becomes the program."""
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
    if has_all:
        with open('/proc/self/coredump_filter', 'w', encoding='ascii') as filter_:
            filter_.write('0x3f')


def start(options, folder):
    environment = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'SNAG_OPTIONS')}
    if options.shim:
        environment.update(LD_PRELOAD=os.path.abspath(options.shim), SNAG_OPTIONS=f'dir={folder}/snag.out')
    printed = os.path.join(folder, 'printed')
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    with open(printed, 'wb') as out:
        child = subprocess.Popen([os.path.abspath(options.program), *options.arguments], cwd=folder, env=environment,
                                 stdout=out, stdin=subprocess.DEVNULL,
                                 preexec_fn=lambda: prepare_core(hard, options.way == 'whole'))
    return child, Process(child.pid, printed)


def core_by_gdb(child, folder):
    core = os.path.join(folder, 'gcore')
    subprocess.run(['gdb', '--batch', '-nx', '-iex', 'set debuginfod enabled off', '-p', str(child.pid), '-ex',
                    f'gcore {core}'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   stdin=subprocess.DEVNULL, timeout=TIME_LIMIT_S)
    return core


def core_by_kernel(child, folder):
    pattern = read_proc('sys/kernel/core_pattern').strip()
    if '/' in pattern or pattern.startswith('|') or not resource.getrlimit(resource.RLIMIT_CORE)[1]:
        print(f'the kernel leaves no core here; its core_pattern is {pattern}')
        raise SystemExit(SKIPPED)
    child.send_signal(signal.SIGABRT)
    child.wait()
    core, = [name for name in os.listdir(folder) if name.startswith('core')]
    return os.path.join(folder, core)


def core_with_all(child, folder):
    core = core_by_kernel(child, folder)
    shutil.rmtree(os.path.join(folder, 'snag.out'))
    return core


CORES = {'gcore': core_by_gdb, 'core': core_by_kernel, 'whole': core_with_all}


def snag(options, *arguments):
    return subprocess.run([options.snag, 'ps', *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors='replace', timeout=TIME_LIMIT_S, check=False)


def look(options, folder, story):
    """The complaints about what Snag says of the program."""
    child, process = start(options, folder)
    try:
        await_rest(process, story)
        target = CORES[options.way](child, folder) if options.way in CORES else str(child.pid)
        text, data = snag(options, target), snag(options, '--json', '-', target)
        asks_folder = options.shim and options.way == 'live'
        by_folder = snag(options, '--json', '-', os.path.join(folder, 'snag.out')) if asks_folder else data
        stacks = snag(options, '--stacks', '--json', '-', target) if options.build == 'debug' else None
    finally:
        child.kill()
        child.wait()
    print(text.stdout + text.stderr + data.stderr)
    report = json.loads(data.stdout)
    schema.check_report(report)
    complaints = Comparison(options, story, process, report).all(data.returncode)
    if stacks:
        print(stacks.stderr)
        complaints += check_stacks(story, process, json.loads(stacks.stdout))
    if text.returncode != data.returncode:
        complaints.append(f'as text it exits with {text.returncode}, as JSON with {data.returncode}')
    pids = {thread['pid'] for thread in json.loads(by_folder.stdout)['threads']}
    if pids == {process.pid} and by_folder.stdout != data.stdout:
        complaints.append('asked for the session folder it says something else')
    if options.way == 'live' and process.pid not in pids:
        complaints.append('the session folder lacks the process')
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option in ('--snag', '--way', '--build'):
        parser.add_argument(option, required=True)
    parser.add_argument('--shim')
    parser.add_argument('program')
    parser.add_argument('source')
    parser.add_argument('arguments', nargs='*')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='snag-ps.') as folder:
        complaints = look(options, folder, read_story(options.source))
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
