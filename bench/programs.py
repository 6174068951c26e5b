# SPDX-License-Identifier: MIT
"""CPU time and memory of real programs under Snag, and of a part of their work under Helgrind and DRD, which take too long
for all of it."""
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time

import peers

SQL = """PRAGMA journal_mode=WAL; CREATE TABLE t(a INTEGER PRIMARY KEY, b);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO t SELECT i, i * 7 %% 1000 FROM n;
CREATE INDEX t_b ON t(b); SELECT count(*), sum(a) FROM t WHERE b < 500;"""
PYTHON = """import threading, queue
q = queue.Queue(100)
def work():
    while q.get() is not None: pass
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for i in range(%d): q.put(i)
for t in threads: q.put(None)
for t in threads: t.join()
"""


PART = 20  # under Helgrind and DRD a twentieth of the work is done
ROUNDS_OF_SHORT = 4  # times as many rounds for what takes SHORT_S or less, of which chance is a larger part
SHORT_S = 3


def programs(data, part):
    """{name: (command, who talks to it if it is a server)}, with so much of the work."""
    redis = ['redis-server', '--port', '16379', '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    memcached = ['memcached', '-U', '0', '-l', '127.0.0.1', '-p', '16211', '-t', '2', '-u', 'nobody']
    return {
        'pigz': (['pigz', '-9', '-p', '2', '-c', data], None),
        'xz': (['xz', '-3', '-T2', '-c', data], None),
        'zstd': (['zstd', '-q', '-9', '-T2', '-c', data], None),
        'sqlite3': (['sqlite3', ':memory:', SQL % (1500000 // part)], None),
        'python3': ([os.path.realpath(sys.executable), '-c', PYTHON % (300000 // part)], None),
        'redis-server': (redis, lambda: ask_redis(30000 // part)),
        'memcached': (memcached, lambda: ask_memcached(1500 // part)),
    }


def make_data(path, part):
    """40 MB, or a part of it, that compress about as text does; line by line, for what this process once had in memory
    counts as its children's."""
    with open(path, 'wb') as out:
        for i in range(1100000 // part):
            out.write(b'%d %x the same line again and again\n' % (i % 250000 * i % 7919, i * 2654435761 % 4294967296))


def wait_for_server(port):
    for _ in range(300):
        try:
            return socket.create_connection(('127.0.0.1', port), timeout=5).close()
        except OSError:
            time.sleep(0.1)
    raise OSError('the server does not answer')


def ask_redis(n):
    wait_for_server(16379)
    subprocess.run(['redis-benchmark', '-h', '127.0.0.1', '-p', '16379', '-q', '-n', str(n), '-c', '8', '-t', 'set,get'],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=120)


def ask_memcached(n):
    wait_for_server(16211)
    with socket.create_connection(('127.0.0.1', 16211)) as connection:
        for _ in range(n):
            batch = b''.join(b'set k%d 0 0 5\r\nhello\r\nget k%d\r\n' % (k, k) for k in range(100))
            connection.sendall(batch)
            seen = b''
            while seen.count(b'END\r\n') < 100:
                seen += connection.recv(1 << 16)


def used_by(process):
    """CPU seconds and most KiB of a process that has ended."""
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def measure_program(bench, way, command, client):
    process = subprocess.Popen(command, env=bench.environment(way), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               cwd=bench.folder)
    if client:
        try:
            client()
        finally:
            process.terminate()
    seconds, kib = used_by(process)
    return {'cpu_s': seconds, 'most_kib': kib, 'trace_bytes': bench.trace_bytes()}


def measure_round(bench, progress, command, client):
    """{WAY: figures}, one after the other; alone once more at the end, which tells how much of a ratio is chance."""
    figures = {}
    for way, environment in ('bare', 'bare'), ('light', 'light'), ('full', 'full'), ('again', 'bare'):
        progress()
        figures[way] = measure_program(bench, environment, command, client)
    return figures


def sum_up(runs, alone):
    """`alone` has the CPU seconds without the tool, by run."""
    least = min(runs, key=lambda run: run['cpu_s'])
    return {**least, 'ratio': round(statistics.median(run['cpu_s'] / seconds for run, seconds in zip(runs, alone)), 3)}


def measure_in_full(bench, rounds, progress, command, client):
    runs = [measure_round(bench, progress, command, client) for _ in range(rounds)]
    if runs[0]['bare']['cpu_s'] <= SHORT_S:
        runs += [measure_round(bench, progress, command, client) for _ in range(rounds * (ROUNDS_OF_SHORT - 1))]
    first = [run['bare']['cpu_s'] for run in runs]
    mean = [(run['bare']['cpu_s'] + run['again']['cpu_s']) / 2 for run in runs]
    return {way: sum_up([run[way] for run in runs], first if way == 'again' else mean) for way in runs[0]}


def measure_in_part(bench, tools, progress, command, client):
    """{TOOL: figures}, beside the same part of the work without it; not of a tool under which the program does not run"""
    bare = measure_program(bench, 'bare', command, client)
    figures = {}
    for name, before in tools.items():
        progress()
        try:
            figures[name] = sum_up([measure_program(bench, 'bare', before + command, client)], [bare['cpu_s']])
        except OSError as error:
            bench.leave_out(f'{command[0]} under {name}', error)
    return figures


def measure_programs(bench, rounds, progress):
    """[{program, WAY: {cpu_s, most_kib, trace_bytes, ratio}}], of several runs the least CPU time, and the median of its
    ratio to the bare runs of the same round, the one before and the one after it.  A program that is not there, or does not
    answer, has no row."""
    whole, part = (os.path.join(bench.programs, name) for name in ('whole', 'part'))
    make_data(whole, 1)
    make_data(part, PART)
    tools = peers.valgrind_tools(bench)
    in_part = programs(part, PART)
    rows = []
    for name, (command, client) in programs(whole, 1).items():
        if not shutil.which(command[0]):
            bench.leave_out(name, 'it is not installed')
            continue
        try:
            rows.append({'program': name, **measure_in_full(bench, rounds, progress, command, client),
                         **measure_in_part(bench, tools, progress, *in_part[name])})
        except (OSError, subprocess.SubprocessError) as error:
            bench.leave_out(name, error)
    return rows
