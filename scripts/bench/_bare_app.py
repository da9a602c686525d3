"""The least that a Textual application can be: what `startup.py` compares with."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class BareApp(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        """The line by which the first frame is known."""
        yield Static("painted")


if __name__ == "__main__":
    BareApp().run()
