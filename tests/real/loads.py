# SPDX-License-Identifier: MIT
"""Clients that check every answer: of memcached, of redis, of web servers."""
import concurrent.futures
import http.client
import socket

from stage import Failed


class Connection:
    """A line-wise conversation."""

    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=30)
        self.lines = self.socket.makefile('rb')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        return self.lines.readline().rstrip(b'\r\n')

    def expect(self, answer):
        got = self.line()
        if got != answer:
            raise Failed(f'the server answered {got!r}, expected {answer!r}')

    def value(self, size):
        data = self.lines.read(size + 2)
        return data[:-2]


def at_once(n_clients, client, *arguments):
    """Runs client(number, *arguments) for so many clients at the same time; returns what they returned."""
    with concurrent.futures.ThreadPoolExecutor(n_clients) as pool:
        return list(pool.map(lambda number: client(number, *arguments), range(n_clients)))


# ---- memcached ------------------------------------------------------------------------------------------------------

def memcached_client(number, port, n_keys):
    with Connection(port) as server:
        for i in range(n_keys):
            value = b'%d.' % (number * n_keys + i) * (1 + i % 50)
            server.send(b'set key.%d.%d 0 0 %d\r\n%s\r\n' % (number, i, len(value), value))
            server.expect(b'STORED')
            server.send(b'incr total 1\r\n')
            server.line()
            server.send(b'get key.%d.%d\r\n' % (number, i))
            server.expect(b'VALUE key.%d.%d 0 %d' % (number, i, len(value)))
            if server.value(len(value)) != value:
                raise Failed(f'memcached lost value {i} of client {number}')
            server.expect(b'END')


def memcached(port, n_clients=16, n_keys=300):
    with Connection(port) as server:
        server.send(b'set total 0 0 1\r\n0\r\n')
        server.expect(b'STORED')
        at_once(n_clients, memcached_client, port, n_keys)
        server.send(b'incr total 0\r\n')
        return int(server.line())


# ---- redis ----------------------------------------------------------------------------------------------------------

def redis_command(*words):
    return b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words)


def redis_client(number, port, n_rounds):
    """Sends commands in batches, so that the server has work for its threads."""
    with Connection(port) as server:
        for i in range(n_rounds):
            keys = [b'key:%d:%d:%d' % (number, i, k) for k in range(20)]
            values = [key[::-1] * (1 + i % 20) for key in keys]
            server.send(b''.join(redis_command(b'SET', *pair) for pair in zip(keys, values)) +
                        b''.join(redis_command(b'GET', key) for key in keys) + redis_command(b'INCR', b'total'))
            for _ in keys:
                server.expect(b'+OK')
            for value in values:
                server.expect(b'$%d' % len(value))
                if server.value(len(value)) != value:
                    raise Failed(f'redis lost a value of client {number}, round {i}')
            server.line()


def redis(port, n_clients=16, n_rounds=30):
    at_once(n_clients, redis_client, port, n_rounds)
    with Connection(port) as server:
        server.send(redis_command(b'GET', b'total'))
        server.line()
        return int(server.line())


# ---- web servers ----------------------------------------------------------------------------------------------------

def web_client(number, port, paths):
    """Fetches each path over one connection; returns the bodies."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
    bodies = []
    for path in paths[number:] + paths[:number]:
        connection.request('GET', path)
        bodies.append((path, connection.getresponse().read()))
    connection.close()
    return sorted(bodies)


def web(port, paths, n_clients=8):
    """What all clients got; they must have got the same."""
    answers = at_once(n_clients, web_client, port, paths)
    if any(answer != answers[0] for answer in answers):
        raise Failed('the server gave different clients different files')
    return answers[0]
