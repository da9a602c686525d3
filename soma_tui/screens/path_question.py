"""Asks for the path of a file, completed by Tab as in a shell."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from agents.text import visible
from soma_tui.path_completion import complete, problem_of
from soma_tui.screens.dialogs import key_hints

_MOST_NAMES = 6


class PathQuestion(ModalScreen[str | None]):
    """Asks for a file whose name ends in `suffix`, or in one of several.

    The result is its path as it was typed, or None.

    It closes only on a file that is there; what is wrong stands below the line while it is typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("tab", "complete", "Complete", priority=True),
    ]

    def __init__(self, question: str, value: str, suffix: str | tuple[str, ...]) -> None:
        super().__init__()
        self._question = question
        self._value = value
        self._suffix = suffix

    def compose(self) -> ComposeResult:
        """Draw question, line, what is said about it, and keys."""
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="dialog-title", markup=False)
            line = Input(self._value, compact=True, select_on_focus=False)
            line.cursor_blink = False
            yield line
            yield Static("", id="path-said", classes="dialog-text", markup=False)
            yield Static(
                key_hints(("enter", "add"), ("tab", "complete"), ("esc", "back")),
                classes="dialog-keys",
            )

    def action_complete(self) -> None:
        """Complete what stands before the cursor."""
        self._complete()

    @work(name="complete a path", group="path", exclusive=True)
    async def _complete(self) -> None:
        line = self.query_one(Input)
        before, after = line.value[: line.cursor_position], line.value[line.cursor_position :]
        completion = await asyncio.to_thread(complete, before, self._suffix)
        if line.value != before + after:
            return
        line.value = completion.text + after
        line.cursor_position = len(completion.text)
        names = [visible(name) for name in completion.names]
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        if names:
            self._say("  ".join(names[:_MOST_NAMES]) + more)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what is wrong with the path as far as it is typed."""
        event.stop()
        self._judge(event.value)

    @work(name="look at a path", group="judge", exclusive=True)
    async def _judge(self, value: str) -> None:
        problem = await asyncio.to_thread(problem_of, value)
        self._say(problem)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the path back if a file is there."""
        event.stop()
        self._submit(event.value.strip())

    @work(name="take a path", group="submit", exclusive=True)
    async def _submit(self, value: str) -> None:
        if not value:
            self._say("Type the path of a file first.", "$text-error")
            return
        problem = await asyncio.to_thread(problem_of, value)
        if problem:
            self._say(problem, "$text-error")
        else:
            self.dismiss(value)

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#path-said", Static).update(Content.styled(text, style))
