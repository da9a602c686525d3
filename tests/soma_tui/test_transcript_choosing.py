"""Choosing a block by key and by mouse, and what can be done with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from soma_tui.actions import BY_ID, Action
from soma_tui.screens.help import HelpScreen
from soma_tui.widgets import window
from tests.soma_tui.driving import fill, running, send, shown, until
from tests.soma_tui.fakes import FakeRuntime

ANSWER = """Two ways:

```python
print(1)
```

or

```sh
\techo 2
```

and **that** is all."""


@pytest.fixture
def small_window(monkeypatch) -> None:
    for name, count in (("_AHEAD", 4), ("_SLACK", 2)):
        monkeypatch.setattr(window, name, count)


def talk(runtime: FakeRuntime, *texts: str) -> int:
    """Store a conversation of these texts, the user's and SOMA's in turn."""
    stored = runtime.conversations
    conversation = stored.create("talk").id
    for number, text in enumerate(texts):
        if number % 2:
            answer = stored.begin_answer(conversation, "starter", "vocabulary")
            stored.append_piece(answer.id, text, [1])
            stored.finish_answer(answer.id, state="done", finish="stop", figures={})
        else:
            stored.add_user(conversation, text)
    return conversation


def place(app, text: str, nth: int = 0) -> tuple[int, int]:
    """Where the nth occurrence of a text stands on the screen."""
    found = [
        (line.index(text), y) for y, line in enumerate(shown(app).splitlines()) if text in line
    ]
    return found[nth]


def barred(app) -> list[str]:
    """The rows of the transcript that are highlighted."""
    region = app.chat.transcript.region
    rows = [line[region.x : region.right - 1] for line in shown(app).splitlines()]
    return [row[2:].strip() for row in rows if row.startswith("▎ ")]


async def test_tab_leads_from_place_to_place_and_chooses_nothing(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello", ANSWER)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "is all" in shown(app))
        await pilot.press("tab")
        assert app.focused is app.chat.transcript
        assert app.chat.transcript.selected is None
        assert "c copy" in shown(app)
        await pilot.press("tab")
        assert app.focused is app.chat.conversations
        await pilot.press("shift+tab", "shift+tab")
        assert app.focused is app.chat.composer
        await pilot.press("tab", *"come")
        assert app.chat.composer.text == "come"


async def test_up_and_down_go_from_block_to_block(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello", ANSWER, "thanks", "with pleasure")
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "with pleasure" in shown(app))
        transcript = app.chat.transcript
        first, second, third, fourth = (entry.message for entry in transcript.entries)
        order = [
            (first, None),
            (second, None),
            (second, "print(1)"),
            (second, "\techo 2"),
            (third, None),
            (fourth, None),
        ]
        await pilot.press("tab")
        visited = []
        for _ in range(7):
            await pilot.press("up")
            visited.append(transcript.selected)
        assert visited == [*reversed(order), order[0]]
        visited = []
        for _ in range(6):
            await pilot.press("down")
            visited.append(transcript.selected)
        assert visited == [*order[1:], order[-1]]
        await pilot.press("up", "up", "up")
        await until(pilot, lambda: barred(app)[1:] == ["print(1)"])
        assert barred(app)[0].split() == ["python", "copy"]
        await pilot.press("home")
        await until(pilot, lambda: barred(app)[-1:] == ["hello"])


async def test_a_block_is_copied_as_source_or_as_bare_code(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello\nthere", ANSWER)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "is all" in shown(app))
        await pilot.press("tab", "home", "c")
        await until(pilot, lambda: app.clipboard == "hello\nthere")
        await until(pilot, lambda: "Copied 2 lines." in shown(app))
        await pilot.press("down", "c")
        await until(pilot, lambda: app.clipboard == ANSWER)
        await pilot.press("down", "down", "c")
        await until(pilot, lambda: app.clipboard == "\techo 2")
        assert app.chat.composer.text == ""


async def test_keys_cross_the_edges_of_what_is_mounted(runtime, small_window) -> None:
    await runtime.open_store()
    conversation = talk(runtime, *["ask", "say\n\n```\ncode\n```"] * 14)
    async with running(runtime, size=(80, 24)) as (app, pilot):
        app.chat.open(conversation)
        transcript = app.chat.transcript
        await until(pilot, lambda: "code" in shown(app))
        order = [
            (entry.message, code)
            for entry in transcript.entries
            for code in ((None,) if entry.role == "user" else (None, "code"))
        ]
        await pilot.press("tab", "end")
        assert transcript.selected == order[-1]
        for expected in reversed(order[:-1]):
            await pilot.press("up")
            assert transcript.selected == expected
        assert len(transcript.views) < 24
        await until(pilot, lambda: barred(app)[-1:] == ["ask"] and transcript.scroll_y == 0)
        for expected in order[1:]:
            await pilot.press("down")
            assert transcript.selected == expected
        await until(pilot, lambda: barred(app)[-1:] == ["code"])
        await until(pilot, lambda: transcript.following)


async def test_what_is_chosen_is_brought_into_view(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    long = "\n\n".join(f"paragraph {number}" for number in range(60))
    conversation = talk(runtime, "ask", f"{long}\n\n```\nlast\n```", "again", long)
    async with running(runtime, size=(80, 24)) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "paragraph 59" in shown(app))
        await pilot.press("tab", "home")
        await until(pilot, lambda: "ask" in shown(app))
        await pilot.press("down")
        await until(pilot, lambda: "paragraph 3" in barred(app))
        await pilot.press("down")
        await until(pilot, lambda: barred(app)[-1:] == ["last"])
        assert "paragraph 59" in shown(app)
        await pilot.press("up")
        await until(pilot, lambda: "paragraph 3" in barred(app))
        await pilot.press("end")
        await until(pilot, lambda: app.chat.transcript.following)
        assert barred(app)[-1] == "paragraph 59"


async def test_a_chosen_block_is_not_pushed_away_by_new_text(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello", ANSWER)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await send(pilot, "go on")
        await until(pilot, lambda: app.state.answers[conversation].message)
        await pilot.press("tab", "home")
        await until(pilot, lambda: "hello" in barred(app))
        runtime.say("\n\n".join(f"paragraph {number}" for number in range(40)))
        await until(pilot, lambda: app.chat.transcript.max_scroll_y > 60)
        assert "hello" in barred(app)
        assert "new text below" in shown(app)
        await pilot.press("end")
        await until(pilot, lambda: "paragraph 39" in shown(app))
        runtime.say("\n\nthe very last")
        await until(pilot, lambda: "the very last" in shown(app))


async def test_pages_are_scrolled_and_the_next_key_starts_where_the_reader_is(runtime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 80)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        transcript = app.chat.transcript
        await until(pilot, lambda: "answer 39" in shown(app))
        await pilot.press("tab", "up")
        bottom = transcript.scroll_y
        for _ in range(3):
            await pilot.press("pageup")
        await until(pilot, lambda: "answer 39" not in shown(app))
        assert transcript.scroll_y != bottom
        await pilot.press("down")
        first_in_view = next(v for v, top in transcript.in_view() if top >= 0).message
        assert transcript.selected == (first_in_view, None)


async def test_other_letters_are_text_and_end_the_choice(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello", ANSWER)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "is all" in shown(app))
        await pilot.press("tab", "up")
        await until(pilot, lambda: barred(app))
        await pilot.press(*"no, can")
        await until(pilot, lambda: app.chat.composer.text == "no, can")
        assert app.chat.transcript.selected is None
        await until(pilot, lambda: not barred(app))


async def test_help_and_palette_leave_the_choice_alone(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello", ANSWER)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "is all" in shown(app))
        await pilot.press("tab", "home")
        chosen = app.chat.transcript.selected
        for key in ("question_mark", "ctrl+p"):
            await pilot.press(key)
            await until(pilot, lambda: app.screen is not app.chat)
            assert isinstance(app.screen, HelpScreen) == (key == "question_mark")
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.chat)
            assert app.chat.transcript.selected == chosen


async def test_a_click_chooses_and_copies(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello", ANSWER)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "is all" in shown(app))
        transcript = app.chat.transcript
        question, answer = (entry.message for entry in transcript.entries)
        await pilot.click(offset=place(app, "hello"))
        assert transcript.selected == (question, None)
        await pilot.click(offset=place(app, "print(1)"))
        assert transcript.selected == (answer, "print(1)")
        assert app.clipboard == ""
        await pilot.click(offset=place(app, "copy", 2))
        await until(pilot, lambda: app.clipboard == "\techo 2")
        assert transcript.selected == (answer, "\techo 2")
        await pilot.click(offset=place(app, "Two ways"))
        await pilot.click(offset=place(app, "copy"))
        await until(pilot, lambda: app.clipboard == ANSWER)
        assert app.focused is transcript


async def test_the_words_of_the_head_ask_for_actions(runtime, monkeypatch) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello", "hi", "and?", "well")
    for id in ("edit", "regenerate", "branch_previous", "branch_next", "rate_up", "rate_down"):
        action = Action(id, ("f12",), id, f"{id}.", "Messages", "chat", id)
        monkeypatch.setitem(BY_ID, id, action)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "well" in shown(app))
        performed = []
        monkeypatch.setattr(app, "perform", performed.append)
        transcript = app.chat.transcript
        last = transcript.entries[-1]
        transcript.update_entry(replace(last, siblings=(last.message - 1, last.message)))
        await until(pilot, lambda: "‹2/2›" in shown(app))
        await pilot.click(offset=place(app, "well"))
        await until(pilot, lambda: "SOMA  copy · regenerate · ‹ 2/2 › · + −" in shown(app))
        for word in ("regenerate", "‹", "›", "+", "−"):
            await pilot.click(offset=place(app, word))
        assert transcript.selected == (last.message, None)
        await pilot.click(offset=place(app, "hello"))
        await until(pilot, lambda: "You  copy · edit" in shown(app))
        await pilot.click(offset=place(app, "edit"))
        await until(pilot, lambda: len(performed) == 6)
        assert performed == [
            "regenerate", "branch_previous", "branch_next", "rate_up", "rate_down", "edit",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        ({"rating": 1}, "SOMA ▲"),
        ({"rating": -1}, "SOMA ▼"),
        ({"rating": -1, "better": "No."}, "SOMA ▼ corrected"),
    ],
)
async def test_a_head_is_drawn_anew_in_place(change, mark, runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello", ANSWER)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "is all" in shown(app))
        transcript = app.chat.transcript
        entry = transcript.entries[-1]
        view = transcript.views[entry.message]
        parts = [id(part) for part in view._text.parts]
        transcript.update_entry(replace(entry, **change))
        await until(pilot, lambda: mark in shown(app))
        assert transcript.views[entry.message] is view
        assert [id(part) for part in view._text.parts] == parts
        transcript.update_entry(entry)
        await until(pilot, lambda: mark not in shown(app))


async def test_on_a_narrow_screen_the_head_holds_what_fits(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = talk(runtime, "hello", "hi")
    async with running(runtime, size=(40, 12)) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "hi" in shown(app))
        entry = app.chat.transcript.entries[-1]
        app.chat.transcript.update_entry(
            replace(entry, rating=-1, better="x", siblings=(1, entry.message, 9))
        )
        await pilot.press("tab", "end")
        await until(pilot, lambda: "SOMA ▼ corrected  copy" in shown(app))
        assert max(len(line) for line in shown(app).splitlines()) <= 40


async def test_a_long_message_is_folded_until_it_is_opened(runtime, small_window) -> None:
    await runtime.open_store()
    long = "\n".join(f"line {number}" for number in range(242))
    conversation = talk(runtime, long, "short", *["more", "words"] * 20)
    async with running(runtime, size=(80, 40)) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "words" in shown(app))
        transcript = app.chat.transcript
        await pilot.press("tab", "home")
        await until(pilot, lambda: "… 230 more lines" in shown(app))
        assert "line 11" in shown(app)
        assert "line 12" not in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: "line 30" in shown(app))
        await pilot.press("end")
        await until(pilot, lambda: transcript.entries[0].message not in transcript.views)
        await pilot.press("home")
        await until(pilot, lambda: "line 30" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "… 230 more lines" in shown(app))
        await pilot.click(offset=place(app, "… 230"))
        await until(pilot, lambda: "line 30" in shown(app))
        await pilot.press("c")
        await until(pilot, lambda: app.clipboard == long)


async def test_text_that_is_dragged_over_is_copied_without_the_breaks_of_rows(runtime) -> None:
    await runtime.open_store()
    text = "- some " + "words that are broken into rows " * 4
    conversation = talk(runtime, "hello", text)
    async with running(runtime, size=(60, 24)) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "rows" in shown(app))
        x, y = place(app, "some")
        await pilot.mouse_down(offset=(x, y))
        await pilot.hover(offset=(x + 3, y + 2))
        await pilot.mouse_up(offset=(x + 3, y + 2))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: app.clipboard != "")
        assert "\n" not in app.clipboard
        assert text.removeprefix("- ").startswith(app.clipboard)
        assert app.chat.transcript.selected is None


async def test_keys_that_come_faster_than_frames_are_all_done(runtime, small_window) -> None:
    from textual.events import Key

    await runtime.open_store()
    conversation = talk(runtime, *["ask", "say\n\n```\ncode\n```"] * 40)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        transcript = app.chat.transcript
        await until(pilot, lambda: "code" in shown(app))
        messages = [entry.message for entry in transcript.entries]
        await pilot.press("tab")
        for key in ["home", *["down"] * 5, *["up"] * 2]:
            app.post_message(Key(key, None))
        await until(pilot, lambda: transcript.selected == (messages[2], None))
        await until(pilot, lambda: barred(app)[-1:] == ["ask"])


async def test_pages_that_come_faster_than_frames_are_all_scrolled(runtime: FakeRuntime) -> None:
    from textual.events import Key

    await runtime.open_store()
    conversation = fill(runtime, 60, text="three\n\nlines\n\nlong")
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        transcript = app.chat.transcript
        await until(pilot, lambda: "answer 29" in shown(app) and len(transcript.views) > 15)
        last = transcript.views[transcript.entries[-1].message]

        def below() -> float:
            return last.virtual_region.y - transcript.scroll_y

        before, page = below(), transcript.container_size.height - 2
        await pilot.press("tab")
        for _ in range(2):
            app.post_message(Key("pageup", None))
        await until(pilot, lambda: below() - before == 2 * page)
