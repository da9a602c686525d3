"""Every action of the registry, driven by each of its keys."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from textual.events import Paste

from soma_tui.actions import ACTIONS
from soma_tui.screens.dialogs import Question
from soma_tui.screens.help import HelpScreen
from soma_tui.screens.tools import ToolsScreen
from soma_tui.screens.why import WhyScreen
from store.message import Memory
from tests.soma_tui.driving import fill, running, send, shown, until, write
from tests.soma_tui.fakes import FakeInstaller, FakeRuntime

DRIVES = {}
ELSEWHERE = ("models", "memory", "team", "training")
"""The places whose actions are driven in tests of their own."""


def drives(id):
    def register(drive):
        DRIVES[id] = drive
        return drive

    return register


@pytest.mark.parametrize(
    ("action", "key"),
    [(a, key) for a in ACTIONS for key in a.keys if a.owner not in ELSEWHERE],
)
async def test_every_key_does_its_action(
    action, key, runtime: FakeRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await runtime.open_store()
    installer = FakeInstaller(["torch==2.13.0"])
    async with running(runtime, installer=installer) as (app, pilot):
        await DRIVES[action.id](app, pilot, runtime, key)


@drives("send")
async def _(app, pilot, runtime, key):
    await write(pilot, "hello")
    await pilot.press(key)
    await until(pilot, lambda: "hello" in shown(app) and not app.chat.composer.text)
    assert [m.text for m in runtime.conversations.messages(app.state.conversation)] == ["hello", ""]


@drives("new_line")
async def _(app, pilot, runtime, key):
    await pilot.press("a", key, "b")
    assert app.chat.composer.text == "a\nb"


@drives("complete")
async def _(app, pilot, runtime, key):
    await pilot.press(*"/hel", key)
    assert app.chat.composer.text == "/help"
    await pilot.press(key)
    assert app.focused is not app.chat.composer


@drives("earlier")
async def _(app, pilot, runtime, key):
    app.chat.composer.earlier = lambda: ["newer", "older"]
    await pilot.press(key, key)
    assert app.chat.composer.text == "older"


@drives("later")
async def _(app, pilot, runtime, key):
    app.chat.composer.earlier = lambda: ["newer", "older"]
    await pilot.press("up", "up", key)
    assert app.chat.composer.text == "newer"
    await pilot.press(key)
    assert app.chat.composer.text == ""


@drives("unfold")
async def _(app, pilot, runtime, key):
    composer = app.chat.composer
    composer.post_message(Paste("line\n" * 20))
    await until(pilot, lambda: "[pasted 1: 20 lines]" in shown(app))
    await pilot.press(key)
    assert composer.text == "line\n" * 20


@drives("redo")
async def _(app, pilot, runtime, key):
    await pilot.press(*"one", "ctrl+z")
    assert app.chat.composer.text == ""
    await pilot.press(key)
    assert app.chat.composer.text == "one"


def edits(id, left):
    """An action that leaves of "one two", with the cursor before its "wo", what has a | there."""

    @drives(id)
    async def _(app, pilot, runtime, key):
        await write(pilot, "one two")
        app.copy_to_clipboard("copied")
        await pilot.press("left", "left", key)
        column = app.chat.composer.cursor_location[1]
        text = app.chat.composer.text
        assert f"{text[:column]}|{text[column:]}" == left


edits("undo", "|")
edits("line_start", "|one two")
edits("line_end", "one two|")
edits("word_left", "one |two")
edits("word_right", "one two|")
edits("delete_word", "one |wo")
edits("delete_to_start", "|wo")
edits("delete_to_end", "one t|")
edits("cut", "|")
edits("paste", "one tcopied|wo")


@drives("stop")
async def _(app, pilot, runtime, key):
    await send(pilot, "hello")
    await until(pilot, lambda: runtime.answering(app.state.conversation))
    runtime.say("so far")
    await until(pilot, lambda: "so far" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "stopped" in shown(app) and not app.state.answers)
    assert "so far" in shown(app)
    await pilot.press("tab")
    assert app.focused is not app.chat.composer
    await pilot.press(key)
    assert app.focused is app.chat.composer


@drives("interrupt")
async def _(app, pilot, runtime, key):
    await write(pilot, "to copy")
    app.chat.composer.select_all()
    await pilot.press(key)
    await until(pilot, lambda: app.clipboard == "to copy")
    app.chat.composer.put("")
    await pilot.press(key)
    await until(pilot, lambda: "Ctrl+Q leaves SOMA" in shown(app))
    await send(pilot, "hello")
    await until(pilot, lambda: runtime.answering(app.state.conversation))
    await pilot.press(key)
    await until(pilot, lambda: not app.state.answers)
    await until(pilot, lambda: "stopped" in shown(app))


@drives("new")
async def _(app, pilot, runtime, key):
    app.chat.open(fill(runtime, 2))
    await until(pilot, lambda: "answer 0" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "answer 0" not in shown(app))
    assert app.state.conversation is None


async def _two_conversations(app, runtime):
    older, newer = fill(runtime, 2), fill(runtime, 2)
    app.chat.fill_list()
    assert app.chat.conversations.order == [newer, older]
    return older, newer


@drives("next")
async def _(app, pilot, runtime, key):
    older, newer = await _two_conversations(app, runtime)
    await pilot.press(key)
    await until(pilot, lambda: app.state.conversation == newer)
    await pilot.press(key)
    await until(pilot, lambda: app.state.conversation == older)
    await pilot.press(key)
    assert app.state.conversation == older


@drives("previous")
async def _(app, pilot, runtime, key):
    older, newer = await _two_conversations(app, runtime)
    app.chat.open(older)
    await pilot.press(key)
    await until(pilot, lambda: app.state.conversation == newer)
    await pilot.press(key)
    assert app.state.conversation == newer


@drives("focus_list")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    assert app.focused is app.chat.conversations
    await pilot.press(key)
    assert app.focused is app.chat.composer


@drives("open")
async def _(app, pilot, runtime, key):
    older, _ = await _two_conversations(app, runtime)
    app.chat.action_focus_list()
    await pilot.press("end", key)
    await until(pilot, lambda: app.state.conversation == older)
    assert app.focused is app.chat.composer


@drives("toggle_list")
async def _(app, pilot, runtime, key):
    assert app.chat.side.display
    await pilot.press(key)
    assert not app.chat.side.display
    await pilot.press(key)
    assert app.chat.side.display


@drives("rename")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "its first one names it" in shown(app))
    conversation = fill(runtime, 2)
    app.chat.open(conversation)
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, Question))
    await pilot.press(*"Sailing", "enter")
    await until(pilot, lambda: runtime.conversations.get(conversation).title == "Sailing")
    await until(pilot, lambda: "▸ Sailing" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, Question))
    await pilot.press("x", "escape")
    await until(pilot, lambda: app.screen is app.chat)
    assert runtime.conversations.get(conversation).title == "Sailing"


@drives("delete")
async def _(app, pilot, runtime, key):
    older, newer = await _two_conversations(app, runtime)
    app.chat.open(older)
    app.chat.action_focus_list()
    await pilot.press("end", key)
    await until(pilot, lambda: app.state.conversation == newer)
    assert [c.id for c in runtime.conversations.list()] == [newer]
    await until(pilot, lambda: "Deleted “long”. Alt+Z brings it back." in shown(app))


@drives("undo_delete")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "Nothing was deleted" in shown(app))
    conversation = fill(runtime, 2)
    app.chat.open(conversation)
    app.perform("delete")
    await until(pilot, lambda: runtime.conversations.list() == [])
    await until(pilot, lambda: "answer 0" not in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "answer 0" in shown(app))
    assert app.state.conversation == conversation
    assert runtime.conversations.get(conversation).messages == 2


@drives("search")
async def _(app, pilot, runtime, key):
    fill(runtime, 2)
    hidden = fill(runtime, 2, text="the harbour at dawn")
    runtime.conversations.rename(hidden, "Boats")
    app.chat.fill_list()
    await pilot.press(key)
    await until(pilot, lambda: app.focused and app.focused.id == "search")
    await pilot.press(*"HARBOUR")
    await until(pilot, lambda: "1 found" in shown(app) and "… the harbour at" in shown(app))
    await pilot.press("enter")
    await until(pilot, lambda: app.state.conversation == hidden)
    assert app.focused is app.chat.composer
    await until(pilot, lambda: "long" in shown(app))
    await pilot.press(key, *"nowhere")
    await until(pilot, lambda: "nothing found" in shown(app))
    await pilot.press("escape")
    await until(pilot, lambda: "nothing found" not in shown(app))
    assert app.focused is app.chat.composer


@drives("export")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "nothing to write" in shown(app))
    app.chat.open(fill(runtime, 2))
    with contextlib.chdir(runtime.home.root):
        await pilot.press(key)
        await until(pilot, lambda: "Written to" in shown(app))
        assert "answer 0: line" in Path("long.md").read_text(encoding="utf-8")


async def _at_message(app, pilot, key, message):
    """Highlight a message where a key is for reading; others need no highlight."""
    if len(key) == 1 or key in ("left", "right", "plus", "minus"):
        app.chat.transcript.focus()
        await until(pilot, lambda: app.chat.transcript.has_focus)
        while not app.chat.transcript.selected or app.chat.transcript.selected[0] != message:
            await pilot.press("up")


async def _exchange(app, pilot, runtime):
    conversation = fill(runtime, 2)
    app.chat.open(conversation)
    await until(pilot, lambda: "answer 0" in shown(app))
    return conversation, [m.id for m in runtime.conversations.messages(conversation)]


@drives("edit")
async def _(app, pilot, runtime, key):
    runtime.reply = "another answer"
    if len(key) > 1:
        await pilot.press(key)
        await until(pilot, lambda: "no message to edit" in shown(app))
    conversation, (user, _) = await _exchange(app, pilot, runtime)
    await write(pilot, "half a draft")
    await _at_message(app, pilot, key, user)
    await pilot.press(key)
    await until(pilot, lambda: app.chat.composer.text == "question 0")
    assert "Editing your message" in shown(app)
    await pilot.press("escape")
    await until(pilot, lambda: app.chat.composer.text == "half a draft")
    await _at_message(app, pilot, key, user)
    await pilot.press(key, *" again", "enter")
    await until(pilot, lambda: "another answer" in shown(app) and not app.state.answers)
    texts = [m.text for m in runtime.conversations.messages(conversation)]
    assert texts == ["question 0 again", "another answer "]
    assert "answer 0: line" not in shown(app)
    assert app.chat.composer.text == "half a draft"
    assert len(runtime.conversations.siblings(user)) == 2


@drives("regenerate")
async def _(app, pilot, runtime, key):
    runtime.reply = "another answer"
    _, (_, answer) = await _exchange(app, pilot, runtime)
    await _at_message(app, pilot, key, answer)
    await pilot.press(key)
    await until(pilot, lambda: "another answer" in shown(app) and not app.state.answers)
    assert "answer 0: line" not in shown(app)
    assert len(runtime.conversations.siblings(answer)) == 2
    await until(pilot, lambda: "2/2" in shown(app))


@drives("branch")
async def _(app, pilot, runtime, key):
    runtime.reply = "a new turn"
    conversation = fill(runtime, 4)
    app.chat.open(conversation)
    await until(pilot, lambda: "answer 1" in shown(app))
    first = runtime.conversations.messages(conversation)[1].id
    app.chat.transcript.focus()
    await _at_message(app, pilot, "b", first)
    await pilot.press(key)
    await until(pilot, lambda: "answer 1" not in shown(app))
    assert app.focused is app.chat.composer
    await send(pilot, "instead")
    await until(pilot, lambda: "a new turn" in shown(app) and not app.state.answers)
    texts = [m.text for m in runtime.conversations.messages(conversation)]
    assert texts == ["question 0", "answer 0: line", "instead", "a new turn "]


async def _two_answers(app, pilot, runtime):
    runtime.reply = "another answer"
    conversation, (_, answer) = await _exchange(app, pilot, runtime)
    app.perform("regenerate")
    await until(pilot, lambda: "2/2" in shown(app) and not app.state.answers)
    return conversation, runtime.conversations.siblings(answer)


@drives("branch_previous")
async def _(app, pilot, runtime, key):
    conversation, (first, second) = await _two_answers(app, pilot, runtime)
    await _at_message(app, pilot, key, second)
    await pilot.press(key)
    await until(pilot, lambda: "answer 0: line" in shown(app) and "1/2" in shown(app))
    assert runtime.conversations.messages(conversation)[-1].id == first
    await until(pilot, lambda: app.chat.transcript.selected == (first, None))


@drives("branch_next")
async def _(app, pilot, runtime, key):
    _, (first, second) = await _two_answers(app, pilot, runtime)
    await _at_message(app, pilot, key, second)
    await pilot.press(key)
    await until(pilot, lambda: "answer 0: line" in shown(app) and "1/2" in shown(app))
    await _at_message(app, pilot, key, first)
    await pilot.press(key)
    await until(pilot, lambda: "another answer" in shown(app) and "2/2" in shown(app))


def _rating(runtime, message):
    return runtime.conversations.message(message).rating


@drives("rate_up")
async def _(app, pilot, runtime, key):
    _, (_, answer) = await _exchange(app, pilot, runtime)
    await _at_message(app, pilot, key, answer)
    await pilot.press(key)
    await until(pilot, lambda: "▲" in shown(app))
    assert _rating(runtime, answer).value == 1
    await pilot.press(key)
    await until(pilot, lambda: "▲" not in shown(app))
    assert _rating(runtime, answer) is None


@drives("rate_down")
async def _(app, pilot, runtime, key):
    _, (_, answer) = await _exchange(app, pilot, runtime)
    await write(pilot, "my draft")
    await _at_message(app, pilot, key, answer)
    focused = app.focused
    await pilot.press(key)
    await until(pilot, lambda: "▼" in shown(app))
    assert "Alt+W writes the better answer" in shown(app)
    assert app.focused is focused
    assert _rating(runtime, answer).value == -1


@drives("better")
async def _(app, pilot, runtime, key):
    _, (_, answer) = await _exchange(app, pilot, runtime)
    await write(pilot, "my draft")
    await pilot.press(key)
    await until(pilot, lambda: app.chat.composer.text == "answer 0: line")
    await pilot.press(*" and more", "enter")
    await until(pilot, lambda: app.chat.composer.text == "my draft")
    await until(pilot, lambda: "Kept as the better answer" in shown(app))
    await until(pilot, lambda: _rating(runtime, answer) is not None)
    rating = _rating(runtime, answer)
    assert (rating.value, rating.better) == (-1, "answer 0: line and more")


@drives("take_back")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "No message waits" in shown(app))
    await send(pilot, "hello")
    await until(pilot, lambda: app.state.answers[1].message)
    await write(pilot, "and then")
    await pilot.press("enter")
    await until(pilot, lambda: "waits: and then" in shown(app))
    assert app.chat.composer.text == ""
    await pilot.press(key)
    await until(pilot, lambda: app.chat.composer.text == "and then")
    assert "waits:" not in shown(app)


@drives("copy_answer")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "no answer to copy" in shown(app))
    app.chat.open(fill(runtime, 4))
    await pilot.press(key)
    await until(pilot, lambda: app.clipboard == "answer 1: line")


async def _long(app, pilot, runtime):
    app.chat.open(fill(runtime, 20))
    transcript = app.chat.transcript
    await until(pilot, lambda: "answer 9" in shown(app) and transcript.max_scroll_y > 30)
    return transcript


async def _reading(app, pilot, runtime, text="line"):
    """A conversation of four messages, the transcript focused; gives the ids."""
    conversation = fill(runtime, 4, text=text)
    app.chat.open(conversation)
    await until(pilot, lambda: "answer 1" in shown(app))
    app.chat.transcript.focus()
    await until(pilot, lambda: app.chat.transcript.has_focus)
    return [m.id for m in runtime.conversations.messages(conversation)]


@drives("block_up")
async def _(app, pilot, runtime, key):
    ids = await _reading(app, pilot, runtime)
    await pilot.press("end", key)
    await until(pilot, lambda: app.chat.transcript.selected == (ids[-2], None))


@drives("block_down")
async def _(app, pilot, runtime, key):
    ids = await _reading(app, pilot, runtime, "\n\n```python\nx = 1\n```")
    await pilot.press("home", key)
    await until(pilot, lambda: app.chat.transcript.selected == (ids[1], None))
    await pilot.press(key)
    await until(pilot, lambda: app.chat.transcript.selected == (ids[1], "x = 1"))


@drives("block_first")
async def _(app, pilot, runtime, key):
    ids = await _reading(app, pilot, runtime)
    await pilot.press("end", key)
    await until(pilot, lambda: app.chat.transcript.selected == (ids[0], None))


@drives("block_last")
async def _(app, pilot, runtime, key):
    ids = await _reading(app, pilot, runtime)
    await pilot.press("home", key)
    await until(pilot, lambda: app.chat.transcript.selected == (ids[-1], None))


@drives("copy_block")
async def _(app, pilot, runtime, key):
    await _reading(app, pilot, runtime, "\n\n```python\nx = 1\n```")
    await pilot.press("end", key)
    await until(pilot, lambda: app.clipboard == "x = 1")
    await pilot.press("up", key)
    await until(pilot, lambda: "```python" in app.clipboard)
    assert app.clipboard.startswith("answer 1:")


@drives("fold")
async def _(app, pilot, runtime, key):
    conversation = fill(runtime, 2)
    runtime.conversations.add_user(conversation, "\n".join(f"row {n}" for n in range(60)))
    app.chat.open(conversation)
    await until(pilot, lambda: "more lines" in shown(app))
    app.chat.transcript.focus()
    await pilot.press("end", key)
    await until(pilot, lambda: "row 59" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "more lines" in shown(app))


@drives("scroll_up")
async def _(app, pilot, runtime, key):
    transcript = await _long(app, pilot, runtime)
    await pilot.press(key)
    await until(pilot, lambda: transcript.scroll_y < transcript.max_scroll_y - 5)
    assert not transcript.following
    assert app.focused is app.chat.composer


@drives("scroll_down")
async def _(app, pilot, runtime, key):
    transcript = await _long(app, pilot, runtime)
    await pilot.press("pageup")
    await until(pilot, lambda: not transcript.following)
    await pilot.press(key)
    await until(pilot, lambda: transcript.following)
    assert transcript.scroll_y == transcript.max_scroll_y


@drives("to_end")
async def _(app, pilot, runtime, key):
    transcript = await _long(app, pilot, runtime)
    await pilot.press("pageup", "pageup")
    await until(pilot, lambda: not transcript.following)
    await pilot.press(key)
    await until(pilot, lambda: transcript.scroll_y == transcript.max_scroll_y)
    assert transcript.following


@drives("place_chat")
async def _(app, pilot, runtime, key):
    app.chat.action_focus_list()
    await pilot.press(key)
    await until(pilot, lambda: app.focused is app.chat.composer)
    assert app.screen is app.chat


@drives("place_team")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "Here several specialists work on one request" in shown(app))


@drives("place_training")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "Here a model learns from what you said is good" in shown(app))


@drives("place_memory")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "Nothing is known of you yet" in shown(app))


@drives("person")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "Who is talking?" in shown(app) and "● me" in shown(app))
    await pilot.press("tab", *"Ana", "enter")
    await until(pilot, lambda: "SOMA is talking to Ana from now on." in shown(app))


@drives("recalled")
async def _(app, pilot, runtime, key):
    ids = await _reading(app, pilot, runtime)
    memory = Memory(f"message:{ids[0]}", "we sail", "long", None, "user", "words: sail", 0.5)
    runtime.recall_these(ids[-2], [memory])
    app.chat.open(app.state.conversation)
    await until(pilot, lambda: "recalled 1" in shown(app))
    await pilot.press("end", key)
    await until(pilot, lambda: "we sail" in shown(app) and "words: sail" in shown(app))


@drives("place_models")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: "in the box and added" in shown(app))


@drives("help")
async def _(app, pilot, runtime, key):
    app.chat.action_focus_list()
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, HelpScreen))
    await until(pilot, lambda: "New conversation" in shown(app) or "Send" in shown(app))
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is app.chat)


@drives("palette")
async def _(app, pilot, runtime, key):
    from textual.command import CommandPalette

    await pilot.press(key)
    await until(pilot, lambda: CommandPalette.is_open(app))
    offered = {command.title for command in app.get_system_commands(app.chat)}
    here = [action for action in ACTIONS if action.palette and action.owner not in ELSEWHERE]
    assert offered == {action.title for action in here} | {"Theme"}
    await pilot.press(*"hide the conv")
    await until(pilot, lambda: "Show or hide" in shown(app))
    await pilot.press("enter", "enter")
    await until(pilot, lambda: app.screen is app.chat and not app.chat.side.display)


@drives("tools")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, ToolsScreen) and "torch" in shown(app))


@drives("ask")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: app.chat.composer.text == "@" and "coder" in shown(app))


@drives("open_run")
async def _(app, pilot, runtime, key):
    runtime.reply = "Both agree."
    await send(pilot, "@researcher @personal compare them")
    await until(pilot, lambda: not app.state.answers and "personal · ▸" in shown(app))
    if key == "t":
        await pilot.press("tab", "up")
        await until(pilot, lambda: app.chat.transcript.selected)
    await pilot.press(key)
    await until(pilot, lambda: app.screen is not app.chat and "run 1" in shown(app))


@drives("why")
async def _(app, pilot, runtime, key):
    runtime.reply = "On Thursday."
    await send(pilot, "when do we sail?")
    await until(pilot, lambda: not app.state.answers and "On Thursday." in shown(app))
    if key == "y":
        await pilot.press("tab", "up")
        await until(pilot, lambda: app.chat.transcript.selected)
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, WhyScreen))


@drives("quit")
async def _(app, pilot, runtime, key):
    await pilot.press(key)
    await until(pilot, lambda: app._exit)
    assert app.return_value == 0
