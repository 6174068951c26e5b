#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `snag ps` says of every scenario that hangs: a table, and whether that is the verdict in its header.

    table.py BUILD SOURCE

Both are the roots of the trees.  Each program is run by `snag run`, which has to name the hang and end it, and `snag report`
has to say the same of the session folder; then it is looked at alive without the shim, alive with it, stripped, and as the
kernel's core of the stripped one.  It hangs when nothing in it has moved for a while.  A cell has the rule that was found, `-`
for none; with a `!` it is not what the header expects although the facts are there to be seen, and the exit status is 1.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from run_scenario import read_header  # noqa: E402 (its folder is known only now)

WAYS = ['run', 'bare', 'shim', 'stripped', 'core']
QUIET_S = 0.3
TIME_LIMIT_S = 60

# Threads that never sleep, of programs that still hang: when these have worked for QUIET_S, they are where they stay.
N_BUSY = {'abba_hang_bystander': 1, 'home_made_hang': 2, 'sem_hang_bystander': 1, 'spin_hang': 2}

# What only the kernel knows, and leaves in no core: who has the lock, and whether other processes share a word of memory.
NOT_IN_CORES = ['dead_owner', 'flock_self_hang', 'cxx_future_hang']

# What no word of memory tells: without the shim these are at best found to be at a standstill.
UNSEEN = {
    'rw_abba_hang': 'nobody-to-wake',  # who reads
    'rw_again_hang': 'nobody-to-wake',
    'rw_upgrade': 'nobody-to-wake',
    'shared_reader_hang': 'nobody-to-wake',
    'readers': 'nobody-to-wake',
    'once_hang': 'nobody-to-wake',  # who runs the routine
    'c11_once_hang': 'nobody-to-wake',
    'cxx_static_hang': 'nobody-to-wake',  # who makes the value
    'sem_hang': 'nobody-to-wake',  # who took the semaphore
    'sem_orphan_hang': 'nobody-to-wake',
    'sem_hang_bystander': '',
    'lost_wakeup': 'nobody-to-wake',  # what was signalled before: the shim knows
    'pool_all_wait': 'nobody-to-wake',
    'thread_pool': 'nobody-to-wake',  # who has signalled what before
    'signal_hang': 'self-deadlock',  # that it is a handler that waits
    'inheriting_hang': 'nobody-to-wake',  # the kernel refuses, and glibc sleeps on a word of no meaning
    'home_made_hang': '',  # nothing but the program's own words
    'spin_hang': '',  # a thread that spins runs
}


def expected_rules(source, way):
    """The rules of what hangs, by the header; under the shim, which knows what was before, another one may be right."""
    rules = []
    header = read_header(source)
    if way in ('run', 'shim') and any(line.startswith('shim: ') for line in header):
        return [line.split()[1] for line in header if line.startswith('shim: ')]
    for line in header:
        found = re.match(r'expect: (\S+) observed error', line)
        if found:
            rules.append(found[1])
        if line in ('expect: deadlock', 'expect: orphan'):
            rules.append('deadlock' if line.endswith('deadlock') else 'orphaned-lock')
    return rules


def read(path):
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read()
    except OSError:
        return ''


def tasks_of(pid):
    try:
        return os.listdir(f'/proc/{pid}/task')
    except OSError:
        return []  # it has ended meanwhile


def processes_of(first):
    """A process and its descendants that are alive."""
    status = read(f'/proc/{first}/status')
    if not status or ('State:\tZ' in status and 'Threads:\t1\n' in status):
        return
    yield first
    for tid in tasks_of(first):
        for child in read(f'/proc/{first}/task/{tid}/children').split():
            yield from processes_of(int(child))


def movements(first):
    """How often each thread that sleeps has been scheduled, and for how long each that does not has worked, in seconds."""
    naps, works = {}, {}
    for pid in processes_of(first):
        for tid in tasks_of(pid):
            status = read(f'/proc/{pid}/task/{tid}/status')
            if re.search(r'State:\t[RD]', status):
                spent = read(f'/proc/{pid}/task/{tid}/stat').rpartition(')')[2].split()[11:13]
                works[tid] = sum(map(int, spent)) / os.sysconf('SC_CLK_TCK')
            else:
                naps[tid] = re.findall(r'ctxt_switches:\t\d+', status)
    return naps, works


def await_quiet(first, n_busy):
    """Until nothing has moved for a while but so many threads, which have worked for as long."""
    end = time.monotonic() + TIME_LIMIT_S
    last, since = None, time.monotonic()
    while time.monotonic() < end:
        naps, works = movements(first)
        if naps != last or len(works) != n_busy or any(spent < QUIET_S for spent in works.values()):
            last, since = naps, time.monotonic()
        elif time.monotonic() - since >= QUIET_S:
            return
        time.sleep(0.05)
    raise SystemExit('it never comes to rest')


def core_of(folder, first):
    """The kernel's core; "" when it leaves none.  Of several processes each would write over the other's."""
    pids = list(processes_of(first))
    if len(pids) > 1:
        return ''
    os.kill(first, signal.SIGABRT)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    cores = [name for name in os.listdir(folder) if name.startswith('core')]
    return os.path.join(folder, cores[0]) if cores else ''


def ask(snag, targets):
    """The rules that are found of processes or cores."""
    result = subprocess.run([snag, 'ps', '--json', '-', *map(str, targets)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, timeout=TIME_LIMIT_S, check=False)
    if not result.stdout:
        return [f'({result.stderr.strip()})']
    findings = json.loads(result.stdout)['findings']
    return sorted({finding['rule'] for finding in findings if finding['severity'] != 'note'})


def run(options, program, source, folder):
    """What `snag run` has found of a program that it has ended by itself; `snag report` must say the same afterwards."""
    more = [word for line in read_header(source) if line.startswith('run: ') for word in line.split()[1:]]
    child = subprocess.Popen([options.snag, 'run', *more, '--json', 'report.json', '--', os.path.abspath(program)], cwd=folder,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True)
    try:
        child.wait(TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        return []
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()
    told = read(os.path.join(folder, 'report.json'))
    if told != subprocess.run([options.snag, 'report', '--json', '-', 'snag.out'], cwd=folder, stdout=subprocess.PIPE, text=True,
                              timeout=TIME_LIMIT_S, check=False).stdout:
        return ['(the report of the folder is another one)']
    findings = json.loads(told)['findings']
    return sorted({finding['rule'] for finding in findings
                   if finding['class'] == 'observed' and finding['severity'] == 'error'})


def name_of(source):
    return os.path.basename(source).rpartition('.')[0]


def look(options, program, source, way):
    name = name_of(source)
    with tempfile.TemporaryDirectory(prefix='snag-table.') as folder:
        if way == 'run':
            return run(options, program, source, folder)
        path = os.path.join(folder, name)
        subprocess.run(['strip' if way in ('stripped', 'core') else 'cp', program, '-o', path]
                       if way in ('stripped', 'core') else ['cp', program, path], check=True)
        environment = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'SNAG_OPTIONS')}
        if way == 'shim':
            environment.update(LD_PRELOAD=os.path.abspath(options.shim), SNAG_OPTIONS=f'dir={folder}/snag.out')
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        child = subprocess.Popen([path], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
        try:
            await_quiet(child.pid, N_BUSY.get(name, 0))
            targets = [core_of(folder, child.pid)] if way == 'core' else sorted(processes_of(child.pid))
            return ask(options.snag, targets) if targets != [''] else None
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def is_right(name, way, expected, got):
    if got is None:
        return True  # the kernel leaves no core here
    if way == 'core' and name in NOT_IN_CORES:
        return not got
    if way not in ('run', 'shim') and name in UNSEEN:
        return set(got) == set(filter(None, [UNSEEN[name]]))
    if expected == ['deadlock']:
        return len(got) == 1
    return set(expected) <= set(got) and len(got) <= len(expected) + 1


def stories(build, source):
    """Every program that hangs: (program, source)."""
    for path in sorted(glob.glob(os.path.join(source, 'tests/scenarios/*.c*'))):
        name = os.path.basename(path).rpartition('.')[0]
        if 'hangs: yes' in read_header(path):
            yield os.path.join(build, 'tests/scenarios', name + '-O0'), path
    for path in sorted(glob.glob(os.path.join(source, 'examples/*.c'))):
        if 'hangs: yes' in read_header(path):
            yield os.path.join(build, 'examples', os.path.basename(path).rpartition('.')[0]), path
    for path in sorted(glob.glob(os.path.join(source, 'tests/ps/*.c')) + glob.glob(os.path.join(source, 'tests/gdb/*.c'))):
        name = os.path.basename(path).rpartition('.')[0]
        program = os.path.join(build, 'tests/ps', f'ps-{name}-debug')
        if os.path.exists(program) and expected_rules(path, 'bare'):
            yield program, path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build')
    parser.add_argument('source')
    options = parser.parse_args()
    options.snag = os.path.join(options.build, 'tools/snag')
    options.shim = os.path.join(options.build, 'libtrace/libtrace.so')
    n_wrong, rows = 0, []
    print(f'{"scenario":26}', *(f'{way:22}' for way in WAYS))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for program, source in stories(options.build, options.source):
            rows.append((name_of(source), source, [pool.submit(look, options, program, source, way) for way in WAYS]))
        for name, source, looks in rows:
            cells = []
            for way, future in zip(WAYS, looks):
                got = future.result()
                wrong = not is_right(name, way, expected_rules(source, way), got)
                n_wrong += wrong
                cells.append(('no core' if got is None else ', '.join(got) or '-') + '!' * wrong)
            print(f'{name:26}', *(f'{cell:22}' for cell in cells), flush=True)
    print(f'{len(rows)} programs that hang, {n_wrong} cells wrong')
    return 1 if n_wrong or not rows else 0


if __name__ == '__main__':
    sys.exit(main())
