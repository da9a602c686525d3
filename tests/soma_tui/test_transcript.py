"""The bounded window over a long conversation, and pieces of it on their own."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from soma_tui.widgets import window
from soma_tui.widgets.body import clipped
from soma_tui.widgets.conversation_list import by_day, title_of
from soma_tui.widgets.head import when
from soma_tui.widgets.message import MessageView
from store.conversations import Conversation
from tests.soma_tui.driving import fill, running, send, shown, until
from tests.soma_tui.fakes import FakeRuntime

TODAY = date(2026, 11, 22)


@pytest.fixture
def small_window(monkeypatch) -> None:
    for name, count in (("_AHEAD", 6), ("_SLACK", 4)):
        monkeypatch.setattr(window, name, count)


def mounted(app) -> list[int]:
    """The messages that are mounted, in their order."""
    return [view.message for view in app.chat.transcript.query(MessageView)]


def filled(app) -> bool:
    """Whether all is mounted that should be, and nothing else."""
    transcript = app.chat.transcript
    return transcript._filler is None and not transcript._next_step()


async def opened(app, pilot, runtime, count: int, text: str = "line"):
    """Open a long conversation at its end."""
    app.chat.open(fill(runtime, count, text))
    last = f"answer {count // 2 - 1}"
    await until(pilot, lambda: last in shown(app) and filled(app))
    return app.chat.transcript


async def test_only_the_end_of_a_long_conversation_is_mounted(runtime, small_window) -> None:
    await runtime.open_store()
    async with running(runtime) as (app, pilot):
        transcript = await opened(app, pilot, runtime, 200)
        assert len(mounted(app)) < 30
        assert transcript.following
        assert mounted(app)[-1] == transcript.entries[-1].message


async def test_scrolling_up_mounts_older_messages_and_takes_down_newer(
    runtime, small_window
) -> None:
    await runtime.open_store()
    async with running(runtime) as (app, pilot):
        transcript = await opened(app, pilot, runtime, 100)
        most = 0
        while "question 0" not in shown(app):
            transcript.scroll_home(animate=False, immediate=True)
            await pilot.pause()
            await until(pilot, lambda: filled(app))
            most = max(most, len(mounted(app)))
        assert most < 40
        assert mounted(app)[0] == transcript.entries[0].message
        assert transcript.entries[-1].message not in mounted(app)
        while not transcript.following:
            transcript.scroll_relative(y=15, animate=False, immediate=True)
            await pilot.pause()
            await until(pilot, lambda: filled(app))
            most = max(most, len(mounted(app)))
            order = [entry.message for entry in transcript.entries]
            start = order.index(mounted(app)[0])
            assert mounted(app) == order[start : start + len(mounted(app))]
        assert most < 40
        await until(pilot, lambda: "answer 49" in shown(app))


async def test_nothing_moves_while_messages_come_and_go_around_the_reader(
    runtime, small_window
) -> None:
    await runtime.open_store()
    async with running(runtime) as (app, pilot):
        transcript = await opened(app, pilot, runtime, 120, text="two\n\nlines")

        def rows() -> list[str]:
            region = transcript.content_region
            lines = shown(app).splitlines()[region.y : region.bottom]
            return [line[region.x : region.right - 1].rstrip() for line in lines]

        for step in (*[-3] * 40, *[4] * 20):
            before, top = rows(), mounted(app)
            transcript.scroll_relative(y=step, animate=False, immediate=True)
            await pilot.pause()
            await until(pilot, lambda: filled(app))
            after = rows()
            kept = before[:step] if step < 0 else before[step:]
            assert (after[-step:] if step < 0 else after[:-step]) == kept, (step, top)
        assert "answer 59" not in shown(app)


async def test_the_end_is_there_at_once_from_far_above(runtime, small_window) -> None:
    await runtime.open_store()
    async with running(runtime) as (app, pilot):
        transcript = await opened(app, pilot, runtime, 400)
        transcript.focus()
        await pilot.press("home")
        await until(pilot, lambda: "question 0" in shown(app) and filled(app))
        assert transcript.entries[-1].message not in mounted(app)
        await pilot.press("ctrl+end")
        await until(pilot, lambda: "answer 199" in shown(app))
        assert transcript.following
        assert "answer 0:" not in shown(app)
        await until(pilot, lambda: filled(app))
        assert len(mounted(app)) < 30


async def test_the_window_stays_bounded_while_talking(runtime, small_window) -> None:
    await runtime.open_store()
    runtime.reply = "short"
    async with running(runtime) as (app, pilot):
        await opened(app, pilot, runtime, 16)
        for number in range(8):
            await send(pilot, f"again {number}")
            await until(pilot, lambda: not app.state.answers)
        await until(pilot, lambda: filled(app))
        assert len(mounted(app)) < 24
        assert "again 7" in shown(app)


async def test_what_is_said_while_the_reader_is_far_above_is_there_later(
    runtime, small_window
) -> None:
    await runtime.open_store()
    async with running(runtime) as (app, pilot):
        transcript = await opened(app, pilot, runtime, 200)
        await send(pilot, "go on")
        await until(pilot, lambda: app.state.answers[1].message)
        runtime.say("first words, ")
        await until(pilot, lambda: "first words" in shown(app))
        transcript.focus()
        await pilot.press("home")
        await until(pilot, lambda: "question 0" in shown(app) and filled(app))
        runtime.say("words in between, ")
        await until(pilot, lambda: "words in between, " in app.state.answers[1].text)
        assert "new text below" in shown(app)
        transcript.to_end()
        await until(pilot, lambda: "first words, words in between," in shown(app))
        await pilot.press("home")
        await until(pilot, lambda: "question 0" in shown(app) and filled(app))
        runtime.say("last words")
        runtime.end()
        await until(pilot, lambda: not app.state.answers)
        assert "question 0" in shown(app)
        transcript.to_end()
        await until(pilot, lambda: "first words, words in between, last words" in shown(app))


async def test_a_conversation_can_be_opened_at_a_message(runtime, small_window) -> None:
    await runtime.open_store()
    async with running(runtime) as (app, pilot):
        transcript = await opened(app, pilot, runtime, 200)
        entries = list(transcript.entries)
        transcript.show(entries, 0, at=entries[100].message)
        await until(pilot, lambda: "question 50" in shown(app) and filled(app))
        assert transcript.selected == (entries[100].message, None)
        assert not transcript.following
        assert len(mounted(app)) < 30


async def test_conversations_can_be_changed_faster_than_they_are_drawn(
    runtime, small_window
) -> None:
    await runtime.open_store()
    async with running(runtime) as (app, pilot):
        first = fill(runtime, 60, text="of the first")
        second = fill(runtime, 60, text="of the second")
        for _ in range(5):
            app.chat.open(first)
            app.chat.open(second)
            await pilot.pause()
            app.chat.open(None)
            app.chat.open(first)
        await until(pilot, lambda: "answer 29: of the first" in shown(app) and filled(app))
        assert mounted(app) == [
            entry.message for entry in app.chat.transcript.entries[-len(mounted(app)) :]
        ]


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
    shown_text, note = clipped("a" * 210_000)
    assert len(shown_text) == 200_000
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


async def test_a_page_up_is_not_lost_to_a_layout_that_is_due(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        app.chat.open(fill(runtime, 20))
        transcript = app.chat.transcript
        await until(pilot, lambda: "answer 9" in shown(app) and transcript.max_scroll_y > 30)
        transcript._clear_arrangement_cache()
        app.screen._compositor._full_map_invalidated = True
        transcript.page(-1)
        assert transcript.scroll_y < transcript.max_scroll_y - 5
        await pilot.pause()
        assert not transcript.following
