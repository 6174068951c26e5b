# SPDX-License-Identifier: MIT
"""Servers that keep values in memory, under clients that check every answer."""
import os
import pwd

import loads
from stage import free_port
from story import Story


def own_name():
    return pwd.getpwuid(os.geteuid()).pw_name


def memcached_as(user):
    def play(stage):
        port = free_port()
        with stage.server('memcached', '-u', user(), '-l', '127.0.0.1', '-p', port, '-U', '0', '-t', '4', '-m', '64',
                          port=port):
            return loads.memcached(port)
    return play


def redis(stage):
    port = free_port()
    with stage.server('redis-server', '--port', port, '--bind', '127.0.0.1', '--io-threads', '2',
                      '--io-threads-do-reads', 'yes', '--save', '', '--dir', stage.folder, port=port):
        stage.help('redis-benchmark', '-q', '-h', '127.0.0.1', '-p', port, '-c', '50', '-n', '10000', '-P', '8',
                   '-t', 'set,get,lpush,lrange_100')
        total = loads.redis(port)
        stage.help('redis-cli', '-h', '127.0.0.1', '-p', port, 'bgsave')
    return total


REDIS = {'redis-server': 'redis-server', 'redis-benchmark': 'redis-tools'}
MEMCACHED = {'memcached': 'memcached'}
STORIES = {
    'memcached': Story(memcached_as(own_name), MEMCACHED),
    'memcached-nobody': Story(memcached_as(lambda: 'nobody'), MEMCACHED),
    'redis': Story(redis, REDIS),
}
