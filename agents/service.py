"""The open SOMA as a service: JSON lines over a Unix socket in its data directory.

A request is one line; the replies are lines, the last of which holds `result` or `error`. A client
that goes away cancels what it asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

from agents.operations import Json, RequestError, perform
from agents.runtime import Runtime
from store.errors import SomaError

_log = logging.getLogger(__name__)
_LONGEST_LINE = 64 * 1024 * 1024
_LONGEST_ADDRESS = 100


class NotOpenError(SomaError):
    """No SOMA answers on the socket."""


class Service:
    """Serves the operations of one runtime on `path`, which only its owner may open (mode 0600)."""

    def __init__(self, runtime: Runtime, path: Path) -> None:
        self._runtime = runtime
        self._path = path
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listens. The caller holds the writer's lock, so a socket that lies there is a dead
        SOMA's."""
        self._path.unlink(missing_ok=True)
        with _address(self._path) as address:
            mask = os.umask(0o177)
            try:
                self._server = await asyncio.start_unix_server(
                    self._serve, address, limit=_LONGEST_LINE
                )
            finally:
                os.umask(mask)

    async def close(self) -> None:
        """Stops listening, ends what clients wait for and removes the socket."""
        if self._server is None:
            return
        self._server.close()
        self._path.unlink(missing_ok=True)
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await self._reply(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            _log.info("a client went away")
        finally:
            self._clients.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(reply: Json) -> None:
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()

        try:
            request = json.loads(await reader.readline())
            if not isinstance(request, dict):
                raise RequestError("a request is one JSON object in one line")
        except (ValueError, RequestError) as error:
            await send({"error": f"the request cannot be read: {error}"})
            return
        work = asyncio.create_task(self._perform(request, send))
        gone = asyncio.create_task(reader.read())
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await work

    async def _perform(self, request: Json, send: Callable[[Json], Awaitable[None]]) -> None:
        try:
            async with aclosing(perform(self._runtime, request)) as replies:
                async for reply in replies:
                    await send(reply)
        except SomaError as error:
            await send({"error": str(error)})
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            _log.exception("operation %s", request.get("operation"))
            await send({"error": "SOMA made a mistake here; soma.log has the details"})


async def call(path: Path, request: Json) -> AsyncGenerator[Json, None]:
    """The replies of the SOMA that is open there.

    Raises NotOpenError when none is, and SomaError with what that SOMA says went wrong.
    """
    try:
        with _address(path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=_LONGEST_LINE)
    except OSError as error:
        raise NotOpenError(f"no SOMA is open on {path}") from error
    try:
        writer.write(json.dumps(request).encode() + b"\n")
        await writer.drain()
        ended = False
        while line := await reader.readline():
            reply = json.loads(line)
            if "error" in reply:
                raise SomaError(reply["error"])
            ended = "result" in reply
            yield reply
        if not ended:
            raise SomaError("SOMA was closed before it had answered; ask again")
    except ConnectionError as error:
        raise SomaError("SOMA was closed before it had answered; ask again") from error
    finally:
        writer.close()


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """A name for the socket within the 108 bytes that the system allows, however deep it lies."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS or not Path("/proc/self/fd").exists():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
