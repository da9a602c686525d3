"""The styles of what is drawn within a message, looked up in one place for all messages."""

from __future__ import annotations

from textual.style import Style
from textual.widget import Widget

NAMES = frozenset(
    "message--you message--soma message--note message--word message--bar message--ending"
    " message--title message--heading message--mark message--quote message--rule message--link"
    " message--inline-code message--table-head message--code message--code-note"
    " code--keyword code--string code--number code--name code--comment code--error".split()
)


class Inks:
    """The styles by their names, as `.message--code`, from the component classes of a widget."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._known: dict[str, Style] = {}

    def __call__(self, style: str | Style) -> Style:
        """The style of a name; any other style is given back."""
        if isinstance(style, Style):
            return style
        known = self._known.get(style)
        if known is None:
            known = self._component(style[1:]) if style.startswith(".") else Style.parse(style)
            self._known[style] = known
        return known

    def forget(self) -> None:
        """Look them up again."""
        self._known.clear()

    def _component(self, name: str) -> Style:
        # Not by get_visual_style: a partial style has no background there if that is opaque.
        styles = self._widget.get_component_styles(name)
        text = styles.text_style
        return Style(
            styles.background if styles.has_rule("background") else None,
            styles.color if styles.has_rule("color") else None,
            bold=text.bold,
            italic=text.italic,
            underline=text.underline,
        )
