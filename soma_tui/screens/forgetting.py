"""Shows what forgetting takes away, forgets once that is wanted, and shows the receipt."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from agents.forgetting import Target
from agents.text import visible
from soma_tui.commands.memory_lines import preview, receipt
from soma_tui.screens.dialogs import key_hints
from store.errors import SomaError
from store.recall_sources import Item

if TYPE_CHECKING:
    from soma_tui.app import SomaApp

_R = TypeVar("_R")
_log = logging.getLogger(__name__)


def target_of(item: Item) -> Target:
    """What is forgotten of something that was recalled: of a passage, its whole document."""
    if item.kind == "passage":
        return Target("document", int(item.group.rpartition(":")[2]))
    return Target("fact" if item.kind == "fact" else "message", item.id)


class ForgetScreen(ModalScreen[bool]):
    """Asks once; the result is whether it was forgotten. Esc keeps it, or closes the receipt."""

    app: SomaApp

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "go_on", "Forget"),
        Binding("escape,n", "close", "Keep"),
    ]

    def __init__(self, what: str, target: Target) -> None:
        super().__init__()
        self._what = what
        self._target = target
        self._state = "looking"

    def compose(self) -> ComposeResult:
        """Draw the question; what would go is looked up meanwhile."""
        with Vertical(classes="dialog"):
            title = f"Forget “{self._what}” for good?"
            yield Static(title, id="forget-title", classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-body"):
                yield Static(
                    "looking what hangs together with it …", id="forget-text", markup=False
                )
            yield Static("", id="forget-keys", classes="dialog-keys", markup=False)

    def on_mount(self) -> None:
        """Look what would go."""
        self.query_one(".dialog-body").focus()
        self._keys(("esc", "keep"))
        self._look()

    @work(name="look what would go", group="forget")
    async def _look(self) -> None:
        shown = await self._told(lambda: self.app.runtime.remembering.preview(self._target))
        if shown is not None:
            self._state = "asking"
            self._say(preview(asdict(shown)))
            self._keys(("enter", "forget"), ("esc", "keep"))

    def action_go_on(self) -> None:
        """Forget, if it was shown what goes; close the receipt."""
        if self._state == "asking":
            self._state = "forgetting"
            self._say("forgetting …")
            self._keys()
            # A worker of the application's ends its work also where this screen is left.
            self.app.run_worker(self._forget(), name="forget", group="forget")
        elif self._state == "done":
            self.dismiss(True)

    def action_close(self) -> None:
        """Go back; what has begun is brought to its end first."""
        if self._state != "forgetting":
            self.dismiss(self._state == "done")

    async def _forget(self) -> None:
        done = await self._told(lambda: self.app.runtime.forget(self._target))
        if done is not None and self.is_running:
            self._state = "done"
            self.query_one("#forget-title", Static).update("Forgotten")
            self._say(receipt(asdict(done)))
            self._keys(("enter", "close"))

    async def _told(self, work: Callable[[], Awaitable[_R]]) -> _R | None:
        """What the work gives; None where it fails, which is said."""
        try:
            return await work()
        except SomaError as error:
            _log.error("%s", error)
            if not self.is_running:
                self.app.place.tell(str(error), "error")
                return None
            self._state = "failed"
            self._say(visible(str(error)), "$text-error")
            self._keys(("esc", "close"))
            return None

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#forget-text", Static).update(Content.styled(text, style))

    def _keys(self, *hints: tuple[str, str]) -> None:
        self.query_one("#forget-keys", Static).update(key_hints(*hints))
