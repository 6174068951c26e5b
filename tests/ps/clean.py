#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs that rest, work slowly or wait for somebody: none of them may be called a deadlock.

    clean.py BUILD

BUILD is the root of the build tree.  Each program is looked at soon after its start, wherever it is then, with all that it has
begun (`snag ps --tree`, bare and under the shim), and run for a while (`snag run --timeout`).  A cell has what was found,
`-` for nothing; with anything found the exit status is 1.  What is not installed is left out.
"""
import argparse
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from table import read  # noqa: E402 (its folder is known only now)

WAYS = ['bare', 'shim', 'run']
RESTS = ['accept', 'child', 'epoll', 'file', 'poll', 'read', 'shared', 'signal', 'sleep', 'timed']
LOOK_S, RUN_S = 0.3, 1.5
TIME_LIMIT_S = 60

PYTHON = {
    'thread pool without work': 'import concurrent.futures as f, time; p = f.ThreadPoolExecutor(4); '
                                'list(p.map(abs, range(9))); time.sleep(999)',
    'process pool without work': 'import multiprocessing as m, time; p = m.Pool(3); p.map(abs, range(9)); time.sleep(999)',
    'process executor without work': 'import concurrent.futures as f, time; p = f.ProcessPoolExecutor(2); '
                                     'list(p.map(abs, range(9))); time.sleep(999)',
    'queue consumer, slow producer': 'import queue, threading, time; q = queue.Queue(); '
                                     'threading.Thread(target=q.get, daemon=True).start(); time.sleep(999)',
    'event loop at rest': 'import asyncio; asyncio.run(asyncio.sleep(999))',
    'event loop with an executor': 'import asyncio, time; asyncio.run(asyncio.to_thread(time.sleep, 999))',
    'timer thread': 'import threading; threading.Timer(999, print).start()',
    'timed lock': 'import threading; l = threading.Lock(); l.acquire(); l.acquire(timeout=999)',
    'timed event': 'import threading; threading.Event().wait(999)',
    'reads what a child will write': 'import subprocess; subprocess.check_output(["sleep", "999"])',
    'waits for a slow child': 'import subprocess; subprocess.call(["sleep", "999"])',
    'child reads from its parent': 'import subprocess, time; p = subprocess.Popen(["cat"], stdin=subprocess.PIPE); '
                                   'time.sleep(999)',
    'socket pair': 'import socket; a, b = socket.socketpair(); a.recv(1)',
    'server': 'import socket; s = socket.create_server(("127.0.0.1", 0)); s.accept()',
    'threaded server': 'import socketserver as s; s.ThreadingTCPServer(("127.0.0.1", 0), None).serve_forever()',
    'shared queue, slow producer': 'import multiprocessing as m, time; q = m.Queue(); '
                                   'm.Process(target=q.get, daemon=True).start(); time.sleep(999)',
    'manager': 'import multiprocessing as m, time; x = m.Manager(); time.sleep(999)',
    'shared lock of a sleeper': 'import multiprocessing as m, time; l = m.Lock(); l.acquire(); '
                                'm.Process(target=l.acquire, daemon=True).start(); time.sleep(999)',
    'self pipe and a handler': 'import os, signal; r, w = os.pipe(); signal.signal(signal.SIGTERM, '
                               'lambda *a: os.write(w, b"x")); os.read(r, 1)',
    'waits for a signal': 'import signal; signal.sigwait([signal.SIGTERM])',
}

SHELL = {
    'sleep': 'sleep 999',
    'pipeline, slow producer': 'sleep 999 | cat',
    'long pipeline': 'sleep 999 | cat | cat | cat',
    'shell waits for all': 'sleep 999 & sleep 998 & wait',
    'subshells': '(((sleep 999)))',
    'follows a file': 'tail -f /dev/null',
    'named pipe without a writer': 'mkfifo pipe && cat pipe',
    'named pipe without a reader': 'mkfifo pipe && echo word > pipe',
    'lock on a file, held by a sleeper': 'flock lock sleep 999 & sleep 0.1; flock lock true',
    'limited in time': 'timeout 999 sleep 998',
    'many children': 'for i in 1 2 3 4 5 6 7 8; do sleep 999 & done; wait',
    'make': 'printf "all: a b\\na b:\\n\\tsleep 999\\n" > Makefile; make -j2',
    'xargs': 'echo 999 998 | xargs -n1 -P2 sleep',
    'substitution': 'echo $(sleep 999)',
    'coprocess': 'exec bash -c "coproc cat; sleep 999"',
    'works slowly': 'while :; do sleep 0.3; done',
    'works': 'while :; do :; done',
    'reads its terminal': 'script -qc cat /dev/null < /dev/ptmx',
}


def programs(build):
    """(name, command)"""
    for rest in RESTS:
        yield f'rest {rest}', [os.path.join(build, 'tests/ps/ps-rest-debug'), rest]
    for name in 'handler_posts', 'patient':
        yield name, [os.path.join(build, f'tests/ps/ps-{name}-debug')]
    for name, text in PYTHON.items():
        yield f'python: {name}', [sys.executable, '-c', text]
    for name, text in SHELL.items():
        yield f'sh: {name}', ['sh', '-c', text]


def environment_of(options, folder, way):
    environment = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'SNAG_OPTIONS')}
    if way == 'shim':
        environment.update(LD_PRELOAD=os.path.abspath(options.shim), SNAG_OPTIONS=f'dir={folder}/snag.out')
    return environment


def errors_in(text):
    if not text:
        return ['cannot be judged']
    return sorted({finding['rule'] for finding in json.loads(text)['findings'] if finding['severity'] == 'error'})


def look(options, command, way):
    """What is said of the program."""
    with tempfile.TemporaryDirectory(prefix='snag-clean.') as folder:
        runner = [options.snag, 'run', '--timeout', str(RUN_S), '--json', 'report.json', '--'] if way == 'run' else []
        child = subprocess.Popen(runner + command, cwd=folder, env=environment_of(options, folder, way),
                                 stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True)
        try:
            if way == 'run':
                child.wait(TIME_LIMIT_S)
                return errors_in(read(os.path.join(folder, 'report.json')))
            time.sleep(LOOK_S)
            return errors_in(subprocess.run([options.snag, 'ps', '--tree', '--json', '-', str(child.pid)], check=False,
                                            stdout=subprocess.PIPE, timeout=TIME_LIMIT_S).stdout)
        finally:
            child.stdin.close()
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()


def rows(options, pool):
    """(name, [what is said of it, in each way])"""
    asked = [(name, [pool.submit(look, options, command, way) for way in WAYS])
             for name, command in programs(options.build) if shutil.which(command[0])]
    for name, looks in asked:
        yield name, [future.result() for future in looks]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build')
    options = parser.parse_args()
    options.snag = os.path.join(options.build, 'tools/snag')
    options.shim = os.path.join(options.build, 'libtrace/libtrace.so')
    n, n_wrong = 0, 0
    print(f'{"program at rest":42}', *(f'{way:22}' for way in WAYS))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for name, said in rows(options, pool):
            n, n_wrong = n + 1, n_wrong + sum(map(bool, said))
            print(f'{name:42}', *(f"{', '.join(of) or '-':22}" for of in said), flush=True)
    print(f'{n} programs that rest, {n_wrong} cells wrong')
    return 1 if n_wrong or not n else 0


if __name__ == '__main__':
    sys.exit(main())
