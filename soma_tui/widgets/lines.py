"""The single lines of the frame: header, status, keys, notices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from soma_tui.actions import Action, Focus, foot, key_name
from soma_tui.places import PLACES, PlaceId, PlaceInfo
from soma_tui.state import ViewState, model_labels, status_line

if TYPE_CHECKING:
    from soma_tui.app import SomaApp

MUTED = "$foreground 60%"
BAR = 20


class _Line(Widget):
    """One line drawn from the state."""

    app: SomaApp

    def __init__(self, state: ViewState, id: str) -> None:
        super().__init__(id=id)
        self.state = state
        self.auto_links = False


def _click(action: str) -> Style:
    return Style.from_meta({"@click": f"app.perform({action!r})"})


class Header(_Line):
    """The name, the places, and the model on the right."""

    def __init__(self, state: ViewState, place: PlaceId, id: str) -> None:
        super().__init__(state, id)
        self._place = place

    def render(self) -> Content:
        """Draw as much as the width holds: of the model the most goes first, then the other
        places."""
        width = self.content_size.width
        name = Content.styled("SOMA", "bold $text-primary")
        models = [Content.styled(label, MUTED) for label in model_labels(self.state)]
        for places in (
            self._places(PLACES),
            self._places(p for p in PLACES if p.id == self._place),
        ):
            for model in models:
                gap = width - name.cell_length - places.cell_length - model.cell_length
                if gap >= 1:
                    return Content.assemble(name, places, " " * gap, model)
        places = self._places(PLACES)
        if name.cell_length + places.cell_length <= width:
            return Content.assemble(name, places)
        return Content.assemble(name, self._places(p for p in PLACES if p.id == self._place))

    def _places(self, places: Iterable[PlaceInfo]) -> Content:
        return Content("").join(
            Content.assemble(
                "  ", (f"{place.number} {place.title}", "" if place.id == self._place else MUTED)
            ).stylize(_click(f"place_{place.id}"), 2)
            for place in places
        )


class StatusLine(_Line):
    """Saved or not, what is being done, and the figures of the last answer."""

    def render(self) -> Content:
        """Draw what fits, the most important first; a bar while weights load."""
        width = self.content_size.width
        loading = self.state.loading
        if loading is None or not loading.fraction or width < 2 * BAR:
            return Content(status_line(self.state, width))
        done = round(loading.fraction * BAR)
        line = Content(status_line(self.state, width - BAR - 1))
        bar = Content.assemble(("━" * done, "$primary"), ("━" * (BAR - done), "$border-blurred"))
        return Content.assemble(line, " " * (width - BAR - line.cell_length), bar)


class KeyLine(_Line):
    """The keys that fit the focus; each can be clicked."""

    def __init__(self, state: ViewState, place: Focus, id: str) -> None:
        super().__init__(state, id)
        self.place = place

    def render(self) -> Content:
        """Draw whole entries only."""
        left = self.content_size.width
        answering = self.state.conversation in self.state.answers
        parts: list[Content] = []
        for action in foot(self.place, answering):
            key = key_name(self._key(action), short=True)
            click = _click(action.id)
            entry = Content.assemble((key, "$text-primary"), f" {action.short}").stylize(click)
            needed = entry.cell_length + (2 if parts else 0)
            if needed > left:
                break
            left -= needed
            parts.append(entry)
        return Content("  ").join(parts)

    def _key(self, action: Action) -> str:
        """The key to show: where nothing is written, one without modifiers if there is one."""
        keys = self.app.keymap.keys(action)
        bare = [key for key in keys if "+" not in key] if self.place == "transcript" else []
        return (bare or keys)[0]


class Notices(Static):
    """The last lines that the user should read, until the next message is sent."""

    def __init__(self, state: ViewState) -> None:
        super().__init__("", id="notices", markup=False)
        self.state = state
        self.display = False

    def show(self) -> None:
        """Draw the notices that stand in the state."""
        colours = {"error": "$text-error", "warning": "$text-warning"}
        lines = [
            Content.styled(notice.text, colours.get(notice.severity, MUTED))
            for notice in self.state.notices
        ]
        self.display = bool(lines)
        self.update(Content("\n").join(lines))
