"""Specialists asked by name in the chat, and the run behind an answer."""

from __future__ import annotations

import pytest

from soma_tui.screens.team import TeamScreen
from tests.soma_tui.driving import running, send, shown, until, write
from tests.soma_tui.fakes import FakeRuntime
from tests.soma_tui.test_composer_list import entries


def answered(app) -> bool:
    """Whether nothing is being answered."""
    return not app.state.answers and not app.state.saving


async def test_a_mention_has_a_specialist_answer_and_both_say_so(runtime: FakeRuntime) -> None:
    runtime.reply = "def tide(): …"
    async with running(runtime) as (app, pilot):
        await send(pilot, "@coder write the tide as a function")
        await until(pilot, lambda: answered(app) and "SOMA coder" in shown(app))
        assert "You → coder" in shown(app)
        assert "· ▸" not in shown(app)
        question, answer = runtime.conversations.messages(app.state.conversation)
        assert question.text == "write the tide as a function"
        assert question.work.specialists == answer.work.specialists == ("coder",)
        await pilot.press("alt+t")
        await until(pilot, lambda: "coder answered alone" in shown(app))
        app.chat.open(None)
        app.chat.open(question.conversation)
        await until(pilot, lambda: "SOMA coder" in shown(app))


async def test_several_names_give_an_answer_whose_run_is_a_key_or_a_click_away(
    runtime: FakeRuntime,
) -> None:
    runtime.reply = "Both agree."
    async with running(runtime) as (app, pilot):
        await send(pilot, "@researcher @personal compare them")
        await until(pilot, lambda: answered(app) and "researcher + personal · ▸" in shown(app))
        await pilot.press("tab", "up")
        await until(pilot, lambda: app.chat.transcript.selected)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, TeamScreen))
        await until(pilot, lambda: "run 1 · “Compare them”" in shown(app))
        await pilot.press("alt+1")
        await until(pilot, lambda: app.screen is app.chat and "· ▸" in shown(app))
        lines = shown(app).splitlines()
        row = next(y for y, line in enumerate(lines) if "· ▸" in line)
        await pilot.click(offset=(lines[row].index("▸"), row))
        await until(pilot, lambda: isinstance(app.screen, TeamScreen))


async def test_the_slash_command_does_what_the_mention_does(runtime: FakeRuntime) -> None:
    runtime.reply = "yes"
    async with running(runtime) as (app, pilot):
        await write(pilot, "/ask coder is this right?")
        await pilot.press("enter")
        await until(pilot, lambda: answered(app) and "SOMA coder" in shown(app))
        assert app.chat.composer.text == ""
        (question, _) = runtime.conversations.messages(app.state.conversation)
        assert (question.text, question.work.specialists) == ("is this right?", ("coder",))


@pytest.mark.parametrize("between", [" ", "\n", "\n\n"])
async def test_the_slash_command_takes_several_lines(between: str, runtime: FakeRuntime) -> None:
    runtime.reply = "yes"
    async with running(runtime) as (app, pilot):
        await write(pilot, f"/ask coder{between}is this right?\n\n    x = 1\n")
        await pilot.press("enter")
        await until(pilot, lambda: answered(app) and "SOMA coder" in shown(app))
        assert app.chat.composer.text == ""
        (question, _) = runtime.conversations.messages(app.state.conversation)
        assert question.text == "is this right?\n\n    x = 1"
        assert question.work.specialists == ("coder",)


async def test_a_name_that_nobody_has_keeps_what_was_typed(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await write(pilot, "/ask baker is this right?")
        await pilot.press("enter")
        await until(pilot, lambda: "There is no specialist 'baker'" in shown(app))
        assert app.chat.composer.text == "/ask baker is this right?"
        assert runtime.conversations.list() == []


async def test_a_name_alone_waits_for_the_request(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await write(pilot, "/ask coder")
        await pilot.press("enter")
        await until(pilot, lambda: app.chat.composer.text == "@coder ")
        assert runtime.conversations.list() == []


async def test_editing_shows_the_name_and_the_answer_is_the_specialist_s_again(
    runtime: FakeRuntime,
) -> None:
    runtime.reply = "done"
    async with running(runtime) as (app, pilot):
        await send(pilot, "@coder one")
        await until(pilot, lambda: answered(app) and "SOMA coder" in shown(app))
        await pilot.press("alt+e")
        await until(pilot, lambda: app.chat.composer.text == "@coder one")
        await pilot.press("end", *" more", "enter")
        await until(pilot, lambda: "one more" in shown(app) and answered(app))
        question = runtime.conversations.messages(app.state.conversation)[0]
        assert (question.text, question.work.specialists) == ("one more", ("coder",))


async def test_the_composer_offers_specialists_at_the_beginning(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await pilot.press("alt+a")
        await until(pilot, lambda: any(line.startswith("@coder") for line in entries(app)))
        await pilot.press("r", "enter")
        await until(pilot, lambda: app.chat.composer.text == "@researcher ")
        assert runtime.conversations.list() == []
        await pilot.press(*"a @")
        await until(pilot, lambda: app.chat.composer.text == "@researcher a @")
        assert not any(line.startswith("@coder") for line in entries(app))
