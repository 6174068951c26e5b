# SPDX-License-Identifier: MIT
"""Chromium without a window, driven through its DevTools protocol over a pipe: real clicks, real keys, pictures.

https://chromedevtools.github.io/devtools-protocol/; messages end with a NUL byte.
"""
import base64
import json
import os
import shutil
import subprocess
import tempfile

PROGRAM = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')


class PageError(Exception):
    """Something that the page's script threw, or the browser refused."""


class Browser:
    def __init__(self, width=1200, height=900):
        self.profile = tempfile.mkdtemp(prefix='snag-browser.')
        to_browser, self.requests = os.pipe()
        self.answers, from_browser = os.pipe()
        self.process = subprocess.Popen(
            ['sh', '-c', f'exec "$@" 3<&{to_browser} 4>&{from_browser}', 'sh', PROGRAM, '--headless', '--no-sandbox',
             '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
             f'--user-data-dir={self.profile}', f'--window-size={width},{height}', '--remote-debugging-pipe', 'about:blank'],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.session, self.events = b'', 0, None, []
        target = self.ask('Target.createTarget', url='about:blank')['targetId']
        self.session = self.ask('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        self.ask('Page.enable')
        self.ask('Runtime.enable')
        self.ask('Network.enable')

    def close(self):
        os.close(self.requests)
        self.process.kill()
        self.process.wait()
        os.close(self.answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self):
        while b'\0' not in self.buffer:
            piece = os.read(self.answers, 1 << 20)
            if not piece:
                raise PageError('the browser has ended')
            self.buffer += piece
        message, self.buffer = self.buffer.split(b'\0', 1)
        return json.loads(message)

    def ask(self, method, **parameters):
        self.number += 1
        request = {'id': self.number, 'method': method, 'params': parameters}
        if self.session:
            request['sessionId'] = self.session
        os.write(self.requests, json.dumps(request).encode() + b'\0')
        while True:
            answer = self.receive()
            if answer.get('id') == self.number:
                if 'error' in answer:
                    raise PageError(answer['error'])
                return answer['result']
            self.events.append(answer)

    def wait_for(self, method):
        while not any(event.get('method') == method for event in self.events):
            self.events.append(self.receive())

    def open(self, path):
        self.events.clear()
        self.ask('Page.navigate', url='file://' + path)
        self.wait_for('Page.loadEventFired')

    def requested(self):
        """The addresses that the page has asked for."""
        self.evaluate('0')
        return [event['params']['request']['url'] for event in self.events
                if event.get('method') == 'Network.requestWillBeSent']

    def errors(self):
        self.evaluate('0')
        return [event['params'] for event in self.events if event.get('method') == 'Runtime.exceptionThrown']

    def evaluate(self, expression):
        answer = self.ask('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in answer:
            raise PageError(answer['exceptionDetails'])
        return answer['result'].get('value')

    def text(self, selector):
        return self.evaluate(f'document.querySelector({json.dumps(selector)}).innerText')

    def count(self, selector):
        """Elements that are shown."""
        return self.evaluate(f'[...document.querySelectorAll({json.dumps(selector)})].filter('
                             '(e) => e.checkVisibility()).length')

    def click(self, selector):
        """With the mouse, in the middle of the element."""
        x, y = self.evaluate(f'(() => {{ const e = document.querySelector({json.dumps(selector)});'
                             'e.scrollIntoView({block: "center"}); const b = e.getBoundingClientRect();'
                             'return [b.x + b.width / 2, b.y + b.height / 2]; })()')
        for kind in ('mousePressed', 'mouseReleased'):
            self.ask('Input.dispatchMouseEvent', type=kind, x=x, y=y, button='left', clickCount=1)

    def key(self, key, text=None):
        code = {'Enter': 13, 'Tab': 9, 'Escape': 27, 'ArrowLeft': 37, 'ArrowRight': 39}.get(key, 0)
        text = '\r' if key == 'Enter' else key if len(key) == 1 else text
        down = {'type': 'keyDown' if text else 'rawKeyDown', 'key': key, 'windowsVirtualKeyCode': code}
        self.ask('Input.dispatchKeyEvent', **down, **({'text': text} if text else {}))
        self.ask('Input.dispatchKeyEvent', type='keyUp', key=key, windowsVirtualKeyCode=code)

    def type(self, text):
        for letter in text:
            self.key(letter)

    def dark(self, is_dark):
        value = 'dark' if is_dark else 'light'
        self.ask('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': value}])

    def screenshot(self, path):
        with open(path, 'wb') as out:
            out.write(base64.b64decode(self.ask('Page.captureScreenshot')['data']))
