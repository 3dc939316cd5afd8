"""A local HTTP server that remembers what it is asked and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Sink:
    """What came: (method, path, body); ``status`` is the answer to it, with a Location."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str]] = []
        self.status = 200
        self.host = ""
        self._arrived = threading.Condition()

    def add(self, method: str, path: str, body: str) -> None:
        with self._arrived:
            self.got.append((method, path, body))
            self._arrived.notify_all()

    def wait(self, count: int, seconds: float = 10.0) -> bool:
        """Whether ``count`` requests came within ``seconds``."""
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self.got) >= count, seconds)


@contextmanager
def http_sink() -> Iterator[Sink]:
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take("GET")

        def do_POST(self) -> None:
            self._take("POST")

        def _take(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sink.add(method, self.path, body.decode())
            self.send_response(sink.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.host = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
