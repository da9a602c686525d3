"""Lists what was recalled for a message: text, source, date, why; pins and forgets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from agents.text import visible
from soma_tui.screens.dialogs import key_hints
from store.errors import SomaError
from store.message import Memory
from store.recall_sources import Item

if TYPE_CHECKING:
    from pathlib import PurePath

    from soma_tui.app import SomaApp

_MUTED = "$foreground 60%"
_LONGEST = 240
_LONGEST_NAME = 40
_Shown = tuple[Memory, Item | None]


class RecalledScreen(ModalScreen[None]):
    """What stood before a message in the prompt, best first. Enter shows where it was said."""

    app: SomaApp

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pin", "Pin"),
        Binding("delete", "forget", "Forget"),
        Binding("escape,m,alt+m", "dismiss", "Back"),
    ]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/memory.tcss"]

    def __init__(self, question: int) -> None:
        super().__init__()
        self._question = question
        self._shown: list[_Shown] = []

    def compose(self) -> ComposeResult:
        """Draw title, list and keys; what was recalled is read meanwhile."""
        self.list = OptionList(id="recalled", markup=False)
        with Vertical(classes="dialog page"):
            yield Static("", id="recalled-title", classes="dialog-title", markup=False)
            yield self.list
            yield Static("", id="recalled-said", classes="dialog-text", markup=False)
            yield Static(
                key_hints(
                    ("enter", "where it was said"), ("p", "pin"), ("Del", "forget"), ("esc", "back")
                ),
                classes="dialog-keys",
            )

    def on_mount(self) -> None:
        """Read what was recalled."""
        self.list.focus()
        self._look()

    @work(name="look what was recalled", group="recalled", exclusive=True)
    async def _look(self) -> None:
        runtime = self.app.runtime

        def read() -> tuple[str, list[_Shown]]:
            question = runtime.conversations.message(self._question)
            return question.text, [(one, self._item(one.ref)) for one in question.recalled]

        try:
            text, self._shown = await asyncio.to_thread(read)
        except SomaError as error:
            self._say(str(error), "$text-error")
            return
        title = self.query_one("#recalled-title", Static)
        title.update(f"Recalled for “{_short(text, _LONGEST_NAME)}”")
        kept = self.list.highlighted or 0
        self.list.set_options(_options(self._shown))
        self.list.highlighted = min(kept, len(self._shown) - 1) if self._shown else None
        if not self._shown:
            self._say("Nothing of it is left.")

    def _item(self, ref: str) -> Item | None:
        """What a reference names now; None where it is gone, or is no kind that is known."""
        try:
            return self.app.runtime.recall.recall.item(ref)
        except SomaError:
            return None

    @property
    def _highlighted(self) -> _Shown | None:
        number = self.list.highlighted
        return None if number is None or number >= len(self._shown) else self._shown[number]

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#recalled-said", Static).update(Content.styled(visible(text), style))

    def action_pin(self) -> None:
        """Let the highlighted memory be recalled before others, or no longer."""
        shown = self._highlighted
        if shown is not None:
            memory, item = shown
            self._pin(memory.ref, item is None or not item.pinned)

    @work(name="pin", group="change")
    async def _pin(self, ref: str, pinned: bool) -> None:
        try:
            await self.app.runtime.pin(ref, pinned)
        except SomaError as error:
            self._say(str(error), "$text-error")
        else:
            self._say("It is recalled before others." if pinned else "It is let loose.")
        self._look()

    def action_forget(self) -> None:
        """Show what would go with the highlighted memory, then forget it."""
        from soma_tui.screens.forgetting import ForgetScreen, target_of

        shown = self._highlighted
        if shown is None:
            return
        memory, item = shown
        if item is None:
            self._say("It is gone already.")
            return

        def answered(_: bool | None) -> None:
            self._look()

        self.app.push_screen(
            ForgetScreen(_short(memory.text, _LONGEST_NAME), target_of(item)), answered
        )

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show where it was said."""
        event.stop()
        shown = self._highlighted
        if shown is None:
            return
        item = shown[1]
        if item is None:
            self._say("It is gone since.")
            return
        if item.kind != "message":
            self._say(f"It is from {item.source}: Alt+4 shows it.")
            return
        self.dismiss()
        self.app.action_place_chat()
        await self.app.chat.go_to(int(item.group), item.id)


def _options(shown: Sequence[_Shown]) -> list[Option]:
    options = []
    for memory, item in shown:
        mark = "● " if item is not None and item.pinned else "  "
        moment = None if memory.time is None else datetime.fromtimestamp(memory.time)
        when = f"{moment.day} {moment:%B %Y}" if moment is not None else ""
        about = [memory.speaker, when, memory.source, memory.why]
        if item is None:
            about.insert(0, "gone since")
        line = visible(" · ".join(part for part in about if part))
        text = _short(memory.text, _LONGEST)
        options.append(Option(Content.assemble(mark, text, "\n  ", (line, _MUTED))))
    return options


def _short(text: str, length: int) -> str:
    plain = " ".join(visible(text).split())
    return plain if len(plain) <= length else f"{plain[:length]}…"
