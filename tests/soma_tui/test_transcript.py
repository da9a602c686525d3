"""The bounded window over a long conversation, and pieces of it on their own."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from soma_tui.widgets import transcript
from soma_tui.widgets.conversation_list import by_day, title_of
from soma_tui.widgets.message import MessageView, clipped, when
from store.conversations import Conversation
from tests.soma_tui.driving import fill, running, send, shown, until
from tests.soma_tui.fakes import FakeRuntime

TODAY = date(2026, 11, 22)


@pytest.fixture
def small_window(monkeypatch) -> None:
    for name, count in (("_MOUNTED", 14), ("_MOST_MOUNTED", 17), ("_MORE", 8)):
        monkeypatch.setattr(transcript, name, count)


def mounted(app) -> int:
    return len(app.chat.transcript.query(MessageView))


async def test_a_long_conversation_is_mounted_by_and_by(runtime, small_window) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 40)
    async with running(runtime) as (app, pilot):
        view = app.chat.transcript
        app.chat.open(conversation)
        await until(pilot, lambda: "answer 19" in shown(app))
        await until(pilot, lambda: mounted(app) >= 14)
        assert mounted(app) < 20
        assert "answer 19" in shown(app)
        view.scroll_home(animate=False)
        await until(pilot, lambda: mounted(app) >= 22)
        for _ in range(40):
            view.scroll_home(animate=False)
            await pilot.pause()
            if "question 0" in shown(app):
                break
        await until(pilot, lambda: "question 0" in shown(app))


async def test_older_messages_come_above_without_moving_what_is_read(runtime, small_window) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 40, text="two\n\nlines")
    async with running(runtime) as (app, pilot):
        view = app.chat.transcript
        app.chat.open(conversation)
        await until(pilot, lambda: "answer 19" in shown(app) and mounted(app) >= 14)
        view.scroll_to(y=6, animate=False)
        await until(pilot, lambda: view.scroll_y == 6)
        await pilot.pause()
        before = [line[:95].rstrip() for line in shown(app).splitlines()[1:20]]
        view.scroll_to(y=3, animate=False)
        await until(pilot, lambda: mounted(app) >= 22)
        await pilot.pause()
        after = [line[:95].rstrip() for line in shown(app).splitlines()[4:23]]
        assert [line[26:] for line in after] == [line[26:] for line in before]


async def test_the_window_stays_bounded_while_talking(runtime, small_window) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 16)
    runtime.reply = "short"
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: mounted(app) == 14)
        for number in range(3):
            await send(pilot, f"again {number}")
            await until(pilot, lambda: not app.state.answers)
        await until(pilot, lambda: mounted(app) <= 17)
        assert "again 2" in shown(app)


async def test_a_huge_paste_does_not_freeze_and_is_sent_whole(runtime: FakeRuntime) -> None:
    from textual.events import Paste

    runtime.reply = "long indeed"
    text = "one long line of words " * 45_000
    async with running(runtime) as (app, pilot):
        app.chat.composer.post_message(Paste(text))
        await until(pilot, lambda: len(app.chat.composer.whole_text) == len(text))
        await pilot.press("x", "enter")
        await until(pilot, lambda: "long indeed" in shown(app))
        assert app.chat.composer.text == ""
        assert len(runtime.conversations.messages(1)[0].text) == len(text) + 1
        app.chat.transcript.scroll_home(animate=False)
        await until(pilot, lambda: "one long line" in shown(app))


async def test_pasted_control_characters_are_made_visible(runtime: FakeRuntime) -> None:
    from textual.events import Paste

    async with running(runtime) as (app, pilot):
        app.chat.composer.post_message(Paste("a\r\nb\x1b[31m\x00"))
        await until(pilot, lambda: app.chat.composer.text == "a\nb␛[31m␀")


def test_what_is_too_long_to_draw_is_cut_with_a_note() -> None:
    shown_text, note = clipped("a" * 30_000)
    assert len(shown_text) == 20_000
    assert note == "… 10,000 more characters are stored and not drawn"
    assert clipped("a\x1b") == ("a␛", "")


@pytest.mark.parametrize(
    ("moment", "text"),
    [(datetime(2026, 11, 22, 9, 5), "09:05"), (datetime(2026, 3, 2, 23, 59), "2 Mar 23:59")],
)
def test_times_name_the_day_unless_it_is_today(moment: datetime, text: str) -> None:
    assert when(moment.timestamp(), TODAY) == text


def test_conversations_are_grouped_by_day_in_their_order() -> None:
    def conversation(id: int, *moment: int) -> Conversation:
        updated = datetime(2026, 11, *moment).timestamp()
        return Conversation(id, f"c{id}", updated, updated, 1)

    found = [
        conversation(1, 22, 23, 59),
        conversation(2, 22, 0, 0),
        conversation(3, 21, 12),
        conversation(4, 1),
    ]
    groups = {name: [c.id for c in group] for name, group in by_day(found, TODAY)}
    assert groups == {"today": [1, 2], "yesterday": [3], "earlier": [4]}


@pytest.mark.parametrize(
    ("title", "line"), [("", "untitled"), (" two\nlines ", "two lines"), ("\x1b[2J", "␛[2J")]
)
def test_titles_are_one_safe_line(title: str, line: str) -> None:
    assert title_of(Conversation(1, title, 0, 0, 0)) == line
