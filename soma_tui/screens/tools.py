"""Asks whether the training tools are to be installed, and installs them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Protocol

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import ProgressBar, Static
from textual.worker import Worker

from agents.text import visible
from soma_tui.screens.dialogs import key_hints
from store.errors import SomaError

_log = logging.getLogger(__name__)


class Installer(Protocol):
    """What installs the training tools; `training.tools` is one."""

    def missing(self) -> list[str]:
        """Give the requirements that are not installed."""

    def download_note(self) -> str:
        """Say what will be fetched."""

    async def install(self, on_progress: Callable[[str, float | None], None], *, log: Path) -> None:
        """Install them all; raises SomaError."""


class ToolsScreen(ModalScreen[None]):
    """What is missing and how large it is; Enter installs, Esc stops or closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "install", "Install"),
        Binding("escape", "close", "Close"),
    ]

    def __init__(self, installer: Installer, log: Path) -> None:
        super().__init__()
        self._installer = installer
        self._log_file = log
        self._state = "looking"
        self._installing: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Draw the question; what is missing is looked up meanwhile."""
        with Vertical(classes="dialog"):
            yield Static("Training tools", classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Static("Looking for what is missing …", id="tools-text", markup=False)
            yield ProgressBar(total=1.0, show_eta=False, id="tools-bar")
            yield Static("", id="tools-line", markup=False)
            yield Static("", id="tools-keys", classes="dialog-keys", markup=False)

    def on_mount(self) -> None:
        """Look what is missing, off the loop."""
        self.query_one("#tools-bar").display = False
        self._keys(("esc", "close"))
        self._look()

    def action_install(self) -> None:
        """Install, if there is something to install."""
        if self._state == "asking":
            self._state = "installing"
            self.query_one("#tools-bar").display = True
            self._keys(("esc", "stop"))
            self._installing = self._install()

    def action_close(self) -> None:
        """Stop an installation that runs; otherwise close."""
        if self._installing is not None and not self._installing.is_finished:
            self._installing.cancel()
        else:
            self.dismiss()

    @work(name="look for training tools", group="tools")
    async def _look(self) -> None:
        try:
            missing = await asyncio.to_thread(self._installer.missing)
            note = await asyncio.to_thread(self._installer.download_note) if missing else ""
        except SomaError as error:
            self._say(str(error), "$text-error")
            return
        if not missing:
            self._state = "done"
            self._say("All training tools are installed.")
            return
        self._state = "asking"
        names = ", ".join(missing)
        self._say(
            "Training needs tools that chatting does not. Installing them uses the network, once; "
            f"nothing about you or your conversations is sent.\n\nMissing: {names}.\n\n{note}"
        )
        self._keys(("enter", "install"), ("esc", "not now"))

    @work(name="install training tools", group="tools")
    async def _install(self) -> None:
        try:
            await self._installer.install(self._progress, log=self._log_file)
        except asyncio.CancelledError:
            if self.is_running:
                self._end("Stopped. What pip has fetched so far it keeps; F8 goes on from there.")
            raise
        except SomaError as error:
            _log.error("%s", error)
            self._end(str(error), "$text-error")
        else:
            self._end("The training tools are installed.")

    def _progress(self, line: str, fraction: float | None) -> None:
        self.query_one("#tools-line", Static).update(visible(line))
        self.query_one("#tools-bar", ProgressBar).update(
            total=None if fraction is None else 1.0, progress=fraction or 0.0
        )

    def _end(self, text: str, style: str = "") -> None:
        self._state = "done"
        self.query_one("#tools-bar").display = False
        self.query_one("#tools-line", Static).update("")
        self._say(text, style)
        self._keys(("esc", "close"))

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#tools-text", Static).update(Content.styled(visible(text), style))

    def _keys(self, *hints: tuple[str, str]) -> None:
        self.query_one("#tools-keys", Static).update(key_hints(*hints))
