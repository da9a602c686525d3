"""The single lines of the frame: header, status, keys, notices."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from soma_tui.actions import Focus, foot, key_name
from soma_tui.state import ViewState, model_label, status_line

MUTED = "$foreground 60%"


class _Line(Widget):
    """One line drawn from the state."""

    def __init__(self, state: ViewState, id: str) -> None:
        super().__init__(id=id)
        self.state = state


class Header(_Line):
    """The name, the place, and the model on the right."""

    def render(self) -> Content:
        """Draw as much as the width holds."""
        width = self.content_size.width
        name, place = "SOMA", "  Chat"
        model = model_label(self.state)
        gap = width - len(name) - len(place) - Content(model).cell_length
        if gap < 1:
            return Content.assemble((name, "bold $text-primary"), place)
        return Content.assemble((name, "bold $text-primary"), place, " " * gap, (model, MUTED))


class StatusLine(_Line):
    """Saved or not, what is being done, and the figures of the last answer."""

    def render(self) -> Content:
        """Draw what fits, the most important first."""
        return Content(status_line(self.state, self.content_size.width))


class KeyLine(_Line):
    """The keys that fit the focus; each can be clicked."""

    def __init__(self, state: ViewState, id: str) -> None:
        super().__init__(state, id)
        self.place: Focus = "composer"
        self.auto_links = False

    def render(self) -> Content:
        """Draw whole entries only."""
        left = self.content_size.width
        answering = self.state.conversation in self.state.answers
        parts: list[Content] = []
        for action in foot(self.place, answering):
            key = key_name(action.keys[0], short=True)
            click = Style.from_meta({"@click": f"app.perform({action.id!r})"})
            entry = Content.assemble((key, "$text-primary"), f" {action.short}").stylize(click)
            needed = entry.cell_length + (2 if parts else 0)
            if needed > left:
                break
            left -= needed
            parts.append(entry)
        return Content("  ").join(parts)


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
