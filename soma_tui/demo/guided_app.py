"""The application with a guide at its keys, and one line more that says where the guide is."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.content import Content
from textual.widget import Widget

from agents.text import visible
from soma_tui.app import Happened, SomaApp
from soma_tui.widgets.purpose_line import fitted

if TYPE_CHECKING:
    from soma_tui.demo.guide import Guide
    from soma_tui.places import PlaceId

_SECONDS_TO_MOUNT = 0.05
_TAKES_OVER = (events.Key, events.Paste, events.MouseDown)


class GuideLine(Widget):
    """Draws the line of a guide: its first part stands out, the last stays whole."""

    def __init__(self, guide: Guide) -> None:
        super().__init__(id="guide")
        self._guide = guide

    def render(self) -> Content:
        """Draw as much as the width holds."""
        line = Content(fitted(visible(self._guide.line), self.content_size.width))
        return line.stylize("$text-primary", 0, len(line.plain.split(" · ")[0]))


class GuidedApp(SomaApp):
    """SOMA as it is, where `guide` works the keys until a person does."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        *(PurePath("..", path) for path in SomaApp.CSS_PATH),
        "../styles/guide.tcss",
    ]

    def __init__(self, *arguments: Any, guide: Guide, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._guide = guide

    def on_mount(self) -> None:
        """Let the guide begin once the store is open."""
        self.run_worker(self._play(), name="demo", group="demo")

    async def _play(self) -> None:
        await self.opened()
        await self._guide.play(self)

    async def action_quit(self) -> None:
        """Leave, and have the guide do nothing more."""
        self._guide.stop()
        await super().action_quit()

    async def on_event(self, event: events.Event) -> None:
        """Let the guide see first what a person does."""
        seen = isinstance(event, _TAKES_OVER) and not event.is_forwarded
        if not (seen and self._guide.meets(event)):
            await super().on_event(event)

    def on_happened(self, message: Happened) -> None:
        """Let the guide hear of it, too."""
        self._guide.heard(message.event)

    def _go(self, place: PlaceId) -> None:
        super()._go(place)
        self.draw_guide()

    def draw_guide(self) -> None:
        """Draw the guide's line in the place that is shown, as soon as that is there."""
        place = self.places.get(cast("PlaceId", self.current_mode))
        if place is None or not place.status.is_attached:
            self.set_timer(_SECONDS_TO_MOUNT, self.draw_guide)
            return
        for line in place.query(GuideLine):
            line.refresh()
            return
        place.mount(GuideLine(self._guide), before=place.status)
