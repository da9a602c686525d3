"""A download in the place for models: looked up, agreed to, fetched, tried, added."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from agents.text import visible

if TYPE_CHECKING:
    from agents.hub import Download
    from agents.model_listing import KnownModel
    from soma_tui.screens.models import ModelsScreen


async def download(screen: ModelsScreen, reference: str) -> KnownModel | None:
    """Give the model that was added, or None where the user did not agree.

    What is done meanwhile is told to the screen. Raises SomaError with the reason why it cannot be
    had, and CancelledError where the user stops it.
    """
    pulling = screen.app.runtime.pulling()
    screen.say_doing(f"asking the hub for {visible(reference)} · esc stops it")
    found = await pulling.look_up(reference)
    if not await _agreed(screen, found):
        return None
    async with aclosing(pulling.fetch(found)) as steps:
        async for done, total in steps:
            share = f"{done / (total or 1):.0%} · {done / 1e9:.2f} of {total / 1e9:.2f} GB"
            screen.say_doing(f"downloading {visible(reference)} · {share} · esc stops it")
    screen.say_doing(f"trying {visible(reference)} in a process of its own · esc stops it")
    return await pulling.add(found)


async def _agreed(screen: ModelsScreen, found: Download) -> bool:
    from soma_tui.screens.dialogs import Confirmation

    (file,) = found.files
    question = f"Download {visible(file.name)}?"
    follows = (
        f"{found.size_bytes / 1e9:.2f} GB from {visible(found.repository)}, under the licence "
        f"“{visible(found.licence)}”. It goes to SOMA's folder for models."
    )
    answer: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()

    def answered(agreed: bool | None) -> None:
        if not answer.done():
            answer.set_result(agreed)

    screen.app.push_screen(Confirmation(question, follows, "download", "back"), answered)
    return bool(await answer)


def stopped_line(reference: str) -> str:
    """What is said where a download was stopped."""
    return f"{visible(reference)} was stopped; what was fetched is kept, and g goes on with it."
