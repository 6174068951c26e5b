#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Servers under the shim for a long time: right answers, flat memory, a flat trace; killed, and on a full disk.

    soak.py --snag build/tools/snag --shim build/libtrace/libtrace.so [--minutes 60] [SERVER...]

All servers run at the same time, each under clients that check every answer and leave it in peace for most of the time.
At half of its time a server is killed with SIGKILL and started again; at two thirds the disk with the recording gets full; at
five sixths the server is ended and started again, on the full disk.  Prints a table.
"""
import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import loads
import packages
import stories
from stage import Bare, Failed, Preloaded, Stage, adopt_orphans, end_children, free_port, is_open
from stories import databases

WORK_SHARE = 0.15                       # of the time, the rest is rest
DISK_MIB = 256
SETTLED = 1 / 6                         # of its first life, until a server's memory is what it will be
GROWTH = 1.05                           # of memory after that, at most ...
GROWTH_MIB = 8                          # ... and in any case


@dataclass
class Server:
    """How to start one, on a stage, at a port; and one round of work, which fails on a wrong answer."""
    story: str
    command: callable
    work: callable
    begin: callable = lambda stage, port: None


def mariadb_command(stage, port):
    data = stage.folder / 'data'
    user = ['--user=mysql'] if os.geteuid() == 0 else []
    return ['mariadbd', '--no-defaults', *user, f'--datadir={data}', f'--socket={data}/socket', f'--port={port}',
            '--bind-address=127.0.0.1', f'--pid-file={data}/pid', '--innodb-buffer-pool-size=32M', f'--log-error={data}/log']


def mariadb_client(port):
    return ['--no-defaults', '-h', '127.0.0.1', '-P', port, '-u', 'root']


def mariadb_work(stage, port):
    stage.help('mariadb-slap', *mariadb_client(port), '--concurrency=8', '--number-of-queries=400',
               '--create-schema=bank', '--no-drop', '--query=call transfer()')
    total = stage.help('mariadb', *mariadb_client(port), '-N', '-e', 'select count(*), sum(amount) from bank.accounts')
    if total.split() != [b'100', b'10000']:
        raise Failed(f'the accounts do not add up: {total}')


SERVERS = {
    'redis': Server('redis', lambda stage, port: [
        'redis-server', '--port', port, '--bind', '127.0.0.1', '--io-threads', '2', '--io-threads-do-reads', 'yes', '--save',
        '', '--dir', stage.folder], lambda stage, port: loads.redis(port)),
    'memcached': Server('memcached', lambda stage, port: [
        'memcached', '-u', 'root', '-l', '127.0.0.1', '-p', port, '-U', '0', '-t', '4', '-m', '64'],
        lambda stage, port: loads.memcached(port)),
    'mariadb': Server('mariadb', mariadb_command, mariadb_work,
                      lambda stage, port: stage.help('mariadb', *mariadb_client(port), '-e', databases.TABLES)),
}


class Disk:
    """A small file system of its own for the recordings, or a plain folder where none can be mounted."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.is_mounted = os.geteuid() == 0 and subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', f'size={DISK_MIB}m,mode=1777', 'snag-soak', folder], check=False).returncode == 0

    def fill(self):
        """Until nothing more can be written."""
        if not self.is_mounted:
            return
        with open(self.folder / 'filler', 'wb') as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(1 << 16))

    def close(self):
        """Takes the file system away."""
        if self.is_mounted:
            subprocess.run(['umount', '--lazy', self.folder], check=True)


class Recorded(Preloaded):
    """Every life of the server records into the same folder."""

    def __init__(self, shim, folder):
        super().__init__(shim)
        self.folder = folder

    def environment(self, folder):
        return super().environment(self.folder)


@dataclass
class Life:
    """What was seen of one."""
    rounds: int = 0
    memory: list = field(default_factory=list)   # MiB, after each round
    trace: list = field(default_factory=list)    # KiB of the whole folder


def memory_of(pid):
    with open(f'/proc/{pid}/status', encoding='utf-8') as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith('VmRSS'))


def trace_of(folder):
    return sum(path.stat().st_blocks for path in folder.rglob('*.snag')) / 2


class Soak:
    """One server, from beginning to end."""

    def __init__(self, name, stage, session, disk, seconds):
        self.server, self.stage, self.session, self.disk = SERVERS[name], stage, session, disk
        self.begin, self.seconds, self.port = time.monotonic(), seconds, free_port()
        self.process = None

    def start(self):
        self.process = self.stage.start(*self.server.command(self.stage, self.port))
        while not is_open(self.port):
            if self.process.has_ended(0.02):
                raise Failed(f'{self.process.command} does not serve:\n{self.process.err()[-4000:]}')

    def end(self, number):
        self.process.signal(number)
        return self.process.wait().status

    def live(self, until):
        """Works and rests until this part of the time has passed."""
        life = Life()
        while time.monotonic() - self.begin < until * self.seconds or not life.rounds:
            begin = time.monotonic()
            self.server.work(self.stage, self.port)
            life.rounds += 1
            life.memory.append(memory_of(self.process.pid))
            life.trace.append(trace_of(self.session / 'snag.out'))
            self.process.has_ended((time.monotonic() - begin) * (1 / WORK_SHARE - 1))
        return life

    def run(self):
        """Returns its lives: the first, the one that meets the full disk (twice), the one that begins on it."""
        self.start()
        self.server.begin(self.stage, self.port)
        lives = [self.live(1 / 2)]
        self.end(signal.SIGKILL)
        self.start()
        lives.append(self.live(2 / 3))
        self.disk.fill()
        lives.append(self.live(5 / 6))
        self.end(signal.SIGTERM)
        self.start()
        lives.append(self.live(1))
        self.end(signal.SIGTERM)
        return lives


def problems_of(lives):
    """What grew that should not have."""
    first = lives[0]
    settled = int(len(first.memory) * SETTLED)
    problems = []
    for what, values, allowance in ('memory', first.memory, GROWTH_MIB), ('trace', first.trace, GROWTH_MIB * 1024):
        if values[-1] > values[settled] * GROWTH + allowance:
            problems.append(f'{what} grew from {values[settled]:.0f} to {values[-1]:.0f}')
    return problems


def judge(snag, session):
    """The exit status of `snag report`; 2 is for what the full disk has cost."""
    return subprocess.run([snag, 'report', session / 'snag.out'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          check=False).returncode


def row(name, lives, status):
    first = lives[0]
    settled = int(len(first.memory) * SETTLED)
    return (f'{name:10} {sum(life.rounds for life in lives):7} {first.memory[settled]:7.1f} {first.memory[-1]:7.1f} '
            f'{first.trace[settled]:9.0f} {first.trace[-1]:9.0f} {lives[2].rounds:7} {lives[3].rounds:7} {status:7}')


def soak(name, options, folder):
    """Returns (row of the table, problems)."""
    session = folder / f'{name}.disk'
    disk = Disk(session)
    try:
        stage = Stage(Recorded(options.shim, session), folder / name, folder / 'inputs', options.minutes * 60 + 600)
        if name == 'mariadb':
            databases.copy_data(stage, 'mysql')
        lives = Soak(name, stage, session, disk, options.minutes * 60).run()
        status = judge(options.snag, session)
        problems = problems_of(lives)
        if status not in (0, 2):
            problems.append(f'snag report returned {status}')
        return row(name, lives, status), [f'{name}: {problem}' for problem in problems]
    finally:
        disk.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--snag', type=os.path.abspath, required=True)
    parser.add_argument('--shim', type=os.path.abspath, required=True)
    parser.add_argument('--minutes', type=float, default=60)
    parser.add_argument('servers', nargs='*', metavar='SERVER', default=list(SERVERS))
    options = parser.parse_args()
    adopt_orphans()
    for name in options.servers:
        packages.ensure(stories.ALL[SERVERS[name].story].needs)
    folder = pathlib.Path(tempfile.mkdtemp(prefix='snag-soak.'))
    folder.chmod(0o755)
    (folder / 'inputs').mkdir()
    if 'mariadb' in options.servers:
        databases.prepare_mariadb(Stage(Bare(), folder / 'prepare', folder / 'inputs', 180))
    try:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            results = list(pool.map(lambda name: soak(name, options, folder), options.servers))
    except Failed as error:
        print(error)
        return 1
    finally:
        end_children()
        shutil.rmtree(folder, ignore_errors=True)
    print('server      rounds  MiB, settled, end  KiB of trace, same  disk full, begun on it  report')
    problems = []
    for text, more in results:
        print(text)
        problems += more
    print(*problems, sep='\n')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
