# SPDX-License-Identifier: MIT
"""Two threads take two pthread mutexes in opposite orders, one after the other; then the program says so and goes on.

Python finds pthread_mutex_lock by dlsym(), as any plug-in host would.
"""
import ctypes
import threading
import time

libc = ctypes.CDLL(None)
mutexes = [ctypes.create_string_buffer(64) for _ in range(2)]   # zeroes: PTHREAD_MUTEX_INITIALIZER


def take_both(first, second, done, until):
    libc.pthread_mutex_lock(first)
    libc.pthread_mutex_lock(second)
    libc.pthread_mutex_unlock(second)
    libc.pthread_mutex_unlock(first)
    done.set()
    until.wait()


ends = threading.Event()
for pair in (mutexes, mutexes[::-1]):
    done = threading.Event()
    threading.Thread(target=take_both, args=(*pair, done, ends), daemon=True).start()
    done.wait()
print('both orders', flush=True)
while True:
    time.sleep(1000)
