# SPDX-License-Identifier: MIT
"""A server of radio: one who sends, one who listens, and a configuration that is read again."""
import os
import signal
import socket
import time

from stage import Failed, free_port
from story import Story
from verdict import Known

N_BYTES = 200000

CONFIG = '''<icecast>
  <authentication>
    <source-password>secret</source-password><admin-user>admin</admin-user><admin-password>secret</admin-password>
  </authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <paths>
    <logdir>{logs}</logdir>
    <webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot>
  </paths>
  <logging><errorlog>error.log</errorlog><loglevel>3</loglevel></logging>
  <security><chroot>0</chroot>{owner}</security>
</icecast>
'''
OWNER = '<changeowner><user>nobody</user><group>nogroup</group></changeowner>'  # root has to say who it wants to be


def ask(port, *lines):
    """A request, and the first line of the answer."""
    client = socket.create_connection(('127.0.0.1', port), timeout=20)
    client.sendall('\r\n'.join((*lines, '', '')).encode())
    answer = client.recv(4096)
    return client, answer.split(b'\r\n')[0]


def wait_for(path, words):
    end = time.monotonic() + 20
    while words not in path.read_text(errors='replace'):
        if time.monotonic() > end:
            raise Failed(f'{path} never says "{words}"')
        time.sleep(0.05)


def icecast(stage):
    port, logs = free_port(), stage.folder / 'logs'
    logs.mkdir()
    logs.chmod(0o777)
    config = stage.folder / 'icecast.xml'
    config.write_text(CONFIG.format(port=port, logs=logs, owner=OWNER if os.geteuid() == 0 else ''))
    with stage.server('icecast2', '-c', config, port=port) as server:
        source, accepted = ask(port, 'SOURCE /stream ICE/1.0', 'Authorization: Basic c291cmNlOnNlY3JldA==',
                               'Content-Type: audio/mpeg')
        source.sendall(bytes(N_BYTES))
        listener, answered = ask(port, 'GET /stream HTTP/1.0')
        server.signal(signal.SIGHUP)
        wait_for(logs / 'error.log', 're-reading config')
        source.sendall(bytes(N_BYTES))
        source.close()
        while listener.recv(1 << 16):
            pass
        listener.close()
    return accepted, answered


STORIES = {
    'icecast': Story(icecast, {'icecast2': 'icecast2'}, known=[Known(
        'lock-order-cycle', r'rwlock.*rwlock.*mutex', 'a deadlock of three threads, see found.md')]),
}
