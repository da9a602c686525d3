"""The keys that a person has chosen, from `keys.toml`, and what is wrong with the choice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from soma_tui.actions.action import SURROUNDED_BY, Action
from soma_tui.actions.table import ACTIONS

Keys = tuple[str, ...]

_MODIFIER = re.compile(r"(ctrl|alt|shift|super|meta|hyper)\+")
_NAMED = frozenset(
    "enter escape tab space backspace delete insert up down left right home end pageup pagedown"
    " question_mark slash minus plus comma full_stop semicolon colon".split()
) | {f"f{number}" for number in range(1, 25)}  # fmt: skip
_SIGNS = {"?": "question_mark", "/": "slash", "-": "minus", ",": "comma", ".": "full_stop"}
_TEXT_IS_TYPED = frozenset({"app", "chat", "composer"})


@dataclass(frozen=True, slots=True)
class Keymap:
    """Keys by the id of their action, and a line for each entry that cannot be followed."""

    chosen: Mapping[str, Keys] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def keys(self, action: Action) -> Keys:
        """The keys of an action, the chosen ones or else its own."""
        return self.chosen.get(action.id, action.keys)


DEFAULT = Keymap()


def read_keymap(path: Path) -> Keymap:
    """The keymap of a file of lines such as `send = "ctrl+enter"` or `help = ["f1", "f10"]`.

    A file that is missing gives the default keys, one that cannot be read does too, and says why.
    An entry that is wrong, or gives a key two meanings in one place, is left out and reported.
    """
    if not path.exists():
        return DEFAULT
    import tomllib

    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Keymap({}, (f"{path} cannot be read ({error}); the default keys are used",))
    by_id = {action.id: action for action in ACTIONS}
    chosen: dict[str, Keys] = {}
    problems: list[str] = []
    for name, value in entries.items():
        action = by_id.get(name)
        if action is None:
            problems.append(f"{path.name}: there is no action {name!r}; `soma keys` lists them")
            continue
        keys, problem = _keys_from(value, action)
        if problem:
            problems.append(f"{path.name}: {name}: {problem}")
        else:
            chosen[name] = keys
    while clash := _first_clash(chosen):
        loser, key, other = clash
        del chosen[loser]
        problems.append(
            f"{path.name}: {loser}: {key} is also {other}'s; "
            f"{loser} keeps {', '.join(by_id[loser].keys)}"
        )
    return Keymap(chosen, tuple(problems))


def _keys_from(value: object, action: Action) -> tuple[Keys, str]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not given or not all(isinstance(k, str) for k in given):
        return (), 'give one key or a list of keys, such as "ctrl+n"'
    keys = tuple(_SIGNS.get(key.strip(), key.strip().lower()) for key in given)
    for key in keys:
        bare = key
        while match := _MODIFIER.match(bare):
            bare = bare[match.end() :]
        letter = len(bare) == 1 and bare.isprintable()
        if not letter and bare not in _NAMED:
            return (), f"{key!r} is no key; write it as ctrl+n, alt+up, f2 or pageup"
        text = key == bare and (letter or bare in _SIGNS.values())
        if text and key not in action.keys and action.owner in _TEXT_IS_TYPED:
            return (), f"{key!r} is text while you write; add ctrl+ or alt+"
    return keys, ""


def _first_clash(chosen: Mapping[str, Keys]) -> tuple[str, str, str] | None:
    """A chosen entry that shares a key with another action of the same place, if there is one."""
    for name, keys in reversed(list(chosen.items())):
        action = next(action for action in ACTIONS if action.id == name)
        for other in ACTIONS:
            if other.id == name or not _meet(action, other):
                continue
            for key in chosen.get(other.id, other.keys):
                if key in keys:
                    return name, key, other.id
    return None


def _meet(one: Action, other: Action) -> bool:
    return (
        one.owner == other.owner
        or other.owner in SURROUNDED_BY[one.owner]
        or one.owner in SURROUNDED_BY[other.owner]
    )


def listing(keymap: Keymap, actions: Iterable[Action] = ACTIONS) -> list[dict[str, object]]:
    """Every action with its keys, its default keys and its slash command, ready for JSON."""
    return [
        {
            "id": action.id,
            "keys": list(keymap.keys(action)),
            "default": list(action.keys),
            "slash": f"/{action.slash}" if action.slash else None,
            "title": action.title,
            "help": action.help,
        }
        for action in actions
    ]
