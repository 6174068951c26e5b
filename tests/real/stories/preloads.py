# SPDX-License-Identifier: MIT
"""Programs into which other libraries are preloaded as well: another malloc, another clock."""
from packages import find
from story import Story
from . import compressors
from .languages import PROGRAMS

JEMALLOC = '/usr/lib/*/libjemalloc.so.2'


def jemalloc(stage):
    """With a thread of its own, which it creates past everybody else's pthread_create."""
    environment = {'LD_PRELOAD': find(JEMALLOC), 'MALLOC_CONF': 'background_thread:true,dirty_decay_ms:10'}
    stage.run('pigz', '-p', '4', '-c', stage.inputs / 'text', environment=environment).expect(0)
    return stage.run('python3', PROGRAMS / 'threads.py', environment=environment).expect(0)


def faketime(stage):
    """Time stands still for it; libfaketime wraps waits with a time limit, as we do."""
    clock = 'import datetime, threading, time; threading.Thread(target=time.sleep, args=(0.05,)).start(); ' \
            'print(datetime.datetime.now())'
    stage.run('faketime', '-m', '2001-02-03 04:05:06', 'python3', PROGRAMS / 'threads.py').expect(0)
    return stage.run('faketime', '-m', '-f', '2001-02-03 04:05:06', 'python3', '-c', clock).expect(0)


STORIES = {
    'jemalloc': Story(jemalloc, {JEMALLOC: 'libjemalloc2', 'pigz': 'pigz', 'python3': 'python3'}, compressors.prepare),
    'faketime': Story(faketime, {'faketime': 'faketime', 'python3': 'python3'}),
}
