#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds what is installed with another compiler, which must have nothing to warn of, and runs it.

    compiler_test.py COMPILER PROGRAM      PROGRAM can deadlock
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def main():
    compiler, program = sys.argv[1:]
    folder = tempfile.mkdtemp(prefix='snag-compiler.')
    try:
        for command in (['meson', 'setup', '-Dtests=false', '-Dwerror=true', folder, SOURCE], ['ninja', '-C', folder]):
            result = subprocess.run(command, env=dict(os.environ, CC=compiler), stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if result.returncode:
                print(result.stdout[-8000:])
                return 1
        result = subprocess.run([f'{folder}/tools/snag', 'run', '-o', f'{folder}/snag.out', '--', program],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                check=False)
        if result.returncode == 66 and 'lock-order-cycle' in result.stderr:
            return 0
        print(f'snag run returned {result.returncode}:\n{result.stderr}')
        return 1
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    sys.exit(main())
