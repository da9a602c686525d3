"""Writing in the composer: pastes as one unit, earlier messages, other purposes, keys."""

from __future__ import annotations

import pytest
from textual.events import Key, Paste

from agents.attachments import Attachment
from soma_tui.composing.chips import shown as drawn
from soma_tui.widgets.purpose_line import fitted
from tests.soma_tui.driving import running, shown, until, write
from tests.soma_tui.fakes import FakeRuntime
from tests.soma_tui.test_layout import fits

LOG = "\n".join(f"line {number} of the log" for number in range(230))


async def paste(app, pilot, text: str) -> None:
    app.post_message(Paste(text))
    composer = app.chat.composer
    before = composer.text
    await until(pilot, lambda: composer.text != before)


async def burst(app, pilot, keys) -> None:
    """Let keys arrive at once, as from a fast typist or a slow line."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))
    await pilot.pause()


def listen(composer, *kinds) -> list:
    """All messages of these kinds that the composer posts from now on, each with its text then."""
    told = []
    post = composer.post_message

    def posted(message):
        if isinstance(message, kinds):
            told.append((message, composer.whole_text))
        return post(message)

    composer.post_message = posted
    return told


# --- pastes


async def test_a_large_paste_is_one_unit(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        await pilot.press(*"see ")
        await paste(app, pilot, LOG)
        await pilot.press(*" end")
        await until(pilot, lambda: "see [pasted 1: 230 lines] end" in shown(app))
        assert composer.whole_text == f"see {LOG} end"
        before, after = (0, 4), (0, len(composer.text) - 4)
        await pilot.press("left", "left", "left", "left")
        assert composer.cursor_location == after
        await pilot.press("left")
        assert composer.cursor_location == before
        await pilot.press("right")
        assert composer.cursor_location == after
        await pilot.press("ctrl+left")
        assert composer.cursor_location == before
        await pilot.press("shift+right", "delete")
        assert composer.whole_text == "see  end"
        await pilot.press("ctrl+z")
        assert composer.whole_text == f"see {LOG} end"


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (["backspace"], "see  end"),
        (["left", "delete"], "see  end"),
        (["ctrl+w"], "see  end"),
        (["ctrl+u"], " end"),
        (["left", "ctrl+k"], "see "),
        (["shift+left", "x"], "see x end"),
        (["alt+backspace"], "see  end"),
    ],
)
async def test_what_deletes_a_part_of_a_paste_deletes_all_of_it(keys, left, runtime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        await pilot.press(*"see ")
        await paste(app, pilot, LOG)
        await pilot.press(*" end", *["left"] * 4)
        await pilot.press(*keys)
        assert composer.whole_text == left
        for _ in keys:
            await pilot.press("ctrl+z")
        assert composer.whole_text.startswith(f"see {LOG}")
        await pilot.press(*["ctrl+y"] * len(keys))
        assert composer.whole_text == left


async def test_a_look_alike_is_text(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        await paste(app, pilot, LOG)
        await pilot.press("enter")
        await until(pilot, lambda: not composer.text)
        await pilot.press(*"[pasted 1: 230 lines]")
        await pilot.press("left", "backspace")
        assert composer.whole_text == "[pasted 1: 230 line]"
        await paste(app, pilot, "\ufdd0pasted 1: 230 lines\ufdd1")
        assert composer.whole_text.startswith("[pasted 1: 230 line⟨U+FDD0⟩pasted")


async def test_a_paste_is_unfolded_by_key_and_folded_again_by_undo(runtime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        await paste(app, pilot, LOG)
        await pilot.press(*" and ")
        await paste(app, pilot, "x" * 900)
        await pilot.press("ctrl+a", "ctrl+o")
        assert composer.text.startswith(f"{LOG} and ")
        assert composer.cursor_location == (229, len("line 229 of the log"))
        await until(pilot, lambda: "line 229 of the log and [pasted 2: 900" in shown(app))
        await pilot.press("ctrl+z")
        assert drawn(composer.text) == "[pasted 1: 230 lines] and [pasted 2: 900 characters]"
        await pilot.press("ctrl+y")
        assert composer.whole_text == f"{LOG} and {'x' * 900}"
        await pilot.press("ctrl+o", "ctrl+o")
        assert composer.text == composer.whole_text == f"{LOG} and {'x' * 900}"


async def test_a_paste_is_unfolded_by_a_click_on_it(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        await pilot.press(*"see ")
        await paste(app, pilot, LOG)
        await until(pilot, lambda: "[pasted 1" in shown(app))
        await pilot.click("#composer", offset=(3, 0))
        assert "[pasted 1" in drawn(composer.text)
        await pilot.click("#composer", offset=(10, 0))
        assert composer.text == f"see {LOG}"


async def test_the_mouse_selects_a_paste_whole(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        await pilot.press(*"see ")
        await paste(app, pilot, LOG)
        await until(pilot, lambda: "[pasted 1" in shown(app))
        await pilot.mouse_down("#composer", offset=(3, 0))
        for x in (8, 9, 10):
            await pilot.hover("#composer", offset=(x, 0))
            assert composer.selected_text == "ee "
        for x in (22, 23, 24):
            await pilot.hover("#composer", offset=(x, 0))
            assert composer.selected_text == f"ee {LOG}"
        await pilot.mouse_up("#composer", offset=(24, 0))
        assert "[pasted 1" in drawn(composer.text)


async def test_what_is_sent_copied_and_cut_is_the_whole_text(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        await pilot.press(*"see ")
        await paste(app, pilot, LOG)
        composer.select_all()
        await pilot.press("ctrl+c")
        assert app.clipboard == f"see {LOG}"
        await pilot.press("ctrl+x")
        assert (app.clipboard, composer.text) == (f"see {LOG}", "")
        await pilot.press("ctrl+v")
        assert drawn(composer.text) == "[pasted 2: 230 lines]"
        await pilot.press("enter")
        await until(pilot, lambda: not composer.text)
        assert runtime.conversations.messages(1)[0].text == f"see {LOG}"


async def test_a_paste_survives_a_visit_to_another_conversation(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        await pilot.press(*"hello", "enter")
        await until(pilot, lambda: app.state.conversation == 1)
        await pilot.press(*"see ")
        await paste(app, pilot, LOG)
        await pilot.press(*" end", "ctrl+n")
        assert composer.text == ""
        app.chat.open(1)
        assert drawn(composer.text) == "see [pasted 1: 230 lines] end"
        assert composer.whole_text == f"see {LOG} end"


async def test_pasting_a_million_characters_leaves_the_keys_alive(runtime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        text = "some words of a line that is as long as usual\r\n" * 21_000
        await paste(app, pilot, text)
        await burst(app, pilot, "what is wrong?")
        await until(pilot, lambda: composer.text.endswith("what is wrong?"))
        assert len(composer.text) < 50
        assert composer.whole_text == text.replace("\r\n", "\n") + "what is wrong?"
        await pilot.press("ctrl+o", *"ab", "ctrl+z", "ctrl+z")
        await until(pilot, lambda: "[pasted 1: 21,000 lines]" in shown(app))
        assert composer.soft_wrap
        composer.put(composer.whole_text)
        await until(pilot, lambda: "[pasted 1: 21,000 lines]" in shown(app))


async def test_a_long_text_taken_back_is_no_crash(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await write(pilot, "short\n" * 40)
        await until(pilot, lambda: app.chat.composer.show_vertical_scrollbar)
        await pilot.press("ctrl+z")
        assert app.chat.composer.text == ""


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("\tx\x1b[31m\x00", "\tx␛[31m␀"),
        ("one\x85two\x0cthree", "one⟨U+0085⟩two␌three"),
        ("half \ud83d of it", "half ⟨U+D83D⟩ of it"),
    ],
)
async def test_pasted_text_is_made_safe(pasted: str, kept: str, runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await paste(app, pilot, pasted)
        assert app.chat.composer.text == kept
        assert app.chat.composer.whole_text == kept


async def test_wide_characters_and_emoji_are_written_and_deleted(runtime: FakeRuntime) -> None:
    async with running(runtime, size=(40, 12)) as (app, pilot):
        text = "日本語のとても長い文章です🚢 👩‍👩‍👧 über"
        await burst(app, pilot, text)
        await until(pilot, lambda: app.chat.composer.text == text)
        fits(app, (40, 12))
        await paste(app, pilot, LOG)
        fits(app, (40, 12))
        await pilot.press("backspace", "backspace")
        assert app.chat.composer.text == text[:-1]
        await pilot.press("home", "delete")
        assert len(app.chat.composer.text) == len(text) - 2


# --- sending what was typed fast


async def test_a_burst_of_keys_keeps_its_order(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        keys = [*"abc", "left", "x", "home", "y", "end", "backspace", "z", "ctrl+w", *"one two",
                "ctrl+left", "-", "ctrl+j", "up", "!"]  # fmt: skip
        await burst(app, pilot, keys)
        await until(pilot, lambda: app.chat.composer.text == "!one -\ntwo")


async def test_what_is_typed_after_a_command_stays(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await burst(app, pilot, [*"/help ", "enter", *"and now"])
        await until(pilot, lambda: app.screen is not app.chat)
        assert app.chat.composer.text == "and now"


async def test_changes_are_told(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        told = listen(composer, composer.Changed)
        await pilot.press(*"ab", "backspace", "ctrl+z")
        composer.put("put")
        assert [text for _, text in told] == ["a", "ab", "a", "ab", "put"]


# --- earlier messages


def given(app, *texts: str) -> None:
    app.chat.composer.earlier = lambda: texts


async def test_up_and_down_go_through_earlier_messages(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        given(app, "newest", "two\nlines", "newest", "oldest")
        await pilot.press("up")
        assert composer.text == "newest"
        assert composer.cursor_location == (0, 6)
        await pilot.press("up")
        assert composer.text == "two\nlines"
        assert composer.cursor_location == (0, 3)
        await pilot.press("up", "up", "up")
        assert composer.text == "oldest"
        await pilot.press("down")
        assert composer.text == "two\nlines"
        assert composer.cursor_location == (1, 5)
        await pilot.press("up", "down", "down", "down")
        assert composer.text == ""
        await pilot.press("down")
        assert composer.text == ""


async def test_a_text_of_ones_own_is_not_replaced(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        given(app, "newest", "oldest")
        await pilot.press(*"mine", "up", "down")
        assert composer.text == "mine"
        await pilot.press("ctrl+u", "up", *" altered", "home", "up")
        assert composer.text == "newest altered"
        await pilot.press("down")
        assert composer.text == "newest altered"
        await pilot.press("end", *["backspace"] * len(" altered"), "up")
        assert composer.text == "oldest"


async def test_what_was_being_written_comes_back(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        given(app, "newest")
        await pilot.press("space", "space", "left", "up")
        assert composer.text == "newest"
        await pilot.press("down")
        assert composer.text == "  "
        assert composer.cursor_location == (0, 1)
        await pilot.press("ctrl+z")
        assert composer.text == ""


async def test_an_earlier_message_is_sent_again_with_its_file(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        sent = f"see @notes.md\n\n{Attachment('notes.md', LOG).source}"
        given(app, sent)
        await pilot.press("up", "!")
        assert drawn(composer.text) == ("see @notes.md!\n\n[attached 1: notes.md, 230 lines]")
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: not composer.text)
        assert runtime.conversations.messages(1)[0].text == sent


async def test_the_cursor_stands_before_the_files_of_a_text(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        files = "".join(f"\n\n{Attachment(name, LOG).source}" for name in ("a.md", "b.md"))
        composer.put(f"two\nlines @a.md @b.md{files}")
        await pilot.press("!")
        assert composer.whole_text == f"two\nlines @a.md @b.md!{files}"
        composer.put(f"see {LOG}\n{LOG}")
        await pilot.press("!")
        assert composer.whole_text == f"see {LOG}\n{LOG}!"


# --- other purposes

LABEL = "Editing your message of 09:14 · enter sends it as a new branch · esc goes back"


async def test_what_is_written_waits_while_something_else_is(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        await pilot.press(*"see ")
        await paste(app, pilot, LOG)
        await pilot.press(*" end", "left", "left")
        composer.begin("edit 7", "the old words", LABEL)
        await until(pilot, lambda: "Editing your message of 09:14 · " in shown(app))
        assert (composer.purpose, composer.text) == ("edit 7", "the old words")
        assert composer.draft == f"see {LOG} end"
        await pilot.press(*"!", "escape")
        await until(pilot, lambda: "Editing" not in shown(app))
        assert (composer.purpose, composer.whole_text) == ("", f"see {LOG} end")
        assert "[pasted 1: 230 lines]" in shown(app)
        await pilot.press("x")
        assert composer.whole_text == f"see {LOG} exnd"
        await pilot.press("ctrl+z", "ctrl+z")
        assert composer.whole_text == f"see {LOG}"
        composer.begin("edit 7", "the old words", LABEL)
        assert composer.text == "the old words!"
        composer.begin("better answer", "", "Write it better")
        await until(pilot, lambda: "Write it better" in shown(app))
        assert composer.draft == f"see {LOG}"
        composer.end()
        assert composer.whole_text == f"see {LOG}"


async def test_what_is_submitted_says_its_purpose(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        composer = app.chat.composer
        told = listen(composer, composer.Submitted, composer.Left)
        await pilot.press(*"/nothing", "enter")
        composer.begin("edit 7", "/nobody", "")
        await pilot.press("enter", "escape")
        assert [(type(m).__name__, m.purpose, getattr(m, "text", None)) for m, _ in told] == [
            ("Submitted", "", "/nothing"),
            ("Submitted", "edit 7", "/nobody"),
            ("Left", "edit 7", None),
        ]
        assert composer.text == "/nothing"


async def test_a_message_stored_meanwhile_does_not_come_back(runtime: FakeRuntime) -> None:
    runtime.may_open.clear()
    async with running(runtime, ready=False) as (app, pilot):
        composer = app.chat.composer
        await pilot.press(*"first", "enter", *" second")
        composer.begin("edit 7", "old", LABEL)
        runtime.may_open.set()
        await until(pilot, lambda: app.state.conversation == 1)
        assert composer.text == "old"
        composer.end()
        assert composer.text == " second"


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_the_label_is_one_line_on_every_screen(size, runtime: FakeRuntime) -> None:
    async with running(runtime, size=size) as (app, pilot):
        app.chat.composer.begin("edit 7", "\n".join("abcdefgh"), f"\x1b[2J {LABEL}")
        await until(pilot, lambda: "␛[2J Editing" in shown(app))
        assert "esc goes back" in shown(app)
        fits(app, size)
        line = app.chat.query_one("#purpose")
        assert line.region.height == 1
        assert line.region.bottom == app.chat.composer.region.y


@pytest.mark.parametrize(
    ("width", "drawn_as"),
    [
        (100, LABEL),
        (60, "Editing your message of 09:14 · esc goes back"),
        (37, "Editing your message… · esc goes back"),
        (4, " · esc goes back"),
    ],
)
def test_a_label_keeps_how_to_get_away(width: int, drawn_as: str) -> None:
    assert fitted(LABEL, width) == drawn_as
