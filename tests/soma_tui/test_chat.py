"""Talking: sending, streaming, stopping, and what goes wrong meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agents import events
from soma_tui.actions import ACTIONS
from store.errors import StoreError
from tests.soma_tui.driving import fill, running, send, shown, until, write
from tests.soma_tui.fakes import FakeRuntime


async def test_an_answer_streams_into_the_transcript(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "hello")
        await until(pilot, lambda: app.state.answers[1].message)
        pieces = (("It is **bo", "It is"), ("ld**,\n\n- a li", "a li"), ("st", "• a list"))
        for piece, seen in pieces:
            runtime.say(piece)
            await until(pilot, lambda seen=seen: seen in shown(app))
        assert "answering" in shown(app)
        assert "esc stop" in shown(app)
        runtime.end()
        await until(pilot, lambda: "38 tok/s" in shown(app))
        assert "It is bold," in shown(app)
        assert "saved" in shown(app)
        assert "esc stop" not in shown(app)


async def test_the_screen_says_saved_only_after_the_disk_did(runtime: FakeRuntime) -> None:
    runtime.may_open.clear()
    async with running(runtime, ready=False) as (app, pilot):
        await write(pilot, "hello")
        await pilot.press("enter")
        await until(pilot, lambda: "saving" in shown(app))
        assert app.chat.composer.text == "hello"
        runtime.may_open.set()
        await until(pilot, lambda: "saved" in shown(app))
        assert app.chat.composer.text == ""
        assert runtime.conversations.messages(1)[0].text == "hello"


async def test_an_error_before_the_disk_keeps_the_text(runtime: FakeRuntime) -> None:
    runtime.save_error = StoreError("the disk is full; free some space and send again")
    async with running(runtime) as (app, pilot):
        await write(pilot, "do not lose me")
        await pilot.press("enter")
        await until(pilot, lambda: "the disk is full" in shown(app))
        assert "not saved" in shown(app)
        assert app.chat.composer.text == "do not lose me"
        runtime.save_error = None
        await pilot.press("enter")
        await until(pilot, lambda: app.chat.composer.text == "")
        assert "disk is full" not in shown(app)


async def test_text_typed_after_sending_stays(runtime: FakeRuntime) -> None:
    runtime.may_open.clear()
    async with running(runtime, ready=False) as (app, pilot):
        await write(pilot, "first")
        await pilot.press("enter", *" second")
        runtime.may_open.set()
        await until(pilot, lambda: app.state.conversation == 1)
        await until(pilot, lambda: app.chat.composer.text == " second")
        assert runtime.conversations.messages(1)[0].text == "first"


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
async def test_an_empty_message_is_not_sent(text: str, runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await write(pilot, text)
        await pilot.press("enter")
        await until(pilot, lambda: "an empty one is not sent" in shown(app))
        assert runtime.conversations.list() == []


async def test_escape_sequences_are_shown_and_not_executed(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "\x1b[2Jmine")
        await until(pilot, lambda: app.state.answers[1].message)
        runtime.say("\x1b]0;title\x07 and \x9b31m and \u202e here")
        runtime.end()
        await until(pilot, lambda: "38 tok/s" in shown(app))
        page = shown(app)
        assert "␛[2Jmine" in page
        assert "␛]0;title␇ and ⟨U+009B⟩31m and ⟨U+202E⟩ here" in page
        assert not set(page) & set("\x1b\x07\x9b\u202e")


async def test_markup_html_and_links_do_no_harm(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "[@click=app.quit]mine[/]")
        await until(pilot, lambda: app.state.answers[1].message)
        runtime.say(
            "[@click=app.quit]x[/] <b>bold</b>\n\n<div>block</div>\n\n[docs](https://x.invalid)"
        )
        runtime.end()
        await until(pilot, lambda: "38 tok/s" in shown(app))
        page = shown(app)
        for text in ("[@click=app.quit]mine[/]", "[@click=app.quit]x[/]", "<b>bold</b>", "<div>"):
            assert text in page
        opened = []
        app.open_url = lambda url, **_: opened.append(url)
        line = next(y for y, text in enumerate(page.splitlines()) if "docs" in text)
        await pilot.click(offset=(page.splitlines()[line].index("docs") + 1, line))
        await until(pilot, lambda: "this one leads to https://x.invalid" in shown(app))
        assert opened == []


async def test_a_reader_who_scrolled_up_is_not_pulled_back(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 20)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "answer 9" in shown(app))
        await send(pilot, "go on")
        await until(pilot, lambda: app.state.answers[conversation].message)
        runtime.say("first words")
        await until(pilot, lambda: "first words" in shown(app))
        transcript = app.chat.transcript
        await pilot.press("pageup")
        await until(pilot, lambda: not transcript.following)
        before = [line[:95].rstrip() for line in shown(app).splitlines()[1:12]]
        for number in range(30):
            runtime.say(f"\n\nparagraph {number}")
        await until(pilot, lambda: transcript.max_scroll_y > 60)
        assert [line[:95].rstrip() for line in shown(app).splitlines()[1:12]] == before
        assert "new text below" in shown(app)
        await pilot.click("#below")
        await until(pilot, lambda: "paragraph 29" in shown(app))
        assert "new text below" not in shown(app)
        runtime.say("\n\nthe last one")
        await until(pilot, lambda: "the last one" in shown(app))


async def test_a_short_transcript_that_is_scrolled_goes_on_following(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "hello")
        await until(pilot, lambda: app.state.answers[1].message)
        await pilot.press("pageup", "pagedown")
        runtime.say("\n\n".join(f"paragraph {number}" for number in range(40)))
        await until(pilot, lambda: "paragraph 39" in shown(app))
        assert app.chat.transcript.following


async def test_a_stopped_answer_says_so_after_a_restart(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "hello")
        await until(pilot, lambda: app.state.answers[1].message)
        runtime.say("half an ans")
        await until(pilot, lambda: "half an ans" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: not app.state.answers)
    again = FakeRuntime(runtime.home)
    async with running(again) as (app, pilot):
        await pilot.press("alt+down")
        await until(pilot, lambda: "half an ans" in shown(app) and "stopped" in shown(app))


async def test_an_answer_goes_on_while_another_conversation_is_open(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "first")
        await until(pilot, lambda: app.state.answers[1].message)
        runtime.say("one ")
        await until(pilot, lambda: "one" in shown(app))
        await pilot.press("ctrl+n", *"draft")
        runtime.say("two ")
        await until(pilot, lambda: app.state.answers[1].text == "one two ")
        assert "two" not in shown(app)
        app.chat.open(1)
        await until(pilot, lambda: "one two" in shown(app))
        assert app.chat.composer.text == ""
        runtime.say("three")
        runtime.end()
        await until(pilot, lambda: "one two three" in shown(app))
        await pilot.press("ctrl+n")
        assert app.chat.composer.text == "draft"


async def test_turns_that_were_dropped_are_marked(runtime: FakeRuntime) -> None:
    await runtime.open_store()
    conversation = fill(runtime, 6)
    third = runtime.conversations.messages(conversation)[2]
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        await until(pilot, lambda: "answer 2" in shown(app))
        runtime.conversations.set_window_start(conversation, third.id)
        runtime.emit(events.TurnsDropped(conversation, 2))
        mark = "older messages no longer fit the model's context"
        await until(pilot, lambda: mark in shown(app))
        page = shown(app)
        assert page.index("answer 0") < page.index(mark) < page.index("question 1")
        app.chat.open(None)
        app.chat.open(conversation)
        await until(pilot, lambda: mark in shown(app))


async def test_without_a_model_typing_works_and_the_reason_stands_there(runtime) -> None:
    runtime.load_error = StoreError("gemma.gguf is cut short; fetch it again")
    async with running(runtime, ready=False) as (app, pilot):
        await until(pilot, lambda: "gemma.gguf is cut short" in shown(app))
        await pilot.press(*"still typing")
        assert app.chat.composer.text == "still typing"
        runtime.emit(events.UserSaved(1, 1, "hi"))
        runtime.emit(events.AnswerFailed(1, None, "no model is loaded"))
        await until(pilot, lambda: "no model is loaded" in shown(app))


async def test_a_notice_of_the_runtime_is_shown_until_the_next_message(runtime) -> None:
    runtime.summary = replace(runtime.summary, name="bare", starter=False, template=False)
    async with running(runtime) as (app, pilot):
        notice = "this model brings no chat template; SOMA uses ChatML"
        runtime.emit(events.Notice(notice, "warning"))
        await until(pilot, lambda: "brings no chat template" in shown(app))
        await send(pilot, "hello")
        await until(pilot, lambda: "brings no chat template" not in shown(app))


async def test_the_starter_is_named_plainly(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, _):
        page = " ".join(shown(app).split())
        assert "This is the starter model: very small" in page
        assert "Alt+5 shows those on this machine and gets others" in page


@pytest.mark.parametrize(
    "text", [f"/{action.slash}" for action in ACTIONS if action.slash] + ["/rename Better"]
)
async def test_slash_commands_are_done_and_not_sent(
    text: str, runtime: FakeRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await runtime.open_store()
    conversation = fill(runtime, 2)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        before = shown(app)
        await write(pilot, text)
        await pilot.press("enter")
        if text in ("/edit", "/better"):
            await until(pilot, lambda: app.chat.composer.purpose)
        else:
            left = "@" if text == "/ask" else ""
            await until(pilot, lambda: app.chat.composer.text == left)
        if text == "/rename Better":
            await until(pilot, lambda: "▸ Better" in shown(app))
        elif text not in ("/stop", "/quit"):
            await until(pilot, lambda: app.screen is not app.chat or shown(app) != before)
        if text == "/delete":
            assert [c.id for c in runtime.conversations.deleted()] == [conversation]
        else:
            assert runtime.conversations.get(conversation).messages == 2


@pytest.mark.parametrize(
    ("text", "hint"),
    [("/nonsense", "There is no command /nonsense"), ("/new now", "/new takes nothing after it")],
)
async def test_a_wrong_command_is_explained_and_kept(text, hint, runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await write(pilot, text)
        await pilot.press("enter")
        await until(pilot, lambda: hint in shown(app))
        assert app.chat.composer.text == text


async def test_another_front_end_is_seen_in_the_list(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        conversation = fill(runtime, 2)
        runtime.conversations.rename(conversation, "From a pipe")
        runtime.emit(events.ConversationChanged(conversation))
        await until(pilot, lambda: "From a pipe" in shown(app))
        assert app.state.conversation is None


async def test_keys_that_come_in_one_burst_keep_their_order(runtime: FakeRuntime) -> None:
    from textual.events import Key

    async with running(runtime) as (app, pilot):
        burst = [*"hello", "enter", *"next", "ctrl+j", *"line", "ctrl+q"]
        for key in burst:
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: app._exit)
    again = FakeRuntime(runtime.home)
    await again.open_store()
    assert [m.text for m in again.conversations.messages(1)] == ["hello", ""]
    await again.close()


async def test_typing_outside_the_composer_goes_into_it(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        app.chat.transcript.focus()
        await pilot.press("a", "b")
        assert app.chat.composer.text == "ab"
        assert app.focused is app.chat.composer


async def test_a_letter_with_alt_is_a_key_and_no_text(runtime: FakeRuntime) -> None:
    from textual.events import Key

    await runtime.open_store()
    conversation = fill(runtime, 2)
    async with running(runtime) as (app, pilot):
        app.chat.open(conversation)
        app.post_message(Key("alt+c", "c"))
        await until(pilot, lambda: app.clipboard == "answer 0: line")
        assert app.chat.composer.text == ""
