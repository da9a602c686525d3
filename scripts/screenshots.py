"""Makes the pictures of the README from the real application: starter model, real answers.

    python scripts/screenshots.py [FOLDER]        (docs/images unless named)

Writes chat, reading, chat-light, team, training, memory and models, each as SVG and as PNG. The
training tools have to be there.
"""

from __future__ import annotations

import asyncio
import html
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.cells import cell_len
from textual.pilot import Pilot

from soma_tui.app import SomaApp
from soma_tui.composition import make_runtime
from store.paths import Home

SIZE = (100, 30)
EARLIER = ("what can you do?", "how do I train you?")
QUESTIONS = ("hello", "who are you?", "My name is Anna and I live in Oslo.", "where do I live?")
TEAM = "/team @personal @coder @researcher How do I remember what I read?"
THEMES = {"chat": "soma-dark", "chat-light": "soma-light"}
FONT = "DejaVu Sans Mono"
FONT_WITH_BRAILLE = "DejaVu Sans"
_BRAILLE = re.compile(r"<text ([^>]*>[^<]*[\u2801-\u28ff])")
_TEXT = re.compile(r'<text ([^>]*)x="([\d.]+)"([^>]*) textLength="([\d.]+)"([^>]*)>([^<]+)</text>')
PNG_WIDTH = 1600
SECONDS_TO_WAIT = 300.0
_SHOWN = re.compile(r"● train ━+ [6-9]\d %")


async def wait(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Wait for a condition of the application."""
    async with asyncio.timeout(SECONDS_TO_WAIT):
        while not condition():
            await pilot.pause(0.05)


async def ask(app: SomaApp, pilot: Pilot[int], question: str) -> None:
    """Write a question, send it and wait for the end of its answer."""
    app.chat.composer.insert(question)
    await pilot.press("enter")
    await wait(pilot, lambda: not app.chat.composer.text and not app.state.saving)
    await wait(pilot, lambda: not app.state.answers)
    await pilot.pause(0.5)


async def take(folder: Path) -> None:
    """Talk to the starter model and take the pictures."""
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place) / "home")
        home.create()

        async def runtime() -> object:
            return make_runtime(home)

        app = SomaApp(home, runtime)  # type: ignore[arg-type]
        async with app.run_test(size=SIZE) as pilot:
            await wait(pilot, lambda: app.state.model is not None)
            for question in EARLIER:
                await ask(app, pilot, question)
                await pilot.press("ctrl+n")
            for question in QUESTIONS:
                await ask(app, pilot, question)
            await pilot.press("ctrl+up")
            await wait(pilot, lambda: app.chat.transcript.entries[-1].rating)
            for name, theme in THEMES.items():
                app.theme = theme
                await shoot(app, pilot, folder / name)
            app.theme = "soma-dark"
            await ask(app, pilot, "hello again")
            await pilot.press("ctrl+r")
            await wait(pilot, lambda: len(app.chat.transcript.entries[-1].siblings) > 1)
            await wait(pilot, lambda: not app.state.answers)
            await pilot.press("tab", "end", "up", "down")
            await shoot(app, pilot, folder / "reading")
            app.chat.composer.focus()
            app.chat.composer.insert(TEAM)
            await pilot.press("enter")
            await wait(
                pilot, lambda: "✓ synthesis" in text_of(app) or "✓ the answer" in text_of(app)
            )
            await shoot(app, pilot, folder / "team")
            await train(app, pilot, folder / "training")
            await pilot.press("alt+4")
            await shoot(app, pilot, folder / "memory")
            await pilot.press("alt+5")
            await shoot(app, pilot, folder / "models")


async def train(app: SomaApp, pilot: Pilot[int], file: Path) -> None:
    """Begin a run, take its picture when most of its steps are made, and wait for its end."""
    await pilot.press("alt+3")
    await wait(pilot, lambda: "accepted" in text_of(app))
    await pilot.press("t")
    await wait(pilot, lambda: "enter begin" in text_of(app))
    await pilot.press("enter")
    await wait(pilot, lambda: _SHOWN.search(text_of(app)))
    await shoot(app, pilot, file)
    await wait(pilot, lambda: "is done" in text_of(app))


def text_of(app: SomaApp) -> str:
    """What stands on the screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def shoot(app: SomaApp, pilot: Pilot[int], file: Path) -> None:
    """Take one picture once the screen is at rest."""
    await pilot.pause(0.7)
    write(file, app.export_screenshot(title="SOMA"))


def write(file: Path, svg: str) -> None:
    """Write a picture as SVG, without fonts from the network, and as PNG."""
    import cairosvg  # type: ignore[import-not-found,import-untyped,unused-ignore]

    svg = re.sub(r"@font-face\s*{[^}]*}", "", svg).replace("Fira Code", FONT)
    svg = _BRAILLE.sub(rf'<text style="font-family: {FONT_WITH_BRAILLE}" \1', svg)
    file.with_suffix(".svg").write_text(svg, encoding="utf-8")
    placed = placed_by_letter(svg).encode()
    cairosvg.svg2png(
        bytestring=placed, write_to=str(file.with_suffix(".png")), output_width=PNG_WIDTH
    )


def placed_by_letter(svg: str) -> str:
    """The picture with a place for each letter: cairosvg adds widths up that it has rounded."""
    return _TEXT.sub(_placed, svg)


def _placed(found: re.Match[str]) -> str:
    before, x, between, length, after, text = found.groups()
    letters = html.unescape(text)
    cell = float(length) / max(1, cell_len(letters))
    places = [float(x) + cell * cell_len(letters[:number]) for number in range(len(letters))]
    at = " ".join(f"{place:.1f}" for place in places)
    return f'<text {before}x="{at}"{between}{after}>{text}</text>'


def main() -> int:
    """Write all pictures into the folder that the command line names."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(folder))
    for file in sorted(folder.iterdir()):
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
