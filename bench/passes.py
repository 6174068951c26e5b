#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what a breakpoint for one thread costs the others: a pass of another thread through its place.

    bench/passes.py [--check] [BUILD]

Beside each other: no breakpoint, GDB's own `break ... thread N`, a breakpoint with a Python stop(), `snag break`, `snag
hwbreak`; and at a mutex that is taken and given back, under the shim: none, and `snag break-lock`.  With --check it
fails where what the hardware or the shim decides is not far cheaper than GDB's own.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

QUIET = ['set debuginfod enabled off', 'set debug-file-directory /nonexistent', 'set print thread-events off']
IS_TARGET = "lambda self: gdb.selected_thread().name == 'target'"
STOP = f"python type('Stop', (gdb.Breakpoint,), {{'stop': {IS_TARGET}}})('pass')"
GDB, HARDWARE = 'GDB: break pass thread 2', 'snag hwbreak pass --thread target'
SHIM = 'snag break-lock mutex --thread target'
WAYS = {
    'no breakpoint': ('python pass', 20_000_000, ''),
    GDB: ('break pass thread 2', 2000, ''),
    'GDB: a Python stop()': (STOP, 2000, ''),
    'snag break pass --thread target': ('snag break pass --thread target', 2000, ''),
    HARDWARE: (HARDWARE, 20_000_000, ''),
    'no breakpoint, a mutex': ('python pass', 20_000_000, 'lock'),
    SHIM: (SHIM, 20_000_000, 'lock'),
}
LEAST_GAIN = 100  # it is some thousand, but not on every machine that has other things to do
SKIPPED = 77


def measure(build, folder, command, n_passes, what):
    """Nanoseconds a pass; None where the kernel has no hardware breakpoints for single threads."""
    preload = f"env LD_PRELOAD={os.path.abspath(os.path.join(build, 'libtrace/libtrace.so'))} SNAG_OPTIONS=dir={folder}"
    shim = [f'set exec-wrapper {preload}'] if what else []
    steps = [*shim, 'break ready', f'run {n_passes} {what}', 'delete', command, 'continue']
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
    for name, way in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            results[name] = measure(options.build, folder, *way)
        told = 'the kernel refuses' if results[name] is None else f'{results[name]:12,.1f} ns a pass of another thread'
        print(f'{name:38} {told}', flush=True)
    gains = {name: results[GDB] / results[name] for name in (HARDWARE, SHIM) if results[name]}
    for name, gain in gains.items():
        print(f'{name} is {gain:,.0f} times cheaper than GDB')
    if options.check and min(gains.values()) < LEAST_GAIN:
        return 1
    return 0 if len(gains) == 2 else SKIPPED


if __name__ == '__main__':
    sys.exit(main())
