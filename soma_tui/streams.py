"""Slow iterators, such as those that read folders, run on a thread and read on the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
_ITEMS_AHEAD = 64


async def from_thread(make: Callable[[], Iterator[Item]]) -> AsyncGenerator[Item, None]:
    """The items of `make()`, which runs on a thread; an error there is raised here.

    Closing the generator lets the thread end at its next item.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[tuple[Item] | None] = asyncio.Queue()
    left = threading.Event()
    ahead = threading.Semaphore(_ITEMS_AHEAD)

    def work() -> None:
        for item in make():
            ahead.acquire()
            if left.is_set():
                return
            loop.call_soon_threadsafe(items.put_nowait, (item,))

    done = loop.run_in_executor(None, work)
    done.add_done_callback(lambda _: items.put_nowait(None))
    try:
        while (item := await items.get()) is not None:
            ahead.release()
            yield item[0]
        await done
    finally:
        left.set()
        ahead.release()
