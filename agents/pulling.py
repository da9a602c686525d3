"""Downloads of models that the rest of SOMA waits for: in a thread, told a few times a second."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from agents.hub import Download, Hub, StoppedError
from agents.model_listing import KnownModel
from agents.models import ModelLibrary

_SECONDS_BETWEEN_TELLING = 0.2


class Pulling:
    """Looks models up, fetches them into `folder` and adds them to `models`.

    Its methods raise HubError with the reason where something cannot be done.
    """

    def __init__(
        self,
        folder: Path,
        models: ModelLibrary,
        *,
        hub: Hub | None = None,
        token: str | None = None,
    ) -> None:
        self._folder = folder
        self._models = models
        self._hub = hub or Hub(token=token)

    def folder_of(self, download: Download) -> Path:
        """Where the files of a download are put."""
        return self._folder / download.folder

    async def look_up(self, reference: str, *, checkpoint: bool = False) -> Download:
        """What a reference means to the hub; see `Hub.look_up`."""
        return await asyncio.to_thread(self._hub.look_up, reference, checkpoint=checkpoint)

    async def fetch(self, download: Download) -> AsyncGenerator[tuple[int, int], None]:
        """Fetches the files; yields how many bytes of how many are there, at last all.

        Left early, it stops within a few hundred kilobytes, and what is there is kept for the next
        time.
        """
        steps: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        stopped = threading.Event()
        told = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal told
            if done >= total or time.monotonic() - told > _SECONDS_BETWEEN_TELLING:
                told = time.monotonic()
                loop.call_soon_threadsafe(steps.put_nowait, (done, total))

        def work() -> None:
            try:
                self._hub.fetch(download, self._folder, tell, stopped)
            except StoppedError:
                return

        task = asyncio.create_task(asyncio.to_thread(work))
        task.add_done_callback(lambda _: steps.put_nowait(None))
        try:
            while (step := await steps.get()) is not None:
                yield step
            await task
        finally:
            stopped.set()
            await asyncio.wait({task})

    async def add(self, download: Download) -> KnownModel:
        """Tries the GGUF file that was fetched, in a process of its own, and adds it.

        Raises as `ModelLibrary.add` does.
        """
        (file,) = download.files
        return await self._models.add(self.folder_of(download) / file.name)
