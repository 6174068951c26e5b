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


@dataclass
class Case:
    """`says`: words of the report; `per`: bytes that the shim may take for each of the things."""
    what: str
    n: int
    says: list
    per: int = 0


CASES = {
    'locks_100000': Case('locks', 10**5, ['limit met', '65537 locks']),
    'locks_1000000': Case('locks', 10**6, ['limit met', '65537 locks']),
    'inits_1000000': Case('inits', 10**6, ['limit met', '65537 locks']),
    'held_1000': Case('held', 1000, ['499500 lock-order pairs']),
    'held_5000': Case('held', 5000, ['limit met']),
    'deep_200': Case('deep', 200, ['19900 lock-order pairs']),
    'barrier_1200': Case('barrier', 1200, ['limit met', '1201 threads'], PER_THREAD),
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('case', choices=CASES)
    for name in ('snag', 'shim', 'bounds'):
        parser.add_argument('--' + name)
    options = parser.parse_args()
    case = CASES[options.case]
    command = [options.bounds, case.what, str(case.n)]
    with tempfile.TemporaryDirectory(prefix='snag-bounds.') as folder:
        *bare, bare_said = run(command, {})
        *snagged, said = run(command, {'LD_PRELOAD': options.shim, 'SNAG_OPTIONS': f'dir={folder}/snag.out'})
        report, status, _ = run([options.snag, 'report', f'{folder}/snag.out'], {})
    added, limit = memory_of(said) - memory_of(bare_said), BASE + case.per * case.n
    print(report, f'memory: {added / MIB:.1f} MiB added, limit {limit / MIB:.1f} MiB', sep='\n')
    if case.what in ('threads', 'barrier') and f'{case.n} threads were alive' not in bare_said:
        print('skipped: this machine does not allow so many threads')
        return 77
    words = re.sub(r'\s+', ' ', report)
    problems = [f'the report does not say "{word}"' for word in case.says if word not in words]
    if bare != snagged or bare[1]:
        problems.append(f'bare it says and ends {bare}, with the shim {snagged}')
    if added > limit:
        problems.append('the shim takes too much memory')
    if status:
        problems.append(f'snag report ends with {status}')
    print('\n'.join(problems))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
