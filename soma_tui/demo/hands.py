"""The hands of the guide: they type, do what keys do, and wait until the screen shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events

from soma_tui.demo.pace import Pace
from store.errors import SomaError

if TYPE_CHECKING:
    from soma_tui.app import SomaApp
    from soma_tui.places import PlaceId
    from soma_tui.state import Entry

_STEP = 0.02


class Hands:
    """Works an application as a person does, by its actions and keys, at a pace."""

    def __init__(self, app: SomaApp, pace: Pace) -> None:
        self.app = app
        self.pace = pace
        self._typed: str | None = None
        self._pressed: list[events.Key] = []

    # --- waiting

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition is true."""
        while not condition():
            await asyncio.sleep(_STEP)

    async def look(self, share: float = 1.0) -> None:
        """Let what is shown be looked at."""
        await asyncio.sleep(self.pace.look * share)

    async def read(self, text: str) -> None:
        """Let a text be read."""
        await asyncio.sleep(self.pace.reading(text))

    # --- keys and places

    async def do(self, action: str) -> None:
        """Do what the registry calls `action`; on return it was begun."""
        begun = asyncio.Event()
        self.app.perform(action)
        self.app.call_later(begun.set)
        await begun.wait()

    def press(self, key: str) -> None:
        """Press a key, as on the keyboard."""
        event = events.Key(key, None)
        self._pressed.append(event)
        self.app.post_message(event)

    def has_pressed(self, event: events.Event) -> bool:
        """Whether an event is a key that these hands pressed; each is asked for once."""
        found = any(event is one for one in self._pressed)
        self._pressed = [one for one in self._pressed if one is not event]
        return found

    async def go(self, place: PlaceId) -> None:
        """Go to a place; a dialog that is open is closed."""
        await self.do(f"place_{place}")
        await self.until(lambda: self.app.screen is self.app.places.get(place))

    # --- the chat

    async def begin_conversation(self) -> None:
        """Go to a new conversation."""
        chat = self.app.chat
        await self.go("chat")
        await self.do("new")
        await self.until(
            lambda: (
                chat.state.conversation is None
                and not chat.transcript.entries
                and not chat.composer.whole_text
                and None not in chat.state.saving
            )
        )

    async def say(self, text: str) -> Entry:
        """Write a message, send it, and give the answer once it has ended.

        Raises SomaError where it is not stored, or no answer comes.
        """
        chat, before = self.app.chat, len(self.app.chat.transcript.entries)
        await self._write(text)
        await self.do("send")
        await self.until(lambda: not chat.composer.whole_text or self._failed())
        self._typed = None
        await self.until(lambda: self._answer_after(before + 1) is not None or self._failed())
        answer = self._answer_after(before + 1)
        if answer is None:
            raise SomaError("a message got no answer")
        return answer

    def _failed(self) -> bool:
        state = self.app.state
        ended = None if state.conversation is None else state.endings.get(state.conversation)
        return state.conversation in state.unsaved or ended == "failed"

    def _answer_after(self, count: int) -> Entry | None:
        entries = self.app.chat.transcript.entries
        last = entries[-1] if len(entries) > count else None
        running = self.app.state.conversation in self.app.state.answers
        return None if last is None or last.running or running else last

    async def rate_up(self) -> None:
        """Rate the last answer up."""
        await self.do("rate_up")
        await self.until(lambda: self.app.chat.transcript.entries[-1].rating > 0)

    async def correct(self, better: str) -> None:
        """Write the better answer in the place of the last one."""
        composer = self.app.chat.composer
        self._typed = ""
        await self.do("better")
        await self.until(lambda: composer.purpose)
        await self.read("")
        composer.put("")
        await self._write(better)
        await self.read("")
        await self.do("send")
        await self.until(lambda: self.app.chat.transcript.entries[-1].better == better)
        await self.until(lambda: not composer.purpose)
        self._typed = None

    async def _write(self, text: str) -> None:
        composer = self.app.chat.composer
        for part in text if self.pace.letter else (text,):
            self._typed = (self._typed or "") + part
            composer.insert(part)
            await asyncio.sleep(self.pace.letter)

    def let_go(self) -> None:
        """Take what these hands have half written out of the composer."""
        composer = self.app.chat.composer
        if self._typed is None:
            return
        if composer.purpose:
            composer.end()
        elif composer.whole_text == self._typed:
            composer.put("")
        self._typed = None

    @property
    def keyboard_is_free(self) -> bool:
        """Whether a message can be begun without anything of a person's in its way."""
        chat = self.app.chat
        here = chat.composer.unsent if chat.state.conversation is None else ""
        return not (here or chat.state.drafts.text(None))
