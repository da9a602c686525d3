"""The one registry of what a person can do: bindings, palette, slash commands, help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from soma_tui.actions.action import SURROUNDED_BY, Action, Focus, Owner
from soma_tui.actions.table import ACTIONS

if TYPE_CHECKING:
    from textual.binding import BindingType

__all__ = [
    "ACTIONS",
    "BY_ID",
    "SURROUNDED_BY",
    "Action",
    "Focus",
    "Owner",
    "bindings",
    "foot",
    "key_name",
    "parse_slash",
]

BY_ID = {action.id: action for action in ACTIONS}
_BY_SLASH = {action.slash: action for action in ACTIONS if action.slash}
_READING = frozenset(("left", "right", "plus", "minus"))
_SLASH = re.compile(r"/([a-z]+)(?:\s+(.*))?", re.DOTALL)

_NAMES = {
    "enter": "Enter",
    "escape": "Esc",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "question_mark": "?",
    "comma": ",",
    "full_stop": ".",
    "plus": "+",
    "minus": "-",
    "slash": "/",
}
_SHORT_NAMES = {
    "escape": "esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "enter": "enter",
    "space": "space",
    "delete": "Del",
    "up": "↑",
    "left": "←",
    "right": "→",
}


def bindings(owner: Owner, via: str = "", *, letters: bool = False) -> list[BindingType]:
    """The key bindings that belong to one owner, each under its action's id.

    `via` names the owner for a widget that takes them over, as `screen.` or `app.`, so that its
    own meaning of a key does not come first. Keys that are text, or move a cursor, are bound only
    with `letters`, where nothing is written.
    """
    from textual.binding import Binding

    def bound(action: Action) -> Iterator[str]:
        for key in action.keys:
            if letters or action.owner != "chat" or not (len(key) == 1 or key in _READING):
                yield key

    return [
        Binding(
            ",".join(bound(action)),
            via + action.method,
            action.title,
            show=False,
            priority=action.priority,
            tooltip=action.help,
            id=action.id,
        )
        for action in ACTIONS
        if action.owner == owner
    ]


def parse_slash(text: str) -> tuple[str, Action | None, str] | None:
    """What `/word argument` asks for: the word, its action (None if there is none), the argument.

    None for any text that is not of that form, such as a path, or more than one line for an action
    that takes no text.
    """
    text = text.rstrip()
    match = _SLASH.fullmatch(text)
    if match is None:
        return None
    action = _BY_SLASH.get(match[1])
    if "\n" in text and not (action is not None and action.text):
        return None
    return match[1], action, (match[2] or "").strip()


def foot(focus: Focus, answering: bool) -> Iterator[Action]:
    """The actions whose keys are shown while `focus` has the focus, the most needed first."""
    for action in ACTIONS:
        if focus in action.foot and (answering or not action.answering):
            yield action


def key_name(key: str, *, short: bool = False) -> str:
    """A key as a person reads it: `ctrl+n` is Ctrl+N, or ^N when short."""
    *modifiers, last = key.split("+")
    named = _SHORT_NAMES.get(last) if short else None
    letter = last.upper() if modifiers else last
    name = named or _NAMES.get(last) or (letter if len(last) == 1 else last.capitalize())
    if short and modifiers == ["ctrl"]:
        return f"^{name}"
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])
