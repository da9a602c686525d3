"""Says what a training run would take, and asks whether to begin it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from agents.text import visible
from soma_tui.screens.dialogs import key_hints
from soma_tui.training_rows import plan_lines
from store.errors import SomaError

if TYPE_CHECKING:
    from pathlib import PurePath

    from soma_tui.app import SomaApp

_LOOKING = (
    "Looking what a run would take …\n\n"
    "Where no run like it was made before, a few steps are made now to measure the rate. "
    "Nothing of them is kept."
)


class PlanScreen(ModalScreen[bool]):
    """The plan that `make_plan` gives; the result is whether the user agreed to it.

    `is_made` once the plan is shown; where there can be none, `problem` says why.
    """

    app: SomaApp

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin"),
        Binding("escape", "dismiss(False)", "Back"),
    ]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/training.tcss"]

    def __init__(self, make_plan: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        super().__init__()
        self._make_plan = make_plan
        self.is_made = False
        self.problem = ""
        self._text = Static(_LOOKING, id="plan-text", markup=False)
        self._keys = Static(key_hints(("esc", "back")), classes="dialog-keys", markup=False)

    def compose(self) -> ComposeResult:
        """Draw title, text and keys."""
        with Vertical(classes="dialog"):
            yield Static("A training run", classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield self._text
            yield self._keys

    def on_mount(self) -> None:
        """Have the plan made."""
        self._look()

    def on_unmount(self) -> None:
        """End what is being measured for a plan that nobody waits for."""
        from training.plan import stop_trial

        if not self.is_made:
            stop_trial(self.app.runtime.home)

    def action_begin(self) -> None:
        """Agree to the plan, once it is there."""
        if self.is_made:
            self.dismiss(True)

    @work(name="plan a training run", group="plan")
    async def _look(self) -> None:
        try:
            plan = await asyncio.shield(asyncio.ensure_future(self._make_plan()))
        except SomaError as error:
            self.problem = str(error)
            self._text.update(Content.styled(visible(str(error)), "$text-error"))
            return
        if not self.is_running:
            return
        self.is_made = True
        self._text.update(visible("\n".join(plan_lines(plan))))
        self._keys.update(key_hints(("enter", "begin"), ("esc", "not now")))
