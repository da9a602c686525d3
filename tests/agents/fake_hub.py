"""A hub on this machine that speaks as much of the Hugging Face protocol as a download needs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c" * 40


class FakeHub(ThreadingHTTPServer):
    """Serves `files` of the repository `org/model`; a token opens it where it is gated.

    `cuts` counts down the answers that end before their last byte; `asked` lists what was asked.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.digests = {name: sha256(data).hexdigest() for name, data in files.items()}
        self.licence = "apache-2.0"
        self.token: str | None = None
        self.cuts = 0
        self.asked: list[tuple[str, str, str | None]] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        hub, path = self.server, self.path.partition("?")[0]
        hub.asked.append((self.command, path, self.headers.get("Range")))
        if path == "/api/models/org/model":
            self._send(200, json.dumps(self._info()).encode(), {}, body)
            return
        start = f"/org/model/resolve/{COMMIT}/"
        name = path.removeprefix(start)
        if not path.startswith(start) or name not in hub.files:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"}, body)
        elif hub.token and self.headers.get("Authorization") != f"Bearer {hub.token}":
            self._send(403, b"", {"X-Error-Code": "GatedRepo"}, body)
        else:
            self._send_file(name, body)

    def _info(self) -> dict[str, object]:
        siblings = [
            {
                "rfilename": name,
                "size": len(data),
                "blobId": "0" * 40,
                "lfs": {
                    "size": len(data),
                    "sha256": self.server.digests[name],
                    "pointerSize": 100,
                },
            }
            for name, data in self.server.files.items()
        ]
        card = {"license": self.server.licence}
        return {"id": "org/model", "sha": COMMIT, "cardData": card, "siblings": siblings}

    def _send_file(self, name: str, body: bool) -> None:
        data, status = self.server.files[name], 200
        headers = {"ETag": f'"{self.server.digests[name]}"', "X-Repo-Commit": COMMIT}
        headers["Accept-Ranges"] = "bytes"
        if (wanted := self.headers.get("Range")) and body:
            first = int(wanted.removeprefix("bytes=").partition("-")[0])
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
            data, status = data[first:], 206
        self._send(status, data, headers, body)

    def _send(self, status: int, data: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body and data and self.server.cuts and "/resolve/" in self.path:
            self.server.cuts -= 1
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        elif body:
            self.wfile.write(data)


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[FakeHub]:
    """A hub with these files, while the context lasts."""
    hub = FakeHub(files)
    thread = threading.Thread(target=hub.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
