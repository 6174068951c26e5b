# SPDX-License-Identifier: MIT
"""Instructions of real programs, as callgrind counts them: those do not come and go as seconds do.

Two runs with different parts of the work tell what each unit of it takes, and what is done but once."""
import os
import re
import shutil
import subprocess

import programs

MANY, FEW = 20, 80  # parts of the work
UNITS = {'sqlite3': ('row', 1500000), 'python3': ('item', 300000), 'zstd': ('line', 1100000)}


def count(bench, way, name, part):
    data = os.path.join(bench.programs, 'data')
    programs.make_data(data, part)
    command, _ = programs.programs(data, part)[name]
    done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', *command], cwd=bench.folder,
                          env=bench.environment(way), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    bench.trace_bytes()
    return int(re.search(r'Collected\s*:\s*(\d+)', done.stderr).group(1))


def measure_instructions(bench, progress):
    """[{program, unit, WAY: {once, each}}]; a program that is not there has no row."""
    rows = []
    for name, (unit, n) in UNITS.items():
        if not shutil.which(name) or not shutil.which('valgrind'):
            continue
        row = {'program': name, 'unit': unit}
        for way in ('bare', 'light', 'full'):
            progress()
            few = count(bench, way, name, FEW)
            each = (count(bench, way, name, MANY) - few) / (n // MANY - n // FEW)
            row[way] = {'once': round(few - n // FEW * each), 'each': round(each)}
        rows.append(row)
    return rows
