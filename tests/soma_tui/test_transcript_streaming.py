"""Answers while they are said, and how they end."""

from __future__ import annotations

import pytest

from soma_tui.markdown import highlight
from soma_tui.widgets.message import MessageView
from tests.soma_tui.driving import fill, running, send, shown, until
from tests.soma_tui.fakes import FakeRuntime


async def asked(app, pilot, runtime, conversation: int = 1):
    """Send a message and wait until its answer has begun; gives the view of the answer."""
    await send(pilot, "go on")
    await until(pilot, lambda: app.state.answers[conversation].message)
    message = app.state.answers[conversation].message
    await until(pilot, lambda: message in app.chat.transcript.views)
    return app.chat.transcript.views[message]


def said(view) -> str:
    return view._document.source


def rows(app) -> list[str]:
    """The rows of the transcript."""
    region = app.chat.transcript.content_region
    lines = shown(app).splitlines()[region.y : region.bottom]
    return [line[region.x : region.right - 1].rstrip() for line in lines]


def colours(app, text: str) -> set[object]:
    """The colours that a text is drawn in, and those behind it."""
    return {
        (segment.style.color, segment.style.bgcolor)
        for strip in app.screen._compositor.render_strips()
        for segment in strip
        if segment.style and text in segment.text
    }


async def test_a_long_code_block_is_highlighted_once(runtime, monkeypatch) -> None:
    highlighted = []
    original = highlight.highlight
    monkeypatch.setattr(
        highlight,
        "highlight",
        lambda language, code: (highlighted.append(len(code)), original(language, code))[1],
    )
    async with running(runtime) as (app, pilot):
        view = await asked(app, pilot, runtime)
        runtime.say("Here:\n\n```python\n")
        code = ""
        for block in range(100):
            lines = "".join(f"x = {block * 10 + n}  # note\n" for n in range(10))
            code += lines
            runtime.say(lines)
            await pilot.pause()
        await until(pilot, lambda: "x = 999" in shown(app))
        assert view.codes[0].text == code.removesuffix("\n")
        assert not highlighted
        plain = colours(app, "note")
        runtime.say("```\n\nDone.")
        await until(pilot, lambda: "Done." in shown(app))
        await until(pilot, lambda: colours(app, "note") and colours(app, "note") != plain)
        runtime.end()
        await until(pilot, lambda: not app.state.answers)
        await until(pilot, lambda: view._below is not None and said(view).endswith("Done."))
        assert len(highlighted) == 1


async def test_an_answer_that_ends_is_not_drawn_anew(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        view = await asked(app, pilot, runtime)
        runtime.say("One.\n\n- two\n\n```\nthree\n")
        await until(pilot, lambda: "three" in shown(app))
        parts = list(view._text.parts)
        runtime.end("length")
        await until(pilot, lambda: view.codes[0].whole)
        await until(pilot, lambda: "  cut off at the limit" in shown(app))
        assert app.chat.transcript.views[view.message] is view
        assert list(view._text.parts) == parts


async def test_an_answer_that_was_stored_otherwise_is_drawn_as_it_was_stored(runtime) -> None:
    async with running(runtime) as (app, pilot):
        view = await asked(app, pilot, runtime)
        runtime.say("half of")
        await until(pilot, lambda: "half of" in shown(app))
        app.chat.transcript.finish(view.message, "something **else**", "stopped")
        await until(pilot, lambda: "something else" in shown(app) and "stopped" in shown(app))
        assert "half of" not in shown(app)
        assert app.chat.transcript.last_answer == "something **else**"


async def test_a_code_block_that_grows_moves_no_reader(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await asked(app, pilot, runtime)
        runtime.say("```\n" + "".join(f"line {n}\n" for n in range(60)))
        await until(pilot, lambda: "line 59" in shown(app))
        transcript = app.chat.transcript
        await pilot.press("pageup")
        await until(pilot, lambda: "line 59" not in shown(app))
        before, height = rows(app), transcript.max_scroll_y
        for n in range(60, 90):
            runtime.say(f"line {n}\n")
        await until(pilot, lambda: transcript.max_scroll_y >= height + 30)
        assert before[: len(rows(app))] == rows(app)
        runtime.say("```\nand text")
        runtime.end()
        await until(pilot, lambda: not app.state.answers)
        await pilot.pause()
        assert before[: len(rows(app))] == rows(app)
        assert "new text below" in shown(app)
        assert not transcript.following


async def test_a_reader_keeps_the_place_when_the_terminal_changes_its_size(runtime) -> None:
    async with running(runtime, size=(100, 30)) as (app, pilot):
        view = await asked(app, pilot, runtime)
        text = "\n\n".join(f"paragraph {n} " + "with some words " * 12 for n in range(60))
        runtime.say(text)
        await until(pilot, lambda: "paragraph 59" in shown(app))
        transcript = app.chat.transcript
        for _ in range(3):
            await pilot.press("pageup")
        await until(pilot, lambda: "paragraph 59" not in shown(app))
        mark = view.mark_of(round(transcript.scroll_y) - view.virtual_region.y)
        for size in ((60, 20), (120, 40), (44, 14), (100, 30)):
            runtime.say(f"\n\nmore at {size}")
            await pilot.resize_terminal(*size)
            await until(pilot, lambda size=size: app.size == size and view.size.width < size[0])
            await until(pilot, lambda size=size: f"more at {size}" in said(view))
            await pilot.pause()
            top = round(transcript.scroll_y) - view.virtual_region.y
            assert view.mark_of(top)[:2] == mark[:2], size
        assert not transcript.following


async def test_a_conversation_is_left_and_found_again_in_the_middle_of_code(runtime) -> None:
    async with running(runtime) as (app, pilot):
        await asked(app, pilot, runtime)
        runtime.say("```python\nfirst = 1\n")
        await until(pilot, lambda: "first = 1" in shown(app))
        app.chat.open(None)
        await until(pilot, lambda: "first = 1" not in shown(app))
        runtime.say("second = 2\n")
        await until(pilot, lambda: "second" in app.state.answers[1].text)
        app.chat.open(1)
        await until(pilot, lambda: "second = 2" in shown(app))
        runtime.say("third = 3\n```\nDone.")
        runtime.end()
        await until(pilot, lambda: "Done." in shown(app) and not app.state.answers)
        transcript = app.chat.transcript
        (code,) = transcript.views[transcript.entries[-1].message].codes
        assert code.text == "first = 1\nsecond = 2\nthird = 3"


async def test_another_theme_recolours_what_stands_there(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 2, text="**bold** `code`\n\n```python\nx = 'text'\n```")
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "x = 'text'" in shown(app))
        texts = ("SOMA", "bold", "code", "text")
        before = {text: colours(app, text) for text in texts}
        app.theme = "soma-light"
        for text in texts:
            await until(
                pilot,
                lambda text=text: (
                    colours(app, text) and colours(app, text).isdisjoint(before[text])
                ),
            )


async def test_many_answers_cost_one_widget_each(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    answer = "\n\n".join(["- a\n- b\n  - c", "| a | b |\n|---|---|\n| 1 | 2 |", "> q"] * 5)
    conversation = fill(runtime, 40, text=answer)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "q" in shown(app))
        transcript = app.chat.transcript
        views = transcript.query(MessageView)
        assert len(transcript.query("*")) == len(views) + 1


@pytest.mark.parametrize("ending", ["stop", "cancelled"])
async def test_what_was_copied_of_an_answer_that_runs_is_what_was_said(ending, runtime) -> None:
    async with running(runtime) as (app, pilot):
        await asked(app, pilot, runtime)
        runtime.say("so **far**")
        await until(pilot, lambda: "so far" in shown(app))
        await pilot.press("tab", "end", "c")
        await until(pilot, lambda: app.clipboard == "so **far**")
        runtime.say(" and on")
        runtime.end(ending)
        await until(pilot, lambda: not app.state.answers)
        await pilot.press("c")
        await until(pilot, lambda: app.clipboard == "so **far** and on")
