"""What was recalled for an answer: in its head, and on a page of its own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import pytest

from soma_tui.screens.forgetting import ForgetScreen
from soma_tui.screens.recalled import RecalledScreen
from store.message import Memory
from tests.soma_tui.driving import fill, running, send, shown, until
from tests.soma_tui.fakes import FakeRuntime

SAID = "We sail on Thursday the 12th."
WHY = "words: sail · meaning 0.71"
WHEN = 1_762_160_000.0  # 3 November 2025


def memories(message: int, count: int = 2) -> list[Memory]:
    first = Memory(f"message:{message}", SAID, "Sailing trip", WHEN, "user", WHY, 0.8)
    others = [
        Memory(f"passage:{n}", f"page {n}", "tides.md", None, "", "meaning 0.40", 0.4)
        for n in range(1, count)
    ]
    return [first, *others]


@asynccontextmanager
async def answered(runtime: FakeRuntime, **options: Any):
    """A chat in which one answer rests on what was recalled."""
    await runtime.open_store()
    stored = runtime.conversations
    said = stored.add_user(stored.create("Sailing trip").id, SAID).id
    conversation = fill(runtime, 4)
    question = stored.messages(conversation)[-2].id
    runtime.recall_these(question, memories(said))
    async with running(runtime, **options) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "answer 1" in shown(app))
        yield app, pilot, said


async def open_page(app, pilot) -> None:
    await pilot.press("alt+m")
    await until(pilot, lambda: isinstance(app.screen, RecalledScreen) and SAID in shown(app))


async def test_an_answer_says_how_much_was_recalled_for_it(runtime) -> None:
    async with answered(runtime) as (app, _, _):
        heads = [line for line in shown(app).splitlines() if "SOMA  recalled" in line]
        heads += [line for line in shown(app).splitlines() if "SOMA recalled 2" in line]
        assert len(heads) == 1
        assert [entry.recalled for entry in app.chat.transcript.entries] == [0, 0, 0, 2]


async def test_it_is_said_while_the_answer_comes(runtime) -> None:
    async with answered(runtime) as (app, pilot, said):
        runtime.may_load.clear()
        await send(pilot, "when do we sail?")
        conversation = app.state.conversation
        question = runtime.conversations.messages(conversation)[-1].id
        runtime.recall_these(question, memories(said, 3))
        runtime.may_load.set()
        await until(pilot, lambda: "recalled 3" in shown(app))
        runtime.say("On Thursday.")
        runtime.end()
        await until(pilot, lambda: not app.state.answers)
        assert app.chat.transcript.entries[-1].recalled == 3


async def test_the_page_lists_text_source_date_and_why(runtime) -> None:
    async with answered(runtime, size=(120, 40)) as (app, pilot, _):
        await open_page(app, pilot)
        page = " ".join(shown(app).split())
        assert f"user · 3 November 2025 · Sailing trip · {WHY}" in page
        assert "page 1 gone since · tides.md · meaning 0.40" in page
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.chat)


async def test_the_word_in_the_head_can_be_clicked(runtime) -> None:
    async with answered(runtime) as (app, pilot, _):
        app.chat.transcript.focus()
        await pilot.press("end")
        await until(pilot, lambda: "regenerate" in shown(app))
        y = next(n for n, line in enumerate(shown(app).splitlines()) if "regenerate" in line)
        x = shown(app).splitlines()[y].index("recalled 2")
        assert await pilot.click(offset=(x + 1, y))
        await until(pilot, lambda: isinstance(app.screen, RecalledScreen))


async def test_what_was_recalled_is_pinned_and_let_loose(runtime) -> None:
    async with answered(runtime) as (app, pilot, said):
        await open_page(app, pilot)
        await pilot.press("p")
        await until(pilot, lambda: f"● {SAID}" in shown(app))
        assert runtime.recall.recall.item(f"message:{said}").pinned
        await pilot.press("p")
        await until(pilot, lambda: "●" not in shown(app))
        assert not runtime.recall.recall.item(f"message:{said}").pinned


async def test_what_was_recalled_is_forgotten_after_asking(runtime) -> None:
    async with answered(runtime) as (app, pilot, said):
        await open_page(app, pilot)
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(app.screen, ForgetScreen))
        await until(pilot, lambda: "whole messages: 1" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Forgotten" in shown(app))
        assert SAID not in runtime.conversations.message(said).text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecalledScreen))


async def test_enter_shows_where_it_was_said(runtime) -> None:
    async with answered(runtime) as (app, pilot, said):
        await open_page(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.chat and app.state.conversation == 1)
        await until(pilot, lambda: app.chat.transcript.selected == (said, None))


async def test_a_passage_is_pinned_and_forgotten_with_its_document(runtime, tmp_path) -> None:
    file = tmp_path / "tides.md"
    file.write_text("The tide rises twice a day.")
    await runtime.open_store()
    async for _ in runtime.remembering.ingest([file]):
        pass
    async with answered(runtime) as (app, pilot, _):
        await open_page(app, pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "It is from tides.md: Alt+4 shows it." in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: "● page 1" in shown(app))
        assert runtime.remembering.library.passage(1).pinned
        await pilot.press("delete")
        await until(pilot, lambda: "document: tides.md" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Forgotten" in shown(app))
        assert runtime.remembering.library.list() == []


async def test_of_what_is_gone_it_says_so(runtime) -> None:
    async with answered(runtime) as (app, pilot, _):
        await open_page(app, pilot)
        await pilot.press("down", "delete")
        await until(pilot, lambda: "It is gone already." in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "It is gone since." in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: "there is no passage 1" in shown(app))


async def test_where_nothing_was_recalled_it_says_so(runtime) -> None:
    async with running(runtime) as (app, pilot):
        await pilot.press("alt+m")
        await until(pilot, lambda: "Nothing was recalled for this answer." in shown(app))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_the_page_fits(size, runtime) -> None:
    async with answered(runtime, size=size) as (app, pilot, _):
        await open_page(app, pilot)
        assert app.screen.region.contains_region(app.screen.query_one(".dialog").region)
        assert "esc back" in shown(app)
        await pilot.press("delete")
        await until(pilot, lambda: "whole messages: 1" in shown(app))
        assert "esc keep" in shown(app)
