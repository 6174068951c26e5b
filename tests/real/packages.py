# SPDX-License-Identifier: MIT
"""Gets the programs of Debian that a story needs: installed once, whoever asks first.

What is installed stays installed; no service is started by it.
"""
import fcntl
import glob
import os
import shutil
import subprocess
import tempfile

# Debian's programs, not those that a user may have put before them.
FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'] + sorted(glob.glob('/usr/lib/postgresql/*/bin'))
LOCK = os.path.join(tempfile.gettempdir(), 'snag-tests-install.lock')
TIME_LIMIT_S = 1200

# Debian asks policy-rc.d before it starts a service: 101 is "no".
INSTALL = '''
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	trap 'rm -f $policy' EXIT
	printf '#!/bin/sh\\nexit 101\\n' >$policy
	chmod +x $policy
fi
install() {
	apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$@"
}
export DEBIAN_FRONTEND=noninteractive
install "$@" || { apt-get update && install "$@"; }
'''


class NotInstallable(Exception):
    """A package is neither installed nor to be had."""


def find(program):
    """The path of one of Debian's programs (a name), or of a file (a pattern); None when it is not there."""
    if program.startswith('/'):
        return next(iter(sorted(glob.glob(program))), None)
    return shutil.which(program, path=os.pathsep.join(FOLDERS))


def install(packages):
    if not shutil.which('apt-get'):
        raise NotInstallable(f"{' '.join(packages)}: not installed, and there is no apt-get")
    as_root = [] if os.geteuid() == 0 else ['sudo', '-n']
    if as_root and not shutil.which('sudo'):
        raise NotInstallable(f"{' '.join(packages)}: not installed, and only root may install")
    result = subprocess.run([*as_root, 'sh', '-c', INSTALL, 'sh', *packages], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIME_LIMIT_S,
                            check=False)
    if result.returncode:
        raise NotInstallable(f"{' '.join(packages)}: {(result.stdout.strip().splitlines() or ['?'])[-1]}")


def ensure(needs):
    """needs: program (see find) -> package that has it."""
    if all(map(find, needs)):
        return
    with open(LOCK, 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = sorted({package for program, package in needs.items() if not find(program)})
        if missing:
            install(missing)
    for program, package in needs.items():
        if not find(program):
            raise NotInstallable(f'{package} has no {program}')
