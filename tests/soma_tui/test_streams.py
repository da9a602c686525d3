"""Iterators on a thread, read on the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from soma_tui.streams import from_thread


async def test_all_items_come_in_their_order() -> None:
    threads = set()

    def make() -> Iterator[int]:
        for number in range(1000):
            threads.add(threading.current_thread())
            yield number

    assert [item async for item in from_thread(make)] == list(range(1000))
    assert threading.main_thread() not in threads


async def test_nothing_is_an_end_too() -> None:
    assert [item async for item in from_thread(lambda: iter(()))] == []


async def test_an_error_on_the_thread_is_raised_after_the_items_before_it() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    items = from_thread(make)
    assert await anext(items) == 1
    with pytest.raises(ValueError, match="broken"):
        await anext(items)


async def test_leaving_early_ends_the_thread() -> None:
    ended = threading.Event()

    def make() -> Iterator[int]:
        try:
            number = 0
            while True:
                yield (number := number + 1)
        finally:
            ended.set()

    async with aclosing(from_thread(make)) as items:
        async for item in items:
            if item == 3:
                break
    assert await asyncio.to_thread(ended.wait, 20)
