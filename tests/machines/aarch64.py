#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The scenarios on another machine: built for aarch64 by Debian's cross compilers, run by QEMU, judged here.

    aarch64.py --snag build/tools/snag [--keep FOLDER] [SCENARIO...]

A folder gets Debian's packages for that machine (mmdebstrap unpacks them, nothing of them is installed).  There the shim
and snag are built, and each scenario in C that needs no library of its own runs under the shim in QEMU's user mode.  QEMU
cannot let a program start others, and it has no time limit of its own: what hangs is ended after a while, and judged by what it
has recorded.
"""
import argparse
import contextlib
import glob
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / 'tests'), str(SOURCE / 'tests/real')]
import packages  # noqa: E402 (found by the line above)
import run_scenario  # noqa: E402

SKIPPED = 77
TIME_LIMIT_S = 60
HANG_S = 5
PACKAGES = ('libc6-dev,libstdc++-12-dev,libunwind-dev,libdw-dev,libelf-dev,libjson-c-dev,libncurses-dev,libsqlite3-dev,'
            'libiberty-dev')
NEEDED = {'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu', 'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu',
          'qemu-aarch64': 'qemu-user', 'mmdebstrap': 'mmdebstrap'}

# What QEMU's user mode, not the shim, makes impossible; and why.
NOT_UNDER_QEMU = {
    'exec_in_place': 'a program cannot become another one',
    'exec_ways': 'a program cannot become another one',
    'nested_monitor_interrupted': 'no vDSO, which is where a handler returns to',
    'names': 'no process_vm_readv(): a thread that has not run yet has no handle',
    'tsd_destructor_hang': 'no process_vm_readv(), too',
    'robust_abandoned': 'a robust mutex is not marked when its owner ends',
    'robust_mended': 'a robust mutex is not marked when its owner ends',
    'robust_not_mended': 'a robust mutex is not marked when its owner ends',
    'signal_any_thread': 'no vDSO, which is where a handler returns to',
    'signal_hang': 'no vDSO, which is where a handler returns to',
    'signal_in_section': 'no vDSO, which is where a handler returns to',
    'child_output_hang': 'snag run, which looks on, is not there',
    'threads_1000': 'takes minutes',
    'threads_1000_same_order': 'takes minutes',
}

# Hangs without a circle of locks: only `snag run`, which looks on, knows how long all have waited.
NEED_RUN = ('barrier-cycle observed', 'lost-wakeup observed', 'nested-monitor observed', 'nobody-to-wake observed',
            'pool-starvation observed')

# A return address lies below a function's variables there, not above them; and thread-local storage above a thread's stack.
# So locks at one address in frames that came one after the other, or of threads, are not told apart.
NOT_KNOWN_THERE = {'frame_called_twice', 'frame_goes', 'frame_own_goes', 'thread_specific_lock'}

CROSS = '''[binaries]
c = 'aarch64-linux-gnu-gcc'
strip = 'aarch64-linux-gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-aarch64', '-L', '{root}']
[properties]
sys_root = '{root}'
pkg_config_libdir = '{root}/usr/lib/aarch64-linux-gnu/pkgconfig:{root}/usr/share/pkgconfig'
[built-in options]
c_args = ['--sysroot={root}']
c_link_args = ['--sysroot={root}']
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'armv8'
endian = 'little'
'''


def must(*command):
    """Runs a command; what it says is shown when it fails."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors='replace', check=False)
    if result.returncode:
        sys.exit(f'{command} returned {result.returncode}:\n{result.stdout[-4000:]}')


class Machine:
    """A folder with the packages of the other machine, and Snag built for it."""

    def __init__(self, folder):
        self.folder, self.root, self.build = folder, folder / 'root', folder / 'build'
        if not self.root.exists():
            must('mmdebstrap', '--variant=extract', '--architectures=arm64', f'--include={PACKAGES}', 'bookworm', self.root)
        (folder / 'cross.ini').write_text(CROSS.format(root=self.root))
        if not self.build.exists():
            must('meson', 'setup', f'--cross-file={folder}/cross.ini', '-Dtests=false', '-Dwerror=true', self.build, SOURCE)
        must('ninja', '-C', self.build)

    def compile(self, source, program):
        """A scenario, as tests/scenarios/meson.build does it."""
        compiler = 'g++' if source.suffix == '.cc' else 'gcc'
        must(f'aarch64-linux-gnu-{compiler}', f'--sysroot={self.root}', '-g', '-O2', '-D_GNU_SOURCE', '-I',
             SOURCE / 'libtrace/include', '-o', program, source, '-pthread')

    def run(self, program, arguments, session, limit_s):
        """Runs it under the shim; returns its exit status, None when it had to be ended."""
        command = ['qemu-aarch64', '-L', self.root, '-E', f'LD_PRELOAD={self.build}/libtrace/libtrace.so', '-E',
                   f'SNAG_OPTIONS=dir={session}', program, *arguments]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        try:
            return process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its children, too
            process.wait()


def problems_of(machine, snag, source):
    """Plays one scenario; returns what is not as its header says."""
    scenario = run_scenario.read_scenario([str(source)])
    with tempfile.TemporaryDirectory(prefix='snag-aarch64.') as folder:
        program, session = pathlib.Path(folder) / source.stem, pathlib.Path(folder) / 'snag.out'
        machine.compile(source, program)
        status = machine.run(program, scenario.args, session, HANG_S if scenario.hangs else TIME_LIMIT_S)
        if status is None and not scenario.hangs:
            return [f'still there after {TIME_LIMIT_S} s']
        said = subprocess.run([snag, 'report', '--all', '--json', '-', session], capture_output=True, text=True,
                              check=False)
        try:
            report = run_scenario.Report(said.stdout, scenario.files)
        except ValueError:
            return [f'snag report returned {said.returncode}: {said.stderr}']
        problems = run_scenario.compare_findings(scenario, report)
        return problems + ([report.describe(finding) for finding in report.json['findings']] if problems else [])


def scenarios(names):
    """The sources, without those that need libraries of their own or options of `snag run`."""
    for path in sorted(map(pathlib.Path, glob.glob(f'{SOURCE}/tests/scenarios/*.c*'))):
        text = path.read_text(encoding='utf-8')
        if path.stem in NOT_UNDER_QEMU or path.stem in NOT_KNOWN_THERE or (names and path.stem not in names):
            continue
        if any(word in text for word in ('\n#include "', '\n * run:', 'dlopen(', 'lib_')):
            continue
        try:
            scenario = run_scenario.read_scenario([str(path)])
        except run_scenario.BadScenario:
            continue                    # its expectation speaks of the lines of a library
        if not scenario.hangs or not any(finding.verdict.startswith(NEED_RUN) for finding in scenario.findings):
            yield path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--snag', required=True, type=os.path.abspath)
    parser.add_argument('--keep', type=pathlib.Path, metavar='FOLDER', help='work here, and leave it for the next time')
    parser.add_argument('scenarios', nargs='*', metavar='SCENARIO')
    options = parser.parse_args()
    try:
        packages.ensure(NEEDED)
    except packages.NotInstallable as error:
        print(f'skipped: {error}')
        return SKIPPED
    folder = options.keep or pathlib.Path(tempfile.mkdtemp(prefix='snag-aarch64.'))
    folder.mkdir(exist_ok=True)
    try:
        machine = Machine(folder.resolve())
        sources = list(scenarios(options.scenarios))
        with ThreadPoolExecutor(2) as pool:
            results = dict(zip(sources, pool.map(lambda source: problems_of(machine, options.snag, source), sources)))
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    for source, problems in results.items():
        if problems:
            print(f'{source.stem}:', *problems, sep='\n  ')
    n_failed = sum(map(bool, results.values()))
    print(f'{len(results) - n_failed} scenarios as expected, {n_failed} not')
    return 1 if n_failed else 0


if __name__ == '__main__':
    sys.exit(main())
