"""Why this answer? It is given again, as it was and with one thing other, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import Worker

from agents import why
from agents.text import visible
from agents.why import Change
from soma_tui.screens.dialogs import key_hints
from soma_tui.state import Entry
from soma_tui.widgets.head import workers
from store.errors import SomaError

if TYPE_CHECKING:
    from pathlib import PurePath

    from agents.runtime import Runtime

_MUTED = "$foreground 60%"
_SECONDS_BETWEEN_PAINTS = 0.1


def changes(entry: Entry, people: Sequence[tuple[str, str]]) -> list[tuple[Change, str]]:
    """What can be other in an answer, and how that is called."""
    found = [] if entry.run is not None else [(Change("memory"), "without memory")]
    if entry.version:
        found.append((Change("adapter"), f"without {visible(entry.version)}"))
    present = entry.specialists or ("personal",)
    return [*found, *((Change(by=name), f"by {name}") for name, _ in people if (name,) != present)]


class WhyScreen(ModalScreen[None]):
    """Two columns that stream at the same time; what is changed is chosen by arrow keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Stop, or back"),
        Binding("down,right", "change(1)", "Next change"),
        Binding("up,left", "change(-1)", "Previous change"),
        Binding("enter", "again", "Answer again"),
        Binding("k", "keep", "Keep as a branch"),
        Binding("pagedown", "scroll(1)", "One page down"),
        Binding("pageup", "scroll(-1)", "One page up"),
    ]
    AUTO_FOCUS = ""
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/why.tcss"]

    def __init__(self, runtime: Runtime, entry: Entry, people: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._runtime = runtime
        self._entry = entry
        self._changes = changes(entry, people)
        self._at = 0
        self._texts: list[list[str]] = [[], []]
        self._shown: Change | None = None
        self._whole: dict[int, str] = {}
        self._altered = False
        self._answering: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Draw title, what is changed, the two columns and keys."""
        who = workers(self._entry)
        about = f" · {who}" if who else ""
        with Vertical(classes="dialog", id="why"):
            yield Static(f"Why this answer?{about}", classes="dialog-title", markup=False)
            yield Static("", id="why-change", markup=False)
            with Container(id="why-sides"):
                for number in (0, 1):
                    with VerticalScroll(classes="why-side", can_focus=False):
                        yield Static("", id=f"why-title-{number}", markup=False)
                        yield Static("", id=f"why-text-{number}", markup=False)
            yield Static("", id="why-said", classes="dialog-text", markup=False)
            yield Static(
                key_hints(
                    ("↑ ↓", "what is changed"), ("enter", "again"), ("k", "keep as a branch"),
                    ("esc", "stop, back"),
                ),
                classes="dialog-keys",
            )  # fmt: skip

    def on_mount(self) -> None:
        """Say what can be changed, and draw at a steady pace."""
        self.set_interval(_SECONDS_BETWEEN_PAINTS, self._paint)
        self.query_one("#why-title-0", Static).update(Content.styled("as it was", "bold"))
        self.query_one("#why-text-0", Static).update(visible(self._entry.text))
        self.action_change(0)

    # --- what the keys do

    def action_change(self, step: int) -> None:
        """Choose another thing to be changed."""
        if not self._changes:
            self._say("There is nothing here that can be changed.")
            return
        self._at = (self._at + step) % len(self._changes)
        name = self._changes[self._at][1]
        place = f"  {self._at + 1} of {len(self._changes)} · enter answers again"
        self.query_one("#why-change", Static).update(
            Content.assemble((name, "bold"), (place, _MUTED))
        )

    def action_again(self) -> None:
        """Answer again, in both ways."""
        if not self._changes:
            return
        if self._answering is not None:
            self._say("Both are being written; esc stops them.")
            return
        change, name = self._changes[self._at]
        self._texts, self._whole, self._shown = [[], []], {}, change
        self.query_one("#why-title-1", Static).update(Content.styled(name, "bold"))
        self._say("Both are drawn from the same seed; nothing is stored.")
        self._altered = True
        self._answering = self._answer(change)

    @work(name="answer again, in two ways", group="why")
    async def _answer(self, change: Change) -> None:
        from agents.events import WhyEnded, WhyText

        try:
            async with aclosing(why.again(self._runtime, self._entry.message, change)) as stream:
                async for event in stream:
                    if isinstance(event, WhyText):
                        self._texts[event.side].append(event.text)
                    elif isinstance(event, WhyEnded):
                        self._whole[event.side] = event.text
                        self._texts[event.side] = [visible(event.text)]
                    self._altered = True
        except SomaError as error:
            self._shown = None
            self._say(str(error), "$text-error")
        else:
            same = self._whole[0].strip() == self._whole[1].strip()
            self._say("Both are the same: it made no difference." if same else "They differ.")
        finally:
            self._answering = None

    @work(name="keep a branch", group="why-keep")
    async def action_keep(self) -> None:
        """Store the changed answer as a branch, and go back."""
        if self._answering is not None or self._shown is None or 1 not in self._whole:
            self._say("There is no whole answer to keep yet; enter writes one.")
            return
        try:
            await why.keep(self._runtime, self._entry.message, self._whole[1], self._shown)
        except SomaError as error:
            self._say(str(error), "$text-error")
            return
        self.dismiss()

    def action_back(self) -> None:
        """Stop what is written, else go back to the chat."""
        if self._answering is None:
            self.dismiss()
            return
        self._answering.cancel()
        self._answering = None
        self._say("Stopped. Nothing was stored.")

    def action_scroll(self, pages: int) -> None:
        """Move both texts."""
        for side in self.query(".why-side").results(VerticalScroll):
            side.scroll_relative(y=pages * max(1, side.size.height - 1), animate=False)

    # --- what is drawn

    def _paint(self) -> None:
        if not self._altered:
            return
        self._altered = False
        for number, pieces in enumerate(self._texts):
            text = self.query_one(f"#why-text-{number}", Static)
            text.update("".join(pieces) if pieces else Content.styled("…", _MUTED))

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#why-said", Static).update(Content.styled(visible(text), style))
