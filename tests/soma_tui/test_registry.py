from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from soma_tui.actions import ACTIONS, BY_ID, bindings, foot, key_name, parse_slash
from soma_tui.app import SomaApp
from soma_tui.places import PLACES, PlaceId
from soma_tui.screens.chat import ChatScreen
from soma_tui.screens.help import help_text
from soma_tui.screens.memory import MemoryScreen
from soma_tui.screens.models import ModelsScreen
from soma_tui.screens.team import TeamScreen
from soma_tui.screens.training import TrainingScreen
from soma_tui.widgets.composer import Composer
from soma_tui.widgets.conversation_list import ConversationList
from soma_tui.widgets.transcript import Transcript

OWNERS = {
    "app": SomaApp,
    "chat": ChatScreen,
    "composer": Composer,
    "list": ConversationList,
    "transcript": Transcript,
    "team": TeamScreen,
    "training": TrainingScreen,
    "memory": MemoryScreen,
    "models": ModelsScreen,
}
PLACE_KEYS = {f"f{n}" for n in range(2, 6)} | {f"alt+{n}" for n in range(1, 6)}


def test_ids_and_slash_commands_are_unique() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    slashes = [action.slash for action in ACTIONS if action.slash]
    assert len(set(slashes)) == len(slashes)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_bound_and_done_by_its_owner(action) -> None:
    assert callable(getattr(OWNERS[action.owner], f"action_{action.method}"))
    bound = {binding.id: binding for binding in bindings(action.owner, letters=True)}
    assert bound[action.id].key == ",".join(action.keys)
    assert action.help.endswith(".")


def test_no_key_means_two_things_in_one_place() -> None:
    everywhere = Counter(
        key for action in ACTIONS if action.owner in ("app", "chat") for key in action.keys
    )
    assert not [key for key, times in everywhere.items() if times > 1]
    for owner in ("composer", "list"):
        here = Counter(key for a in ACTIONS if a.owner == owner for key in a.keys)
        assert not [key for key, times in here.items() if times > 1 or key in everywhere]


def test_keys_of_places_digits_and_letters_stay_free() -> None:
    places = {f"place_{place.id}" for place in PLACES}
    keys = {key for action in ACTIONS if action.id not in places for key in action.keys}
    assert not keys & PLACE_KEYS
    typed = [b for owner in ("app", "chat", "composer") for b in bindings(owner)]
    assert not [key for binding in typed for key in binding.key.split(",") if len(key) == 1]


def test_every_place_is_reached_by_its_number() -> None:
    assert {place.id for place in PLACES} == set(get_args(PlaceId))
    for place in PLACES:
        action = BY_ID[f"place_{place.id}"]
        assert f"alt+{place.number}" in action.keys
        assert place.title in action.title


@pytest.mark.parametrize(
    ("text", "word", "known", "argument"),
    [
        ("/new", "new", True, ""),
        ("/new\n", "new", True, ""),
        ("/rename  A better title ", "rename", True, "A better title"),
        ("/nothing", "nothing", False, ""),
        ("/team compare\n\n  these", "team", True, "compare\n\n  these"),
        ("/ask coder\nwhat is\tthis?\n", "ask", True, "coder\nwhat is\tthis?"),
    ],
)
def test_slash_commands_are_taken_apart(text, word, known, argument) -> None:
    parsed = parse_slash(text)
    assert parsed is not None
    assert (parsed[0], parsed[1] is not None, parsed[2]) == (word, known, argument)


@pytest.mark.parametrize(
    "text", ["new", " /new", "/usr/bin/env", "/new\nand more", "/rename a\nb", "/no\nb", "/", "/2"]
)
def test_other_texts_are_no_commands(text) -> None:
    assert parse_slash(text) is None


def test_stop_is_shown_only_while_an_answer_runs() -> None:
    assert "stop" not in [action.id for action in foot("composer", answering=False)]
    assert "stop" in [action.id for action in foot("composer", answering=True)]


@pytest.mark.parametrize(
    ("key", "long", "short"),
    [
        ("ctrl+n", "Ctrl+N", "^N"),
        ("enter", "Enter", "enter"),
        ("escape", "Esc", "esc"),
        ("f10", "F10", "F10"),
        ("alt+c", "Alt+C", "Alt+C"),
        ("a", "a", "a"),
        ("slash", "/", "/"),
        ("question_mark", "?", "?"),
        ("ctrl+pagedown", "Ctrl+PageDown", "^PgDn"),
        ("shift+enter", "Shift+Enter", "Shift+enter"),
    ],
)
def test_keys_are_named_as_a_person_reads_them(key, long, short) -> None:
    assert key_name(key) == long
    assert key_name(key, short=True) == short


@pytest.mark.parametrize("width", [36, 60, 78])
def test_help_names_every_action_and_key_within_the_width(width) -> None:
    page = help_text(width).plain
    for action in ACTIONS:
        assert action.title in page
        assert all(key_name(key) in page for key in action.keys)
        assert action.slash is None or f"/{action.slash}" in page
    described = [line for line in page.splitlines() if line.startswith("  ")]
    assert max(len(line) for line in described) <= width
