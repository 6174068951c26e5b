#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a new user does, in a Debian that has nothing yet: ./quickstart, the package, a program, the tutorial.

    fresh_debian.py RELEASE

Needs root, for chroot.  Nothing is installed but mmdebstrap, which makes the folder that the rest happens in.  In releases other
than ours it is scenarios that are played, for their verdicts depend on the C library.
"""
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

import source

sys.path.insert(0, str(source.SOURCE / 'tests/real'))
import packages  # noqa: E402 (found by the line above)

SKIPPED = 77

# Of each kind of function, and of each way in which the shim learns something from the C library.
PLAYED = ['abba', 'abba_hang', 'barrier_late', 'cond_timedwait', 'frame_goes', 'fork_held', 'join_ring', 'program_name',
          'robust_mended', 'rw_abba', 'self_lock', 'sem_slots', 'shared_abba_hang', 'spin_abba', 'wrapper']

OURS = 'bookworm'

# Debian 11 has a Meson that is too old; ours needs nothing that it does not have.
OLD_MESON = 'bullseye'

SCENARIOS = (f'for scenario in {" ".join(PLAYED)}; do gcc -g -w -D_GNU_SOURCE -I libtrace/include -o /tmp/$scenario '
             'tests/scenarios/$scenario.c -pthread -ldl -lrt && python3 tests/run_scenario.py --snag build/tools/snag /tmp/$scenario '
             'tests/scenarios/$scenario.c || exit 1; done')

ELSEWHERE = [
    ('quickstart', './quickstart', 0, 'lock-order-cycle, possible'),
    ('scenarios', SCENARIOS, 0, ''),
    ('a hang that was not prepared for', 'build/examples/hang >/dev/null & until build/tools/snag ps $! | grep "error: deadlock"; '
     'do :; done; kill $!', 0, 'cache.lock'),
]

PAGES = ' '.join(f'examples/{page}.md' for page in ('threads', 'processes', 'pools', 'event_loop', 'shared_variables', 'tables',
                                                    'inside', 'stepping', 'recipes', 'limits'))

STEPS = [
    # What it is, the shell's words, the exit status, what it must say.
    ('quickstart', './quickstart', 0, 'lock-order-cycle, possible'),
    ('the tools of Debian for packages', 'apt-get install -y --no-install-recommends build-essential debhelper help2man', 0, ''),
    ('the package', 'cp -r /snag /tmp/snag && cd /tmp/snag && rm -rf build && dpkg-buildpackage -b -us -uc', 0, ''),
    ('its installation', 'apt-get install -y /tmp/snag_*.deb man-db', 0, ''),
    ('a program', 'cc -g -pthread -o /tmp/bank examples/bank.c && cd /tmp && snag run -- ./bank', 66, 'lock-order-cycle'),
    ('the report again', 'cd /tmp && snag report', 66, 'accounts[1].lock'),
    ('the manual', 'man snag-run', 0, 'SYNOPSIS'),
    ('what every Debian has, but not this small one', 'apt-get install -y --no-install-recommends procps', 0, ''),
    ('the tutorial', f'python3 tests/pages/play.py /usr/bin/snag build {PAGES}', 0, ''),
]


def say(result):
    """The end of what a command said."""
    return result.stdout.decode(errors='replace')[-4000:]


@contextlib.contextmanager
def debian(release):
    """A folder with a small Debian in it, where programs can be run."""
    root = tempfile.mkdtemp(prefix='snag-debian.')
    mounted = []
    try:
        result = subprocess.run(['mmdebstrap', '--variant=apt', release, root], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if result.returncode:
            raise SystemExit(f'mmdebstrap failed:\n{say(result)}')
        shutil.copy('/etc/resolv.conf', f'{root}/etc/resolv.conf')
        for options, place in (['-t', 'proc', 'proc'], 'proc'), (['--bind', '/dev'], 'dev'), (['--bind', '/dev/pts'], 'dev/pts'):
            subprocess.run(['mount', *options, f'{root}/{place}'], check=True)
            mounted.insert(0, f'{root}/{place}')
            subprocess.run(['mount', '--make-private', f'{root}/{place}'], check=True)
        yield root
    finally:
        for place in mounted:
            subprocess.run(['umount', '--lazy', place], check=True)
        shutil.rmtree(root)


def bring_meson(root):
    """Installs ours."""
    subprocess.run(['apt-get', 'download', 'meson'], cwd=f'{root}/tmp', check=True, stdout=subprocess.DEVNULL)
    install = 'apt-get update && apt-get install -y --no-install-recommends /tmp/meson*.deb'
    subprocess.run(['chroot', root, 'sh', '-c', install], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def main():
    release = sys.argv[1]
    if os.geteuid() != 0:
        print('skipped: only root may chroot')
        return SKIPPED
    try:
        packages.ensure({'mmdebstrap': 'mmdebstrap'})
    except packages.NotInstallable as error:
        print(f'skipped: {error}')
        return SKIPPED
    environment = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root', 'LC_ALL': 'C.UTF-8',
                   'DEBIAN_FRONTEND': 'noninteractive'}
    with debian(release) as root:
        if release == OLD_MESON:
            bring_meson(root)
        source.copy_to(f'{root}/snag')
        for name, command, status, text in STEPS if release == OURS else ELSEWHERE:
            result = subprocess.run(['chroot', root, 'sh', '-c', f'cd /snag; {command}'], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=False)
            if result.returncode != status or text not in result.stdout.decode(errors='replace'):
                print(f'{name}: status {result.returncode}, expected {status} and "{text}":\n{say(result)}')
                return 1
            print(f'{name}: as expected')
    return 0


if __name__ == '__main__':
    sys.exit(main())
