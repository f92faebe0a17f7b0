"""The sockets: a threading HTTP server around the app, and the thread that tells of events beside it."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from config.embedded.provider.app import App
from config.embedded.provider.calls import Answer, Request, Settings
from config.embedded.provider.store import Store
from config.embedded.provider.webhooks import Deliverer

_LARGEST_BODY = 1_000_000
_IDLE_SECONDS = 120


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox-provider"
    sys_version = ""
    timeout = _IDLE_SECONDS
    # Head and body go out at once; without this the second waits for an acknowledgement of the first.
    disable_nagle_algorithm = True
    wbufsize = -1

    server: "_Server"

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_DELETE = do_GET  # noqa: N815

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST_BODY or "Transfer-Encoding" in self.headers:
            self.send_error(413)
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, parts.query, headers, self.rfile.read(int(length)))
        answer = self.server.app.answer(request, now=self.server.clock())
        if answer.hang:
            # Ends early when the provider stops, so that nobody waits for it.
            self.server.stopping.wait(answer.hang)
        if answer.close:
            self.close_connection = True
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a request log would drown what `script/run` shows."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    app: App
    clock: Callable[[], float]

    def __init__(self, port: int) -> None:
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers who hang up; what goes wrong inside the app has been printed there."""


class Provider:
    """A running provider on 127.0.0.1. `port` 0 takes a free one; `url` is where it listens.

    `clock` tells what it takes for now, in seconds since 1970.
    """

    def __init__(self, settings: Settings, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self._server = _Server(port)
        self._server.clock = clock
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.settings = replace(settings, public_url=settings.public_url or self.url)
        self._store = Store(self.settings.store)
        self._deliverer = Deliverer(self._store, self.settings)
        self._server.app = App(self.settings, self._store, self._deliverer.ring)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="server", daemon=True)

    def start(self) -> None:
        """Listen, and tell what is still to be told from before."""
        self._deliverer.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and telling, and close the file."""
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._deliverer.stop()
        self._store.close()

    def __enter__(self) -> "Provider":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
