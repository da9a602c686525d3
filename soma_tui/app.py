"""The application: start-up, the workers behind the screen, shut-down; nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual import constants, work
from textual.message import Message
from textual.reactive import Reactive
from textual.theme import Theme

from soma_tui.actions.keymap import read_keymap
from soma_tui.app_actions import AppActions
from soma_tui.intentions import Intentions
from soma_tui.places import HEIGHTS, PLACES, WIDTHS, PlaceId, make_place
from soma_tui.preferences import Preferences
from soma_tui.state import ViewState
from soma_tui.themes import DARK, OWN, PLAIN
from soma_tui.training_news import TrainingNews
from store.errors import SomaError, UnknownIdError

if TYPE_CHECKING:
    from agents.events import Event
    from agents.runtime import Runtime
    from agents.service import Service
    from soma_tui.screens.place import Place
    from soma_tui.screens.tools import Installer
    from store.paths import Home
    from training.minding import Minding

CRASHED = 70
_SECONDS_FOR_THE_FRAME = 0.03
_FEW_COLORS = ("standard", "windows")
_SECONDS_TO_SAVE = 5.0
_STEP = 0.02
_SECONDS_BETWEEN_DRAFTS = 0.25
_log = logging.getLogger(__name__)

MakeRuntime = Callable[[], Awaitable["Runtime"]]
MakeService = Callable[["Runtime"], "Service"]
MakeMinding = Callable[["Runtime"], Awaitable["Minding"]]


class Happened(Message):
    """The runtime told something."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class SomaApp(AppActions):
    """The screen of one runtime, which `make_runtime` gives once the first frame is drawn.

    `make_service` gives what lets headless commands work through this process, and `make_minding`
    what begins and decides training runs by itself once the model is there. The value of the
    application is its exit code; `last_words` is the line to print when it ended early, and
    `crash` the error that ended it.
    """

    TITLE = "SOMA"
    DEFAULT_MODE: ClassVar[PlaceId] = "chat"
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "styles/app.tcss",
        "styles/chat.tcss",
        "styles/composer.tcss",
        "styles/transcript.tcss",
    ]
    # Textual looks at it while it is made, to decide how colours are left out.
    theme: Reactive[str] = Reactive(PLAIN.name if "NO_COLOR" in os.environ else DARK.name)
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self,
        home: Home,
        make_runtime: MakeRuntime,
        make_service: MakeService | None = None,
        installer: Installer | None = None,
        *,
        make_minding: MakeMinding | None = None,
        newest: bool = False,
    ) -> None:
        super().__init__()
        self.state = ViewState()
        self.last_words = ""
        self.crash: Exception | None = None
        self.store_is_open = False
        self.runtime: Runtime
        self._home = home
        self._installer = installer
        self._newest = newest
        self._make_runtime = make_runtime
        self._make_service = make_service
        self._service: Service | None = None
        self._make_minding = make_minding
        self._minding: Minding | None = None
        self.intend = Intentions(self)
        self.news = TrainingNews(self)
        self._opened = asyncio.Event()
        self._written = asyncio.Event()
        self.places: dict[PlaceId, Place] = {}
        for theme in OWN.values():
            self.register_theme(theme)
        self._preferences = Preferences(home.root / "screen.json")
        self._choose_theme()
        self.keymap = read_keymap(home.root / "keys.toml")
        self.set_keymap({id: ",".join(keys) for id, keys in self.keymap.chosen.items()})
        for problem in self.keymap.problems:
            self.state.tell(problem, "warning")

    def get_theme(self, theme_name: str) -> Theme | None:
        """Give a theme by its name; SOMA's own are there before any is registered."""
        return OWN.get(theme_name) or super().get_theme(theme_name)

    def _choose_theme(self) -> None:
        """Take the terminal's own colours where it has few; else the theme that was chosen last."""
        if self.no_color or self.console.color_system in _FEW_COLORS:
            self.theme = PLAIN.name
            return
        asked = constants.DEFAULT_THEME
        default = DARK.name if asked == "textual-dark" else asked
        chosen = self._preferences.get("theme", default)
        self.theme = chosen if self.get_theme(chosen) is not None else DARK.name

    def watch_theme(self, theme: str) -> None:
        """Keep the choice for the next start, unless the terminal made it."""
        if theme != PLAIN.name:
            self._preferences.keep("theme", theme)

    # --- start and end

    def get_default_screen(self) -> Place:
        """Make the first place: a mode's own screen would have all styles read three times."""
        return self._make_place(self.DEFAULT_MODE)

    def _make_place(self, id: PlaceId) -> Place:
        made = self.places[id] = make_place(id, self.state, self.size)
        return made

    def on_mount(self) -> None:
        """Open store and model once the first frame is drawn."""
        for place in PLACES:
            self.add_mode(place.id, partial(self._make_place, place.id))
        # Imports in another thread would hold up the thread that writes the frame.
        self.call_after_refresh(self.set_timer, _SECONDS_FOR_THE_FRAME, self._open)

    @work(name="open", group="open")
    async def _open(self) -> None:
        try:
            self.runtime = await self._make_runtime()
            self.runtime.subscribe(self._listen)
            await self.runtime.open_store()
            if self._make_service is not None:
                self._service = self._make_service(self.runtime)
                await self._service.start()
        except (SomaError, OSError) as error:
            _log.error("the store could not be opened: %s", error)
            self.last_words = str(error)
            self.exit(1)
            return
        self.store_is_open = True
        self.chat.restore_drafts()
        self._keep_drafts()
        self.keep_drafts()
        self.chat.fill_list()
        if self._newest:
            self.chat.action_next_conversation()
        self.chat.draw_lines()
        self._opened.set()
        try:
            await self.runtime.load_model()
        except SomaError as error:
            _log.error("the model could not be loaded: %s", error)
        if self._make_minding is not None:
            self._minding = await self._make_minding(self.runtime)
            self.run_worker(self._minding.watch(), name="mind training", group="training")

    async def opened(self) -> None:
        """Wait until what is stored is open."""
        await self._opened.wait()

    async def action_quit(self) -> None:
        """Leave once everything that was typed before is done, and on disk if it was sent."""
        self._leave()

    @work(name="leave", group="leave", exclusive=True)
    async def _leave(self) -> None:
        typed = asyncio.Event()
        self.chat.composer.call_later(self.chat.call_later, typed.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS_TO_SAVE):
                await typed.wait()
                while self.state.saving:
                    await asyncio.sleep(_STEP)
        self.exit(0)

    async def run_async(self, **options: Any) -> int | None:
        """Run to the end; being told to end by a signal is an end like any other."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, 128 + number)
        try:
            return await super().run_async(**options)
        finally:
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)

    async def on_unmount(self) -> None:
        """Close what was opened, whatever ended the application."""
        try:
            if self._service is not None:
                await self._service.close()
            if self.store_is_open:
                await self.save_drafts()
            if hasattr(self, "runtime"):
                await self.runtime.close()
        except Exception as error:
            _log.critical("closing failed", exc_info=error)
            self.crash = self.crash or error

    def _handle_exception(self, error: Exception) -> None:
        """Log what went wrong and end; the terminal is restored and nothing else is printed."""
        _log.critical("unhandled error", exc_info=error)
        self.crash = self.crash or error
        self._return_code = CRASHED
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    # --- the runtime

    def _listen(self, event: Event) -> None:
        self.post_message(Happened(event))

    def on_happened(self, message: Happened) -> None:
        """Fold an event and draw it."""
        self.state.fold(message.event)
        for place in self.places.values():
            if place.concerns(message.event):
                place.happened(message.event)
        self.news.hear(message.event)

    def keep_drafts(self) -> None:
        """Have what was written put on disk, soon."""
        if self._minding is not None:
            self._minding.touch()
        self._written.set()

    @work(name="keep drafts", group="drafts")
    async def _keep_drafts(self) -> None:
        while True:
            await self._written.wait()
            self._written.clear()
            await self.save_drafts()
            await asyncio.sleep(_SECONDS_BETWEEN_DRAFTS)

    async def save_drafts(self) -> None:
        """Put what was written since it was last put on disk there; on return it is."""
        for conversation, draft in self.state.drafts.unsaved():
            try:
                await self.runtime.save_draft(conversation, draft)
            except UnknownIdError:
                _log.info("conversation %s is gone, and its draft with it", conversation)
            except SomaError as error:
                self.chat.tell(f"What you write is not on disk: {error}", "error")
