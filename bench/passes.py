#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what a breakpoint for one thread costs the others: a pass of another thread through its place.

    bench/passes.py [--check] [BUILD]

Beside each other: no breakpoint, GDB's own `break ... thread N`, `snag break`, `snag hwbreak`.  With --check it
fails where the last is not 1,000 times cheaper than GDB's own.
"""
import argparse
import os
import re
import subprocess
import sys

QUIET = ['set debuginfod enabled off', 'set debug-file-directory /nonexistent', 'set print thread-events off']
WAYS = {
    'no breakpoint': ('python pass', 20_000_000),
    'GDB: break pass thread 2': ('break pass thread 2', 2000),
    'snag break pass --thread target': ('snag break pass --thread target', 2000),
    'snag hwbreak pass --thread target': ('snag hwbreak pass --thread target', 20_000_000),
}
LEAST_GAIN = 1000
SKIPPED = 77


def measure(build, command, n_passes):
    """Nanoseconds a pass; None where the kernel has no hardware breakpoints for single threads."""
    steps = ['break ready', f'run {n_passes}', 'delete', command, 'continue']
    asked = [part for each in steps for part in ('-ex', each)]
    quiet = [part for each in QUIET for part in ('-iex', each)]
    scripts = os.path.join(build, 'gdb-scripts/snag-gdb.py')
    gdb = os.environ.get('SNAG_GDB') or 'gdb'
    done = subprocess.run([gdb, '--batch', '-nx', *quiet, '-x', scripts, *asked, os.path.join(build, 'bench/passes')],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if 'No hardware breakpoint for one thread' in done.stdout:
        return None
    found = re.search(r'([\d.]+) ns a pass', done.stdout)
    if not found:
        sys.exit(f'passes: {command}: no answer:\n{done.stdout}')
    return float(found[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--check', action='store_true')
    parser.add_argument('build', nargs='?', default='build')
    options = parser.parse_args()
    results = {}
    for name, (command, n_passes) in WAYS.items():
        results[name] = measure(options.build, command, n_passes)
        told = 'the kernel refuses' if results[name] is None else f'{results[name]:12,.1f} ns a pass of another thread'
        print(f'{name:36} {told}', flush=True)
    software, hardware = results['GDB: break pass thread 2'], results['snag hwbreak pass --thread target']
    if hardware is None:
        return SKIPPED
    print(f'the hardware is {software / hardware:,.0f} times cheaper than GDB')
    return 1 if options.check and software < LEAST_GAIN * hardware else 0


if __name__ == '__main__':
    sys.exit(main())
