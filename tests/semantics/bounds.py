#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a program with very many of one thing, bare and under the shim: it must do the same, in the memory that DESIGN allows
the shim, and the report must print each limit that was met.

    bounds.py CASE --snag SNAG --shim SHIM --bounds BOUNDS
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

MIB = 1 << 20
BASE = 32 * MIB                         # that the shim may take, and ...
PER_THREAD = 64 << 10                   # ... for each thread
SLACK = MIB                             # between runs that should take the same: threads may overlap or not


@dataclass
class Case:
    """`says`: words of the report; `per`: bytes that the shim may take for each of the things."""
    what: str
    n: int
    says: list
    per: int = 0
    is_flat: bool = False               # a tenth of them takes as much memory, and as large a trace


CASES = {
    'locks_100000': Case('locks', 10**5, ['limit met', '65537 locks']),
    'locks_1000000': Case('locks', 10**6, ['limit met', '65537 locks']),
    'inits_1000000': Case('inits', 10**6, ['limit met', '65537 locks']),
    'held_1000': Case('held', 1000, ['499500 lock-order pairs']),
    'held_5000': Case('held', 5000, ['limit met']),
    'deep_200': Case('deep', 200, ['19900 lock-order pairs']),
    'barrier_1200': Case('barrier', 1200, ['limit met', '1201 threads'], PER_THREAD),
    'operations_10000000': Case('operations', 10**7, ['nothing found'], is_flat=True),
    'operations_100000000': Case('operations', 10**8, ['nothing found'], is_flat=True),
    'waits_200000': Case('waits', 2 * 10**5, ['nothing found'], is_flat=True),
    'hand_overs_200000': Case('hand-overs', 2 * 10**5, ['nothing found'], is_flat=True),
    'futexes_200000': Case('futexes', 2 * 10**5, ['nothing found'], is_flat=True),
    'threads_2000': Case('threads', 2000, ['limit met'], PER_THREAD),
    'threads_10000': Case('threads', 10**4, ['limit met'], PER_THREAD),
}


def run(command, variables):
    """Output, exit status, and what it said on standard error."""
    environment = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'SNAG_OPTIONS')}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env={**environment, **variables}, text=True)
    return done.stdout, done.returncode, done.stderr


def memory_of(said):
    return int(re.search(r'^VmHWM:\s*(\d+) kB', said, re.M).group(1)) << 10


def watched(options, case, n, folder):
    """What a run under the shim printed, its exit status, its largest memory, and what its trace takes on the disk."""
    session = f'{folder}/{n}'
    printed, status, said = run([options.bounds, case.what, str(n)],
                                {'LD_PRELOAD': options.shim, 'SNAG_OPTIONS': f'dir={session}'})
    size = sum(entry.stat().st_blocks * 512 for entry in os.scandir(session))
    return [printed, status], memory_of(said), size, session


def grows(options, case, memory, size, folder):
    """Has the run taken more than one of a tenth of the length?"""
    _, memory_before, size_before, _ = watched(options, case, case.n // 10, folder)
    print(f'a tenth: {(memory - memory_before) >> 10} KiB less memory, {(size - size_before) >> 10} KiB less trace')
    return memory - memory_before > SLACK or size - size_before > SLACK


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('case', choices=CASES)
    for name in ('snag', 'shim', 'bounds'):
        parser.add_argument('--' + name)
    options = parser.parse_args()
    case = CASES[options.case]
    with tempfile.TemporaryDirectory(prefix='snag-bounds.') as folder:
        *bare, bare_said = run([options.bounds, case.what, str(case.n)], {})
        snagged, memory, size, session = watched(options, case, case.n, folder)
        report, status, _ = run([options.snag, 'report', session], {})
        has_grown = case.is_flat and grows(options, case, memory, size, folder)
    added, limit = memory - memory_of(bare_said), BASE + case.per * case.n
    print(report, f'memory: {added / MIB:.1f} MiB added, limit {limit / MIB:.1f} MiB', sep='\n')
    if case.what in ('threads', 'barrier') and f'{case.n} threads were alive' not in bare_said:
        print('skipped: this machine does not allow so many threads')
        return 77
    words = re.sub(r'\s+', ' ', report)
    problems = [f'the report does not say "{word}"' for word in case.says if word not in words]
    if bare != snagged or bare[1]:
        problems.append(f'bare it says and ends {bare}, with the shim {snagged}')
    if has_grown:
        problems.append('the shim takes more the longer the program runs')
    if added > limit:
        problems.append('the shim takes too much memory')
    if status:
        problems.append(f'snag report ends with {status}')
    print('\n'.join(problems))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
