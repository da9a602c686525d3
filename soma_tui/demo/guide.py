"""The guide: plays the story until a person takes the keyboard, and goes on when they say so."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Literal

from textual import events

from soma_tui.actions import BY_ID
from soma_tui.demo.hands import Hands
from soma_tui.demo.pace import Pace
from soma_tui.demo.story import Step, Story
from soma_tui.demo.words import GO_ON, IN_THE_WAY, OVER, TAKEN, TAKES, YOURS, Told
from soma_tui.screens.tools import ToolsScreen
from soma_tui.widgets.composer import is_text
from store.errors import SomaError

if TYPE_CHECKING:
    from agents.events import Event
    from soma_tui.demo.guided_app import GuidedApp
    from training.demo.person import Person

_LET_PASS = frozenset(("pageup", "pagedown"))
_log = logging.getLogger(__name__)


class Guide:
    """Works one application by a person's story. `line` is what stands at the bottom, in parts
    that " · " divides; `keyboard` says whose the keyboard is."""

    def __init__(self, person: Person, conversations: int, pace: Pace) -> None:
        self.told = Told(conversations)
        self.line = ""
        self.keyboard: Literal["demo", "person", "free"] = "demo"
        self._person = person
        self._pace = pace
        self._going = asyncio.Event()
        self._going.set()
        self._step: asyncio.Task[None] | None = None
        self._last = ""

    async def play(self, app: GuidedApp) -> None:
        """Play the story to its end, and hand the keyboard over."""
        self._app = app
        self._quits = app.keymap.keys(BY_ID["quit"])
        self._hands = Hands(app, self._pace)
        self._story = Story(self._hands, self._person, self.told, self._say, self._hand_over)
        try:
            await self._hands.until(lambda: app.state.model or app.state.model_error)
            for step in self._story.steps():
                while not await self._played(step):
                    pass
        except SomaError as error:
            _log.error("the demo cannot go on: %s", error)
            self.told.sentence = f"The demo cannot go on: {error}"
            app.place.tell(self.told.sentence, "error")
        self.keyboard = "free"
        self._draw(OVER)
        app.place.tell(YOURS)

    async def _played(self, step: Step) -> bool:
        """Whether a step was played to its end, and not cut off."""
        await self._going.wait()
        self._step = asyncio.ensure_future(step())
        try:
            await asyncio.wait({self._step})
        finally:
            self._step.cancel()
        if self._step.cancelled():
            return False
        self._step.result()
        return True

    def heard(self, event: Event) -> None:
        """Take in what the runtime told."""
        if hasattr(self, "_story"):
            self._story.heard(event)

    # --- the line

    def _say(self, text: str) -> None:
        self._last = text
        if self.keyboard == "demo":
            self._draw(f"demo · {text} · {TAKES}")

    def _draw(self, line: str) -> None:
        self.line = line
        self._app.draw_guide()

    # --- whose the keyboard is

    def meets(self, event: events.Event) -> bool:
        """Whether an event ends here; whatever a person does takes the keyboard first."""
        if self.keyboard == "free" or not hasattr(self, "_hands"):
            return False
        if self._hands.has_pressed(event):
            return False
        if self.keyboard == "person":
            if isinstance(event, events.Key) and event.key == GO_ON:
                self._go_on()
                return True
            return False
        if isinstance(event, events.Key):
            return self._meets_key(event)
        self._take_over()
        return False

    def _meets_key(self, event: events.Key) -> bool:
        if event.key in _LET_PASS or event.key in self._quits:
            return False
        if event.key != GO_ON:
            self._take_over()
        # A letter begins a message; in another place it could begin something else.
        return not (is_text(event) and self._app.screen is self._app.chat)

    def stop(self) -> None:
        """Do nothing more; what was half written goes."""
        self._going.clear()
        if self._step is not None:
            self._step.cancel()
        if hasattr(self, "_hands"):
            self._hands.let_go()

    def _take_over(self) -> None:
        self.stop()
        self._hand_over(TAKEN)

    def _hand_over(self, line: str) -> None:
        self.keyboard = "person"
        self._going.clear()
        self._draw(line)

    def _go_on(self) -> None:
        if isinstance(self._app.screen, ToolsScreen):
            return
        if not self._hands.keyboard_is_free:
            self._app.place.tell(IN_THE_WAY, "warning")
            return
        self.keyboard = "demo"
        self._say(self._last)
        self._going.set()
