"""What a further line of an answer costs the screen, by the length of the answer.

Usage: python scripts/bench/answer.py [--lines N …] [--samples N]

For answers of one kind each (a code block, paragraphs, a list) and of every length: seconds of
processor time from a further line to the frame that shows it, in the transcript and, for the
shorter answers, in Textual's own Markdown widget. Without a terminal: what a terminal needs to
draw is not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown

from scripts.bench._common import report, say
from soma_tui.state import Entry
from soma_tui.themes import DARK
from soma_tui.widgets.transcript import Transcript

SIZE = (100, 30)
LONGEST_FOR_TEXTUAL = 1_000
KINDS: dict[str, tuple[str, Callable[[int], str]]] = {
    "code": ("```python\n", lambda n: f"value_{n} = compute({n}, 'text')  # line {n}\n"),
    "paragraphs": ("", lambda n: f"Paragraph {n} with **bold** and `code` and some words.\n\n"),
    "list": ("", lambda n: f"- item {n} with **bold** and `code` and some words\n"),
}


class TranscriptApp(App[None]):
    """The transcript alone."""

    CSS_PATH: ClassVar = "../../soma_tui/styles/transcript.tcss"

    def compose(self) -> ComposeResult:
        """An answer that runs."""
        self.register_theme(DARK)
        self.theme = DARK.name
        self.transcript = Transcript("")
        yield self.transcript

    async def begin(self) -> None:
        """Let the answer begin."""
        self.transcript.show([Entry(1, "assistant", "", time.time(), running=True)], 0)

    async def add(self, text: str) -> None:
        """A further piece of it, drawn at once."""
        self.transcript.views[1].append(text)  # type: ignore[attr-defined]


class MarkdownApp(App[None]):
    """Textual's own widget, following its end."""

    def compose(self) -> ComposeResult:
        """An empty text."""
        self.text = Markdown()
        with VerticalScroll():
            yield self.text

    async def begin(self) -> None:
        """Follow the end."""
        self.query_one(VerticalScroll).anchor()

    async def add(self, text: str) -> None:
        """A further piece of it."""
        await self.text.append(text)


async def drawn(app: App[None]) -> None:
    """Wait for the next frame."""
    frame = asyncio.Event()
    app.screen.call_after_refresh(frame.set)
    await frame.wait()


async def measure(
    make: Callable[[], Any], kind: str, lengths: Sequence[int], samples: int
) -> dict[str, float]:
    """Milliseconds of processor time for a further line, by the lines that are there."""
    begin, line = KINDS[kind]
    app = make()
    add: Callable[[str], Awaitable[None]] = app.add
    found = {}
    async with app.run_test(size=SIZE) as pilot:
        await app.begin()
        await pilot.pause()
        await add(begin)
        done = 0
        for length in lengths:
            await add("".join(map(line, range(done, length))))
            await drawn(app)
            taken = []
            for number in range(length, length + samples):
                started = time.process_time()
                await add(line(number))
                await drawn(app)
                taken.append(1000 * (time.process_time() - started))
            done = length + samples
            found[str(length)] = statistics.median(taken)
    return found


def main() -> None:
    """Measure all kinds and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--lines", type=int, nargs="+", default=[100, 1_000, 3_000])
    parser.add_argument("--samples", type=int, default=15)
    options = parser.parse_args()
    lengths = sorted(options.lines)
    short = [length for length in lengths if length <= LONGEST_FOR_TEXTUAL]
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for kind in KINDS:
        say(f"{kind}: the transcript")
        ours = asyncio.run(measure(TranscriptApp, kind, lengths, options.samples))
        say(f"{kind}: Textual's Markdown")
        theirs = asyncio.run(measure(MarkdownApp, kind, short[:1], min(5, options.samples)))
        if kind == "code":
            theirs |= asyncio.run(measure(MarkdownApp, kind, short[1:], min(5, options.samples)))
        figures[kind] = {"transcript_ms": ours, "textual_markdown_ms": theirs}
    report("answer", size=SIZE, samples=options.samples, a_further_line=figures)


if __name__ == "__main__":
    main()
