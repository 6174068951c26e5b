# SPDX-License-Identifier: MIT
"""Threads, locks, conditions, pools, processes and short-lived threads; prints what it all came to."""
import concurrent.futures
import hashlib
import multiprocessing
import queue
import sqlite3
import subprocess
import threading
import zlib


def work_queue():
    """Producers and consumers over a bounded queue."""
    jobs, results = queue.Queue(8), queue.Queue()

    def consume():
        while (job := jobs.get()) is not None:
            results.put(zlib.crc32(b'%d' % job * 2000))

    threads = [threading.Thread(target=consume, name=f'consumer {i}') for i in range(4)]
    for thread in threads:
        thread.start()
    for job in range(2000):
        jobs.put(job)
    for _ in threads:
        jobs.put(None)
    for thread in threads:
        thread.join()
    return sum(results.get() for _ in range(2000)) & 0xffffffff


def short_threads():
    """Hundreds of threads that take two locks, always in the same order."""
    outer, inner, total = threading.Lock(), threading.RLock(), [0]

    def add(n):
        with outer, inner, inner:
            total[0] += n

    for begin in range(0, 400, 20):
        threads = [threading.Thread(target=add, args=(n,)) for n in range(begin, begin + 20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return total[0]


def ping_pong():
    """Two threads wait for each other by a condition, with and without a time limit."""
    condition, turns = threading.Condition(), [0]

    def play(parity, timeout):
        with condition:
            for _ in range(500):
                condition.wait_for(lambda: turns[0] % 2 == parity, timeout)
                turns[0] += 1
                condition.notify_all()

    threads = [threading.Thread(target=play, args=pair) for pair in ((0, None), (1, 60))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return turns[0]


def square(n):
    return n * n


def pools():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        digests = list(pool.map(lambda n: hashlib.sha256(b'%d' % n * 100000).hexdigest(), range(100)))
    with multiprocessing.get_context('fork').Pool(2) as pool:
        squares = pool.map(square, range(100))
    return hashlib.sha256(''.join(digests).encode()).hexdigest(), sum(squares)


def database():
    """SQLite has mutexes of its own."""
    shared = sqlite3.connect(':memory:', check_same_thread=False)
    shared.execute('create table numbers (n integer)')
    lock = threading.Lock()

    def insert(begin):
        for n in range(begin, begin + 250):
            with lock:
                shared.execute('insert into numbers values (?)', (n,))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(insert, range(0, 1000, 250)))
    return shared.execute('select count(*), sum(n) from numbers').fetchone()


def children():
    """Threads that start programs: fork and exec while others run."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return sum(pool.map(lambda n: int(subprocess.check_output(['echo', str(n)])), range(40)))


if __name__ == '__main__':
    print(work_queue(), short_threads(), ping_pong(), pools(), database(), children())
