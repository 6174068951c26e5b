# SPDX-License-Identifier: MIT
"""stress-ng's stressors of threads and locks, a fixed number of operations each."""
from story import Story

# Enough of each that all its threads and processes come to it.
STRESSORS = {'clone': 50, 'daemon': 50, 'dekker': 20000, 'dynlib': 100, 'exec': 50, 'flock': 2000, 'fork': 200,
             'futex': 20000, 'lockf': 2000, 'lockofd': 2000, 'membarrier': 50, 'mutex': 1000000, 'pipe': 20000,
             'pthread': 300, 'sem': 1000, 'session': 50, 'sigchld': 200, 'sigfd': 5000, 'spawn': 100, 'switch': 5000,
             'timer': 2000, 'vfork': 200, 'zombie': 100}


def play(stage):
    """Each stressor checks what it does (--verify) and has a child process do it."""
    for name, n in STRESSORS.items():
        stage.run('stress-ng', '--quiet', '--verify', '--temp-path', stage.folder, f'--{name}', '2', f'--{name}-ops', n,
                  '--timeout', '20').expect(0)
    return 'all done'


STORIES = {'stress-ng': Story(play, {'stress-ng': 'stress-ng'}, limit_s=120)}
