"""The screen at the sizes it must work at."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.soma_tui.driving import fill, running, send, shown, until, write
from tests.soma_tui.fakes import FakeInstaller, FakeRuntime

SIZES = [(40, 12), (80, 24), (120, 40)]
_LINES = set(" ─▁▂▃▄▅▆▇█")
_WIDE = "日本語のとても長い文章です" * 6


def fits(app, size: tuple[int, int]) -> None:
    lines = shown(app).splitlines()
    assert len(lines) == size[1]
    assert max(cell_len(line) for line in lines) <= size[0]
    for id in ("header", "status", "keys", "composer"):
        region = app.chat.query_one(f"#{id}").region
        assert region.area > 0, id
        assert app.chat.region.contains_region(region), id
    assert app.chat.max_scroll_x == app.chat.max_scroll_y == 0
    assert app.chat.transcript.max_scroll_x == 0


@pytest.mark.parametrize("size", SIZES)
async def test_everything_fits(size, runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 6, text=f"{_WIDE} " + "word " * 60 + "x" * 300)
    runtime.conversations.rename(conversation, _WIDE)
    async with running(runtime, size=size) as (app, pilot):
        fits(app, size)
        app.chat.open(conversation)
        await until(pilot, lambda: "xxxx" in shown(app))
        fits(app, size)
        await write(pilot, "\n".join(["line " * 40] * 12))
        await until(pilot, lambda: app.chat.composer.region.height > 2)
        assert app.chat.composer.region.height <= (3 if size[1] < 16 else 8)
        assert app.chat.transcript.region.height >= 3
        fits(app, size)


@pytest.mark.parametrize("size", SIZES)
async def test_the_small_screens_fit_too(size, runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 2)
    installer = FakeInstaller(["torch==2.13.0", "transformers==5.23.0", "peft==0.21.2"])
    async with running(runtime, size=size, installer=installer) as (app, pilot):
        app.chat.open(conversation)
        for key, text in (("f10", "esc close"), ("f9", "esc back"), ("f8", "enter install")):
            await pilot.press(key)
            await until(pilot, lambda text=text: text in shown(app))
            dialog = app.screen.query_one(".dialog")
            assert app.screen.region.contains_region(dialog.region)
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.chat)


async def test_the_list_hides_on_a_narrow_screen_and_comes_when_asked(runtime) -> None:
    await runtime.open_store()
    fill(runtime, 2)
    async with running(runtime, size=(40, 12)) as (app, pilot):
        assert not app.chat.side.display
        await pilot.press("ctrl+b")
        assert app.chat.side.display
        assert "long" in shown(app)
        await pilot.press("ctrl+b")
        assert not app.chat.side.display
        await pilot.press("f6")
        assert app.focused is app.chat.conversations
        await pilot.press("end", "enter")
        await until(pilot, lambda: "answer 0" in shown(app))
        assert not app.chat.side.display
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: app.chat.side.display)


async def test_resizing_while_an_answer_streams(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "hello")
        await until(pilot, lambda: app.state.answers[1].message)
        for number, size in enumerate([(40, 12), (120, 40), (60, 10), (80, 24)]):
            runtime.say("word " * 40 + f"\n\nend{number}\n\n")
            await pilot.resize_terminal(*size)
            await until(pilot, lambda number=number: f"end{number}" in shown(app))
            fits(app, size)
        assert app.chat.transcript.following


@pytest.mark.parametrize("theme", ["soma-dark", "soma-light", "textual-light", "nord"])
async def test_text_can_be_read_in_every_theme(theme, runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 2, text="plain **bold** `code`\n\n```python\nx = 1\n```")
    async with running(runtime) as (app, pilot):
        app.theme = theme
        app.chat.open(conversation)
        app.chat.tell("a notice", "error")
        await until(pilot, lambda: "x = 1" in shown(app))
        await pilot.pause()
        weak = []
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                if segment.text.strip() and style and style.color and style.bgcolor:
                    ink, paper = (c.get_truecolor() for c in (style.color, style.bgcolor))
                    if contrast(ink, paper) < 3 and set(segment.text) - _LINES:
                        weak.append((segment.text, ink, paper))
        assert not weak


def contrast(first, second) -> float:
    """The contrast of two colours as WCAG 2 defines it, from 1 to 21."""

    def luminance(colour) -> float:
        linear = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
            for c in (part / 255 for part in colour)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
