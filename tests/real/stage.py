# SPDX-License-Identifier: MIT
"""Where a story plays: a folder of its own, and a way to start its programs - bare, or under Snag.

Every program has a time limit, and none is left behind, whatever it made of itself.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

import packages

PR_SET_CHILD_SUBREAPER = 36


class Failed(Exception):
    """What went wrong in a story, in words."""


@dataclass
class Ended:
    """How a program ended: `status` as a shell gives it, `snag_status` that of `snag run`, None without."""
    command: list
    status: int
    snag_status: int
    out: bytes
    err: str
    cpu_s: float
    report: dict

    def expect(self, status):
        """Complains when it ended otherwise; returns what it wrote to standard output."""
        if self.status != status:
            raise Failed(f'{self.command} returned {self.status}, expected {status}; it said:\n'
                         f'{self.out[-2000:].decode(errors="replace")}\n{self.err[-4000:]}')
        return self.out


def status_of(code):
    return code if code >= 0 else 128 - code


def status_in(report):
    end = report['program']['exit']
    return end['code'] if 'code' in end else 128 + signal.Signals[end['signal']]


# ---- how programs are started ---------------------------------------------------------------------------------------

class Bare:
    """Without Snag."""
    name = 'bare'

    def command(self, command, folder):
        return command

    def environment(self, folder):
        return {}

    def report(self, folder):
        return None


class Preloaded(Bare):
    """Recorded, but not supervised and not judged: the shim alone, by its environment."""
    name = 'recorded'

    def __init__(self, shim):
        self.shim = shim

    def environment(self, folder):
        return {'LD_PRELOAD': self.shim, 'SNAG_OPTIONS': f'dir={folder / "snag.out"}'}


class Watched(Bare):
    """Under `snag run`."""
    name = 'watched'

    def __init__(self, snag):
        self.snag = snag

    def command(self, command, folder):
        return [self.snag, 'run', '-o', str(folder / 'snag.out'), '--json', str(folder / 'report.json'), '--', *command]

    def report(self, folder):
        with open(folder / 'report.json', encoding='utf-8') as text:
            return json.load(text)


# ---- programs -------------------------------------------------------------------------------------------------------

class Process:
    """A program on the stage."""

    def __init__(self, how, command, folder, limit_s, environment, stdin):
        self.how, self.command, self.folder = how, command, folder
        self.end_time = time.monotonic() + limit_s
        self.limit_s = limit_s
        preload = how.environment(folder)
        if 'LD_PRELOAD' in preload and 'LD_PRELOAD' in environment:
            preload['LD_PRELOAD'] += ':' + environment['LD_PRELOAD']
        with open(folder / 'out', 'wb') as out, open(folder / 'err', 'wb') as err:
            self.popen = subprocess.Popen(how.command(self.command, folder), cwd=folder.parent, stdin=stdin, stdout=out,
                                          stderr=err, start_new_session=True, env={**environment, **preload})
        self.pid = self.popen.pid
        self.pidfd = os.pidfd_open(self.pid)

    def has_ended(self, wait_s=0.0):
        """Whether it has, or does within that time."""
        return bool(select.select([self.pidfd], [], [], max(0.0, wait_s))[0])

    def err(self):
        return (self.folder / 'err').read_text(errors='replace')

    def wait(self):
        """Waits for its end, for as long as it may take; returns Ended."""
        if not self.has_ended(self.end_time - time.monotonic()):
            raise Failed(f'{self.command} ({self.how.name}) hangs: still there after {self.limit_s} s; it said:\n'
                         f'{self.err()[-4000:]}')
        _, code, usage = os.wait4(self.pid, 0)
        self.popen.returncode = status = status_of(os.waitstatus_to_exitcode(code))
        os.close(self.pidfd)
        try:
            report = self.how.report(self.folder)
        except (OSError, ValueError) as error:
            raise Failed(f'{self.command}: snag run returned {status} and no report: {error}\n{self.err()}') from error
        return Ended(self.command, status_in(report) if report else status, status if report else None,
                     (self.folder / 'out').read_bytes(), self.err(), usage.ru_utime + usage.ru_stime, report)

    def signal(self, number):
        os.kill(self.pid, number)


# ---- the stage ------------------------------------------------------------------------------------------------------

class Stage:
    """One performance of a story.  `inputs` is a folder with what was prepared for all of them."""

    def __init__(self, how, folder, inputs, limit_s):
        self.how, self.folder, self.inputs, self.limit_s = how, folder, inputs, limit_s
        self.ended = []                 # the watched programs, in their order
        self.n_processes = 0
        self.folder.mkdir(mode=0o755)

    def _start(self, how, command, stdin=subprocess.DEVNULL, environment=None):
        folder = self.folder / f'process{self.n_processes}'
        self.n_processes += 1
        folder.mkdir()
        command = list(map(str, command))
        return Process(how, [packages.find(command[0]) or command[0], *command[1:]], folder, self.limit_s,
                       {'PATH': os.pathsep.join(packages.FOLDERS), 'HOME': str(self.folder), 'LC_ALL': 'C.UTF-8',
                        'TZ': 'UTC', **(environment or {})}, stdin)

    def start(self, *command, **more):
        """Starts a program under Snag, if the performance is so."""
        return self._start(self.how, command, **more)

    def finish(self, process):
        self.ended.append(process.wait())
        return self.ended[-1]

    def run(self, *command, **more):
        """Runs a program to its end under Snag, if the performance is so."""
        return self.finish(self.start(*command, **more))

    def help(self, *command, **more):
        """Runs a program that is no part of the story, always bare, and that must succeed.  Returns its output."""
        return self._start(Bare(), command, **more).wait().expect(0)

    def _serves(self, port, question):
        return is_open(port) and (not question or self._start(Bare(), question).wait().status == 0)

    @contextlib.contextmanager
    def server(self, *command, port, question=None, end=signal.SIGTERM, **more):
        """A server on a port of this machine, until the end of the block; then it is told to end.  `question` is a command that
        succeeds when it is ready, for one that opens its port before that."""
        process = self.start(*command, **more)
        while not self._serves(port, question):
            if process.has_ended(0.02) or time.monotonic() > process.end_time:
                raise Failed(f'{command} does not serve port {port}:\n{process.err()[-4000:]}')
        yield process
        process.signal(end)
        self.finish(process)


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


# ---- nothing is left behind -----------------------------------------------------------------------------------------

def adopt_orphans():
    """Descendants whose parent ends become children of this process from now on."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children():
    pids = []
    for task in pathlib.Path('/proc/self/task').iterdir():
        pids += map(int, (task / 'children').read_text().split())
    return pids


def end_children():
    """Ends all children, and theirs as they become ours."""
    while pids := children():
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
