"""The one registry of what a person can do: bindings, palette, slash commands, help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from textual.binding import BindingType

Owner = Literal["app", "chat", "composer", "list"]
Focus = Literal["composer", "list", "transcript"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do.

    `owner` is where its keys are bound and `method` the name after `action_` there. `title` is
    what palette and help call it and `short` its word in the line of keys, where it stands while
    one of `foot` has the focus. `slash` is the command that does the same from the composer,
    `argument` what may follow it. `priority` lets the keys pass the focused widget.
    """

    id: str
    keys: tuple[str, ...]
    title: str
    help: str
    group: str
    owner: Owner
    method: str
    short: str = ""
    foot: tuple[Focus, ...] = ()
    slash: str | None = None
    argument: str = ""
    palette: bool = True
    priority: bool = False
    answering: bool = False


_MESSAGES = "Messages"
_CONVERSATIONS = "Conversations"
_READING = "Reading"
_SOMA = "SOMA"

ACTIONS: tuple[Action, ...] = (
    Action(
        "send", ("enter",), "Send", "Sends what stands in the composer.",
        _MESSAGES, "composer", "send", short="send", foot=("composer",), palette=False,
    ),
    Action(
        "open", ("enter",), "Open", "Opens the highlighted conversation of the list.",
        _CONVERSATIONS, "list", "select", short="open", foot=("list",), palette=False,
    ),
    Action(
        "stop", ("escape",), "Stop the answer",
        "Stops the answer that runs and keeps what was said; otherwise goes back to the composer.",
        _MESSAGES, "chat", "stop", short="stop", foot=("composer", "list", "transcript"),
        slash="stop", answering=True,
    ),
    Action(
        "new_line", ("ctrl+j", "shift+enter"), "New line",
        "Begins a new line in the composer. Shift+Enter works where the terminal tells it apart.",
        _MESSAGES, "composer", "new_line", short="new line", foot=("composer",), palette=False,
    ),
    Action(
        "new", ("ctrl+n",), "New conversation", "Begins a new conversation.",
        _CONVERSATIONS, "chat", "new_conversation", short="new",
        foot=("composer", "list", "transcript"), slash="new",
    ),
    Action(
        "focus_list", ("f6", "ctrl+l"), "Go to the conversations",
        "Goes to the list of conversations, and from there back to the composer.",
        _CONVERSATIONS, "chat", "focus_list", short="list", foot=("composer", "transcript"),
       
    ),
    Action(
        "next", ("alt+down", "ctrl+pagedown"), "Next conversation",
        "Opens the conversation below the present one in the list.",
        _CONVERSATIONS, "chat", "next_conversation",
    ),
    Action(
        "previous", ("alt+up", "ctrl+pageup"), "Previous conversation",
        "Opens the conversation above the present one in the list.",
        _CONVERSATIONS, "chat", "previous_conversation",
    ),
    Action(
        "rename", ("f9",), "Rename the conversation",
        "Gives the present or highlighted conversation another title.",
        _CONVERSATIONS, "chat", "rename", short="rename", foot=("list",), slash="rename",
        argument="TITLE",
    ),
    Action(
        "delete", ("delete",), "Delete the conversation",
        "Deletes the highlighted conversation, after asking. /delete takes the present one.",
        _CONVERSATIONS, "list", "delete", short="delete", foot=("list",), slash="delete",
    ),
    Action(
        "toggle_list", ("ctrl+b", "f7"), "Show or hide the conversations",
        "Shows or hides the list of conversations.",
        _CONVERSATIONS, "chat", "toggle_list",
    ),
    Action(
        "copy_answer", ("alt+c",), "Copy the last answer",
        "Puts the last answer on the clipboard.",
        _MESSAGES, "chat", "copy_answer", short="copy answer", foot=("transcript",), slash="copy",
    ),
    Action(
        "interrupt", ("ctrl+c",), "Copy or stop",
        "Copies the selected text; with nothing selected, stops the answer that runs.",
        _MESSAGES, "chat", "interrupt", palette=False,
    ),
    Action(
        "scroll_up", ("pageup",), "One page up", "Scrolls the transcript up.",
        _READING, "composer", "scroll_up", short="scroll", foot=("transcript",), palette=False,
    ),
    Action(
        "scroll_down", ("pagedown",), "One page down", "Scrolls the transcript down.",
        _READING, "composer", "scroll_down", palette=False,
    ),
    Action(
        "to_end", ("ctrl+end",), "Go to the newest text",
        "Scrolls to the end of the transcript and follows new text again.",
        _READING, "chat", "to_end", short="newest", foot=("transcript",),
    ),
    Action(
        "help", ("f1", "f10", "ctrl+g", "question_mark"), "Help",
        "Shows this page. ? works outside the composer.",
        _SOMA, "app", "help", short="help", foot=("composer", "list", "transcript"), slash="help",
    ),
    Action(
        "palette", ("ctrl+p",), "Everything", "Opens the list of everything that can be done.",
        _SOMA, "app", "command_palette", short="everything", foot=("composer",), palette=False,
    ),
    Action(
        "tools", ("f8",), "Install training tools",
        "Installs what training needs, after asking. Uses the network.",
        _SOMA, "app", "tools", slash="tools",
    ),
    Action(
        "quit", ("ctrl+q",), "Quit", "Leaves SOMA. What was said so far is kept.",
        _SOMA, "app", "quit", short="quit", foot=("composer", "list", "transcript"), slash="quit",
        priority=True,
    ),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}
_BY_SLASH = {action.slash: action for action in ACTIONS if action.slash}
_SLASH = re.compile(r"/([a-z]+)(?:[ \t]+(.*))?")

_NAMES = {
    "enter": "Enter",
    "escape": "Esc",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "question_mark": "?",
}
_SHORT_NAMES = {
    "escape": "esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "enter": "enter",
    "delete": "Del",
}


def bindings(owner: Owner, via: str = "") -> list[BindingType]:
    """The key bindings that belong to one owner, each under its action's id.

    `via` names the owner for a widget that takes them over, as `screen.` or `app.`, so that its
    own meaning of a key does not come first.
    """
    from textual.binding import Binding

    return [
        Binding(
            ",".join(action.keys),
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

    None for any text that is not of that form, such as a path or more than one line.
    """
    match = _SLASH.fullmatch(text.rstrip())
    if match is None:
        return None
    word = match[1]
    return word, _BY_SLASH.get(word), (match[2] or "").strip()


def foot(focus: Focus, answering: bool) -> Iterator[Action]:
    """The actions whose keys are shown while `focus` has the focus, the most needed first."""
    for action in ACTIONS:
        if focus in action.foot and (answering or not action.answering):
            yield action


def key_name(key: str, *, short: bool = False) -> str:
    """A key as a person reads it: `ctrl+n` is Ctrl+N, or ^N when short."""
    *modifiers, last = key.split("+")
    named = _SHORT_NAMES.get(last) if short else None
    name = named or _NAMES.get(last) or (last.upper() if len(last) == 1 else last.capitalize())
    if short and modifiers == ["ctrl"]:
        return f"^{name}"
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])
