"""A bare Textual application beside the engine: what `stream.py` compares with.

Usage: python scripts/bench/_bare_stream_app.py MODEL

An editor and one line that says "loading", "ready" or "answering". Enter lets the engine decode
with SOMA's prompt, settings and number of threads, Escape stops it; what it says is not drawn.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static, TextArea

from agents.engine.engine import Engine, EngineOptions, Generation
from agents.engine.gguf_file import read_header
from agents.engine.requests import Finished
from agents.engine.threads import default_threads
from agents.persona import SYSTEM_PROMPT


class BareStreamApp(App[None]):
    """An editor beside a running model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask", priority=True),
        Binding("escape", "stop", priority=True),
    ]

    def __init__(self, model: Path, log: Path) -> None:
        super().__init__()
        self._model = model
        self._llama_log = log
        self._engine: Engine
        self._generation: Generation | None = None

    def compose(self) -> ComposeResult:
        """The editor, which has the focus, and the line of state."""
        self._editor = TextArea()
        self._editor.cursor_blink = False
        yield self._editor
        self._line = Static("loading")
        yield self._line

    @work
    async def on_mount(self) -> None:
        """Load the model."""
        options = EngineOptions(threads=default_threads(beside_screen=True))
        header = read_header(self._model)
        self._engine = await Engine.load(header, log=self._llama_log, options=options)
        self._line.update("ready")

    @work
    async def action_ask(self) -> None:
        """Decode until stopped."""
        tokens = self._engine.template.opening(SYSTEM_PROMPT, self._editor.text)
        self._editor.clear()
        self._generation = self._engine.generate(tokens)
        self._line.update("reading")
        began = False
        async for update in self._generation:
            if isinstance(update, Finished):
                self._line.update(f"ready, {update.figures.tokens_per_s or 0:.1f} tok/s")
            elif not began:
                began = True
                self._line.update("answering")

    def action_stop(self) -> None:
        """Stop decoding."""
        if self._generation is not None:
            self._generation.cancel()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        BareStreamApp(Path(sys.argv[1]), Path(folder) / "llama.log").run()
