"""Keys that a person chose, in keys.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from soma_tui.actions import BY_ID
from soma_tui.actions.keymap import DEFAULT, listing, read_keymap
from tests.soma_tui.driving import running, shown, until, write
from tests.soma_tui.fakes import FakeRuntime


def written(folder: Path, text: str) -> Path:
    file = folder / "keys.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_every_action_has_its_own_keys(tmp_path: Path) -> None:
    keymap = read_keymap(tmp_path / "keys.toml")
    assert keymap == DEFAULT
    assert all(keymap.keys(action) == action.keys for action in BY_ID.values())


def test_chosen_keys_take_the_place_of_the_default_ones(tmp_path: Path) -> None:
    keymap = read_keymap(written(tmp_path, 'new = "Ctrl+T"\nhelp = ["f1", "?"]\n'))
    assert keymap.problems == ()
    assert keymap.keys(BY_ID["new"]) == ("ctrl+t",)
    assert keymap.keys(BY_ID["help"]) == ("f1", "question_mark")
    rows = {row["id"]: row for row in listing(keymap)}
    assert (rows["new"]["keys"], rows["new"]["default"]) == (["ctrl+t"], ["ctrl+n"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('fly = "ctrl+y"', "there is no action 'fly'"),
        ("new = 3", "give one key or a list"),
        ("new = []", "give one key or a list"),
        ('new = "ctrl+nonsense"', "is no key"),
        ('new = "n"', "is text while you write"),
        ('new = "ctrl+q"', "ctrl+q is also quit's; new keeps ctrl+n"),
        ('send = "ctrl+n"', "ctrl+n is also new's"),
        ("new = ", "cannot be read"),
        ('new = "\udc80"', "cannot be read"),
    ],
)
def test_a_wrong_entry_is_reported_and_left_out(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    keymap = read_keymap(file)
    assert len(keymap.problems) == 1
    assert said in keymap.problems[0]
    assert keymap.chosen == {}


def test_two_actions_may_exchange_their_keys(tmp_path: Path) -> None:
    keymap = read_keymap(written(tmp_path, 'new = "ctrl+q"\nquit = "ctrl+n"\n'))
    assert keymap.problems == ()
    assert keymap.keys(BY_ID["quit"]) == ("ctrl+n",)


def test_places_that_are_never_seen_together_may_share_a_key(tmp_path: Path) -> None:
    keymap = read_keymap(written(tmp_path, 'send = "alt+s"\nopen = "alt+s"\n'))
    assert keymap.problems == ()


async def test_the_screen_obeys_and_shows_the_chosen_keys(runtime: FakeRuntime) -> None:
    written(runtime.home.root, 'send = "alt+s"\nnew = "ctrl+t"\n')
    runtime.reply = "yes"
    async with running(runtime) as (app, pilot):
        assert "Alt+S send" in shown(app)
        assert "^T new" in shown(app)
        await write(pilot, "hello")
        await pilot.press("enter")
        assert app.chat.composer.text == "hello\n"
        await pilot.press("alt+s")
        await until(pilot, lambda: app.state.conversation == 1 and not app.state.answers)
        await pilot.press("ctrl+n")
        assert app.state.conversation == 1
        await pilot.press("ctrl+t")
        await until(pilot, lambda: app.state.conversation is None)
        await pilot.press("f1")
        await until(pilot, lambda: "Alt+S   " in shown(app))


async def test_the_screen_says_which_entry_is_wrong(runtime: FakeRuntime) -> None:
    written(runtime.home.root, 'fly = "ctrl+y"\n')
    async with running(runtime) as (app, pilot):
        await until(pilot, lambda: "there is no action 'fly'" in " ".join(shown(app).split()))
