# SPDX-License-Identifier: MIT
"""A web server with a thread pool, a client that fetches many things at once, a browser."""
import contextlib
import functools
import http.server
import threading

import inputs
import loads
from stage import Failed, free_port
from story import Story

N_FILES = 40
PATHS = [f'/file{i}' for i in range(N_FILES)]


def prepare(stage):
    """Files of very different sizes."""
    for i, path in enumerate(PATHS):
        (stage.inputs / path[1:]).write_bytes(inputs.text(1000 * (i + 1) ** 2 // 2, seed=i))


# ---- nginx ----------------------------------------------------------------------------------------------------------

NGINX = '''daemon off;
worker_processes 2;
pid {folder}/pid;
error_log {folder}/error.log notice;
thread_pool default threads=4 max_queue=65536;
events {{ worker_connections 256; }}
http {{
	access_log {folder}/access.log;
	client_body_temp_path {folder}/body;
	proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	aio threads;
	sendfile off;
	output_buffers 2 16k;
	server {{ listen 127.0.0.1:{port}; root {inputs}; }}
}}
'''


def nginx(stage):
    """A master and two workers, which give up the rights of root and read files by threads."""
    port = free_port()
    config = stage.folder / 'nginx.conf'
    config.write_text(NGINX.format(folder=stage.folder, inputs=stage.inputs, port=port))
    with stage.server('nginx', '-c', config, port=port):
        bodies = loads.web(port, PATHS)
        stage.help('ab', '-q', '-n', '2000', '-c', '20', f'http://127.0.0.1:{port}/file20')
    if any(body != (stage.inputs / path[1:]).read_bytes() for path, body in bodies):
        raise Failed('nginx served something else than what is there')
    return len(bodies)


# ---- a server of our own --------------------------------------------------------------------------------------------

class Files(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve(handler):
    """Yields the server; its port is server_port."""
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def curl(stage):
    """A host that has to be looked up is looked up by a thread."""
    with serve(functools.partial(Files, directory=stage.inputs)) as server:
        stage.run('curl', '-sS', '--parallel', '--parallel-max', '8', '-o', stage.folder / 'got#1',
                  f'http://localhost:{server.server_port}/file[0-{N_FILES - 1}]').expect(0)
    return [inputs.digest_of_file(stage.folder / f'got{i}') for i in range(N_FILES)]


# ---- chromium -------------------------------------------------------------------------------------------------------

PAGE = b'''<!doctype html><title>page</title><p id=sum></p><script>
const source = 'onmessage = e => { let s = 0; for (let i = 0; i < e.data; i++) s += i % 7; postMessage(s); }';
const url = URL.createObjectURL(new Blob([source]));
const run = n => new Promise(done => {
	const worker = new Worker(url);
	worker.onmessage = e => { worker.terminate(); done(e.data); };
	worker.postMessage(n);
});
Promise.all([1e5, 2e5, 3e5, 4e5].map(run)).then(sums => {
	document.getElementById('sum').textContent = 'sums ' + sums.join(' ');
	fetch('/done');
});
</script><img src=/wait>
'''


class Page(Files):
    """The page, and an image that is not there before the page has fetched /done: so it is not whole before."""

    def do_GET(self):
        if self.path == '/done':
            self.server.is_done.set()
        if self.path == '/wait':
            self.server.is_done.wait(150)
        body = PAGE if self.path == '/page.html' else b''
        self.send_response(200 if body else 404)
        self.send_header('Content-Type', 'text/html')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def chromium(stage):
    """Renders a page whose script computes by four workers, in a dozen processes with many threads."""
    with serve(Page) as server:
        server.is_done = threading.Event()
        dom = stage.run('chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
                        '--no-first-run', f'--user-data-dir={stage.folder}/profile', '--dump-dom',
                        f'http://127.0.0.1:{server.server_port}/page.html').expect(0)
    if b'sums 2999' not in dom:
        raise Failed(f'the page came to {dom[-2000:]!r}')
    return dom


STORIES = {
    'nginx': Story(nginx, {'nginx': 'nginx', 'ab': 'apache2-utils'}, prepare),
    'curl': Story(curl, {'curl': 'curl'}, prepare),
    'chromium': Story(chromium, {'chromium': 'chromium'}, limit_s=180),
}
