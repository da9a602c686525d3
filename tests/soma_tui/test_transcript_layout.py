"""Texts that are hard to lay out, at the sizes the screen must work at."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from tests.soma_tui.driving import running, shown, until
from tests.soma_tui.fakes import FakeRuntime

SIZES = [(40, 12), (80, 24), (100, 30)]
FAMILY = "👨\u200d👩\u200d👧\u200d👦"
HARD = {
    "wide": "日本語のとても長い文章です。" * 12,
    "emoji": f"{FAMILY} 👍🏽 ❤️ 🇩🇪 ☎️ " * 12,
    "combining": "e\u0301" * 200 + " Z\u0351\u0343\u0301a\u0300lgo " * 10 + "\u0301\u0301",
    "marks alone": "\u0301\u0302\u0303",
    "right to left": "هذا نص طويل من اليمين إلى اليسار " * 8 + "\n\n\u05e9\u05dc\u05d5\u05dd " * 8,
    "wide table": "|" + "title |" * 9 + "\n|" + "---|" * 9 + "\n|" + "some words |" * 9,
    "table of wide characters": "| 漢字 | é👍 |\n|---|---:|\n| 漢字漢字漢字 | 1 |\n" * 2,
    "table with a long word": "| a | b |\n|---|---|\n| " + "x" * 200 + " | y |",
    "nested lists": "\n".join("  " * depth + f"- level {depth} of it" for depth in range(14)),
    "nested quotes": "\n".join(">" * depth + f" level {depth} of it" for depth in range(1, 14)),
    "headings": "\n".join("#" * depth + f" level {depth} " * 9 for depth in range(1, 8)),
    "a long address": "see https://example.invalid/" + "very/long/" * 60 + " for more",
    "no spaces": "x" * 10_000,
    "one long line": "words and more " * 300,
    "tabs": "a\tb\tc\n\n    \tcode\tmore\n\n```\n\tx\ty\n```\n\n- \titem\ttab",
    "a long line of code": "```python\n" + "value = 'text' + " * 600 + "\n```",
    "wide code": "```\n" + "漢字" * 300 + f"{FAMILY}" * 50 + "\n```",
    "blank lines": "\n\n\n" + "text\n" * 3 + "\n\n\n\n```\n\n\n\n```\n\n",
    "blanks": " " * 5_000 + "x" + " " * 5_000,
    "rules": "---\n\n***\n\n> ---",
    "images and html": "![a picture](x.png) <b>bold</b> <!-- no --> &amp; &lt;",
    "controls": "a\x1b[31mb\x07\x00\x9b\u202ec\ud800".replace("\ud800", "�"),
    "unclosed": "```python\ndef f(",
    "a list in a quote in a list": "- a\n  > b\n  > - c\n  >   ```\n  >   code\n  >   ```\n  - d",
}


def letters(text: str) -> str:
    return "".join(re.findall(r"\w", text))


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_breaks_the_frame(size, runtime: FakeRuntime) -> None:
    await runtime.open_store()
    stored = runtime.conversations
    conversation = stored.create("hard").id
    for text in HARD.values():
        stored.add_user(conversation, text)
        answer = stored.begin_answer(conversation, "starter", "vocabulary")
        stored.append_piece(answer.id, text, [1])
        stored.finish_answer(answer.id, state="done", finish="stop", figures={})
    async with running(runtime, size=size) as (app, pilot):
        app.chat.open(conversation)
        transcript = app.chat.transcript
        await until(pilot, lambda: "SOMA" in shown(app) and transcript._filler is None)
        await pilot.press("tab", "home", "enter")
        await until(pilot, lambda: transcript.scroll_y == 0 and "copy" in shown(app))
        while not transcript.following:
            strips = app.screen._compositor.render_strips()
            widths = {(strip.cell_length, cell_len(strip.text)) for strip in strips}
            assert widths == {(size[0], size[0])}, shown(app)
            assert transcript.max_scroll_x == app.chat.max_scroll_x == 0
            edge = transcript.region
            for strip in strips[edge.y : edge.bottom]:
                assert cell_len(strip.crop(0, edge.x).text) == edge.x, shown(app)
            transcript.page(1)
            await pilot.pause()
            await until(pilot, lambda: transcript._filler is None)


@pytest.mark.parametrize("width", [36, 76])
@pytest.mark.parametrize("name", [name for name in HARD if "table" not in name])
def test_nothing_is_cut(name: str, width: int) -> None:
    from agents.text import visible
    from soma_tui.markdown.blocks import parser
    from soma_tui.markdown.document import Document

    text = visible(HARD[name])
    page = Document(text).page
    drawn = ""
    for y in range(page.height(width)):
        number, inner = page.at(width, y)
        row = page.parts[number].row(width, inner)
        drawn += row.content.plain if row.line is not None else ""
    said = "".join(
        child.content
        for token in parser().parse(text)
        for child in (token.children or [token])
        if not child.type.startswith("link")
    )
    kept = letters(drawn).replace("image", "")
    assert kept == letters(said.expandtabs(4))
