# SPDX-License-Identifier: MIT
"""Snag beside other tools, and under real programs: the tables of bench/run that are not about locks alone."""
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

OPERATIONS = [('mutex', (1, 2, 4)), ('nested-2', (1,)), ('nested-3', (1,)), ('contended', (2, 4)), ('rwlock-read', (1,)),
              ('rwlock-shared', (2,)), ('semaphore', (1,)), ('cond-signal', (1,)), ('free', (1,)), ('create-join', (1,)),
              ('wake', (1,))]
TIME_LIMIT_S = 120
SANITIZERS = {'TSan (gcc)': 'gcc', 'TSan (clang)': 'clang'}
VALGRIND = {'Helgrind': 'helgrind', 'DRD': 'drd'}


class Tools:
    """The ways to run a program: {name: (command before it, environment)}, those that are installed."""

    def __init__(self, bench, source):
        self.bench = bench
        self.plain = bench.built('bench/ops')
        self.ways = {'bare': ([], self.plain, 'bare'), 'light': ([], self.plain, 'light'), 'full': ([], self.plain, 'full')}
        if shutil.which('valgrind'):
            for name, tool in VALGRIND.items():
                self.ways[name] = (['valgrind', '-q', f'--tool={tool}', '--log-file=/dev/null'], self.plain, 'bare')
        for name, compiler in SANITIZERS.items():
            program = self.sanitized(compiler, source)
            if program:
                self.ways[name] = ([], program, 'bare')

    def sanitized(self, compiler, source):
        """The program with that compiler's ThreadSanitizer; None when it cannot be built or does not run here."""
        program = os.path.join(self.bench.programs, f'ops-{compiler}')
        command = [compiler, '-O2', '-g', '-D_GNU_SOURCE', '-fsanitize=thread', '-pthread', '-o', program, source]
        if not shutil.which(compiler) or subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        runs = subprocess.run([program, 'mutex'], capture_output=True, check=False).returncode == 0
        return program if runs else None

    def nanoseconds(self, way, operation, threads):
        """None: it took too long, or failed."""
        before, program, mode = self.ways[way]
        try:
            done = subprocess.run([*before, program, operation, str(threads)], env=self.bench.environment(mode),
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            return None
        self.bench.trace_bytes()
        return float(done.stdout) if done.returncode == 0 else None


def measure_peers(bench, rounds, progress):
    """[{operation, threads, ns: {WAY: least of the rounds, or None}}]"""
    tools = Tools(bench, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'ops.c'))
    rows = []
    for operation, counts in OPERATIONS:
        for threads in counts:
            ns = {}
            for _ in range(rounds):
                for way in tools.ways:
                    progress()
                    figure = tools.nanoseconds(way, operation, threads)
                    if figure is not None:
                        ns[way] = min(figure, ns.get(way, figure))
            rows.append({'operation': operation, 'threads': threads, 'ns': {way: ns.get(way) for way in tools.ways}})
    return rows


# ---- real programs -------------------------------------------------------------------------------------------------

SQL = """PRAGMA journal_mode=WAL; CREATE TABLE t(a INTEGER PRIMARY KEY, b);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500000) INSERT INTO t SELECT i, i * 7 % 1000 FROM n;
CREATE INDEX t_b ON t(b); SELECT count(*), sum(a) FROM t WHERE b < 500;"""
PYTHON = """import threading, queue
q = queue.Queue(100)
def work():
    while q.get() is not None: pass
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for i in range(300000): q.put(i)
for t in threads: q.put(None)
for t in threads: t.join()
"""


def programs(data):
    """{name: (command, the server that it talks to or None)}"""
    redis = ['redis-server', '--port', '16379', '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    return {
        'pigz': (['pigz', '-9', '-p', '2', '-c', data], None),
        'xz': (['xz', '-3', '-T2', '-c', data], None),
        'zstd': (['zstd', '-q', '-9', '-T2', '-c', data], None),
        'sqlite3': (['sqlite3', ':memory:', SQL], None),
        'python3': ([os.path.realpath(sys.executable), '-c', PYTHON], None),
        'redis-server': (['redis-benchmark', '-h', '127.0.0.1', '-p', '16379', '-q', '-n', '30000', '-c', '8', '-t', 'set,get'], redis),
        'memcached': ('memcached', ['memcached', '-U', '0', '-l', '127.0.0.1', '-p', '16211', '-t', '2', '-u', 'nobody']),
    }


def make_data(path):
    """40 MB that compress about as text does; line by line, for what this process once had in memory counts as its
    children's."""
    with open(path, 'wb') as out:
        for i in range(1100000):
            out.write(b'%d %x the same line again and again\n' % (i % 250000 * i % 7919, i * 2654435761 % 4294967296))


def used_by(process):
    """CPU seconds and most KiB of a process that has ended."""
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def talk_to_memcached():
    with socket.create_connection(('127.0.0.1', 16211)) as connection:
        for _ in range(1500):
            batch = b''.join(b'set k%d 0 0 5\r\nhello\r\nget k%d\r\n' % (k, k) for k in range(100))
            connection.sendall(batch)
            seen = b''
            while seen.count(b'END\r\n') < 100:
                seen += connection.recv(1 << 16)


def wait_for_server(port):
    for _ in range(100):
        try:
            return socket.create_connection(('127.0.0.1', port), timeout=5).close()
        except OSError:
            time.sleep(0.1)
    raise OSError('the server does not answer')


def run_client(command):
    if command == 'memcached':
        wait_for_server(16211)
        return talk_to_memcached()
    wait_for_server(16379)
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=60)


def measure_program(bench, way, command, server):
    start = dict(env=bench.environment(way), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                 cwd=bench.folder)
    process = subprocess.Popen(server or command, **start)
    if server:
        try:
            run_client(command)
        finally:
            process.terminate()
    seconds, kib = used_by(process)
    return {'cpu_s': seconds, 'most_kib': kib, 'trace_bytes': bench.trace_bytes()}


def measure_round(bench, progress, command, server):
    """{WAY: figures}, one after the other"""
    figures = {}
    for way in ('bare', 'light', 'full'):
        progress()
        figures[way] = measure_program(bench, way, command, server)
    return figures


def sum_up(runs, bare):
    least = min(runs, key=lambda run: run['cpu_s'])
    return {**least, 'ratio': round(statistics.median(run['cpu_s'] / of['cpu_s'] for run, of in zip(runs, bare)), 3)}


def measure_programs(bench, rounds, progress):
    """[{program, WAY: {cpu_s, most_kib, trace_bytes, ratio}}], of several runs the least CPU time, and the median of its ratio to
    the bare run of the same round.  A program that is not there, or does not answer, has no row."""
    rows = []
    with tempfile.NamedTemporaryFile(dir=bench.programs) as data:
        make_data(data.name)
        for name, (command, server) in programs(data.name).items():
            if not shutil.which((server or command)[0]):
                continue
            try:
                runs = [measure_round(bench, progress, command, server) for _ in range(rounds)]
                rows.append({'program': name, **{way: sum_up([run[way] for run in runs], [run['bare'] for run in runs])
                                                 for way in runs[0]}})
            except (OSError, subprocess.SubprocessError) as error:
                print(f'run: {name}: {error}', file=sys.stderr)
    return rows


# ---- the recording and the judge -----------------------------------------------------------------------------------

def measure_recording(bench, rounds, progress):
    """Bytes of a full recording: per operation, and per second of a thread that does nothing else."""
    least = None
    for _ in range(rounds):
        progress()
        start = time.perf_counter()
        ns = bench.numbers('full', bench.pairs, 1, 2, 16)[1]
        seconds = time.perf_counter() - start
        size = bench.trace_bytes()
        least = min(least, seconds) if least else seconds
    pairs = 400 * 12000
    return {'bytes_per_pair': size / pairs, 'bytes_per_second': size / (pairs * ns / 1e9), 'ns_per_pair': ns}


def measure_judge(bench, progress):
    """[{trace, facts, read_s, judge_s, mb}]"""
    progress()
    done = subprocess.run([bench.built('bench/bench_judge')], stdout=subprocess.PIPE, text=True, check=False)
    rows = []
    for line in done.stdout.splitlines()[1:]:
        found = re.match(r'(.*?)\s+(\d+)\s+([\d.]+)\s+([\d.]+)\s+(\d+)\s+\d+', line)
        if found:
            title, facts, read, judged, mb = found.groups()
            rows.append({'trace': title, 'facts': int(facts), 'read_s': float(read), 'judge_s': float(judged), 'mb': int(mb)})
    return rows
