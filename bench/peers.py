# SPDX-License-Identifier: MIT
"""What single operations cost under Snag, beside Helgrind, DRD and ThreadSanitizer."""
import os
import shutil
import subprocess

OPERATIONS = [('mutex', (1, 2, 4)), ('4096-locks', (1,)), ('100000-locks', (1,)), ('nested-2', (1,)), ('nested-3', (1,)),
              ('contended', (2, 4)), ('rwlock-read', (1,)), ('rwlock-shared', (2,)), ('semaphore', (1,)), ('cond-signal', (1,)),
              ('free', (1,)), ('create-join', (1,)), ('wake', (1,))]
TIME_LIMIT_S = 15
SANITIZERS = {'TSan (gcc)': 'gcc', 'TSan (clang)': 'clang'}


def valgrind_tools(bench):
    """{name: command before a program's}"""
    if not shutil.which('valgrind'):
        bench.leave_out('Helgrind and DRD', 'valgrind is not installed')
        return {}
    return {name: ['valgrind', '-q', f'--tool={tool}', '--log-file=/dev/null']
            for name, tool in (('Helgrind', 'helgrind'), ('DRD', 'drd'))}


class Tools:
    """The ways to run a program: {name: (command before it, environment)}, those that are installed."""

    def __init__(self, bench, source):
        self.bench = bench
        self.plain = bench.built('bench/ops')
        self.ways = {'bare': ([], self.plain, 'bare'), 'light': ([], self.plain, 'light'), 'full': ([], self.plain, 'full')}
        for name, command in valgrind_tools(bench).items():
            self.ways[name] = (command, self.plain, 'bare')
        for name, compiler in SANITIZERS.items():
            program = os.path.join(bench.programs, f'ops-{compiler}')
            why_not = self.sanitize(compiler, source, program)
            if why_not:
                bench.leave_out(name, why_not)
            else:
                self.ways[name] = ([], program, 'bare')

    def sanitize(self, compiler, source, program):
        """Builds the program with that compiler's ThreadSanitizer.  Returns why that cannot be had here; None: it can."""
        command = [compiler, '-O2', '-g', '-D_GNU_SOURCE', '-fsanitize=thread', '-pthread', '-o', program, source]
        if not shutil.which(compiler):
            return f'{compiler} is not installed'
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return f'{compiler} does not build with -fsanitize=thread'
        if subprocess.run([program, 'mutex'], capture_output=True, check=False).returncode:
            return 'its programs do not run here'
        return None

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
