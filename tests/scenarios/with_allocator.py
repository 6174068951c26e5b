#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a scenario with another allocator in the place of glibc's, if this machine has it.

    with_allocator.py LIBRARY run_scenario.py ARGUMENT ...
"""
import ctypes.util
import os
import sys

SKIPPED = 77


def main():
    name, *command = sys.argv[1:]
    library = ctypes.util.find_library(name)
    if not library:
        print(f'skipped: there is no lib{name} on this machine')
        return SKIPPED
    os.environ['LD_PRELOAD'] = library
    return os.execv(command[0], command)


if __name__ == '__main__':
    sys.exit(main())
