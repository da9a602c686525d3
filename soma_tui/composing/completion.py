"""What can be completed at the cursor, with what, and which entry is highlighted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Literal

from agents.attachments import mention
from soma_tui.actions import ACTIONS

Kind = Literal["command", "file"]

MOST_OFFERED = 100
_LONGEST_WORD = 300
_COMMAND = re.compile(r"/[a-z]*")
_FILE = re.compile(
    r"""(?<![^\s(\[{<"'“\u2018«])@(?:"(?P<quoted>[^"\n]*)|(?P<bare>[^\s"@\ufdd0\ufdd1]*))\Z"""
)
_NAMES = re.compile(r"(@\S+\s+)*")
_REST_OF_WORD = re.compile(r"""[^\s"\ufdd0\ufdd1]*""")


@dataclass(frozen=True, slots=True)
class Token:
    """A word that can be completed: its columns in the line `row`, and what of it was typed.

    `first` is true where a message begins with it, or nothing but names stand before it.
    """

    kind: Kind
    row: int
    start: int
    end: int
    query: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the list: what it shows, and what is written in the place of the word.

    `done` is false where more is to be written: an argument, or the rest of a path.
    """

    title: str
    note: str
    insert: str
    done: bool


def token_at(line: str, row: int, column: int, *, alone: bool) -> Token | None:
    """The word before the cursor if it can be completed; `alone` says that there is one line."""
    if alone and column and _COMMAND.fullmatch(line):
        return Token("command", row, 0, len(line), line[1:column])
    begin = max(0, column - _LONGEST_WORD)
    match = _FILE.search(line[begin:column])
    if match is None:
        return None
    rest = _REST_OF_WORD.match(line, column)
    end = rest.end() if rest else column
    quoted = match["quoted"]
    if quoted is not None and line[end : end + 1] == '"':
        end += 1
    query = match["bare"] if quoted is None else quoted
    start = begin + match.start()
    first = row == 0 and quoted is None and bool(_NAMES.fullmatch(line, 0, start))
    return Token("file", row, start, end, query, first)


def commands(query: str) -> list[Entry]:
    """The slash commands that begin with the query, the one that is it first."""
    found = [
        Entry(
            f"/{action.slash} {action.argument}".rstrip(),
            action.help,
            f"/{action.slash}" + (" " if action.argument else ""),
            done=not action.argument,
        )
        for action in ACTIONS
        if action.slash and action.slash.startswith(query)
    ]
    return sorted(found, key=lambda entry: entry.insert.rstrip() != f"/{query}")


def people(team: Iterable[tuple[str, str]], query: str) -> list[Entry]:
    """Those of a team, given with what each is for, whose names begin with the query."""
    return [
        Entry(f"@{name}", role, f"@{name}", done=True)
        for name, role in team
        if name.startswith(query.casefold())
    ]


class Paths:
    """Paths that are searched at every key; a folder's ends with a slash."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = [(path.casefold(), path) for path in paths]

    def match(self, query: str) -> list[Entry]:
        """The best entries for a query whose characters the path holds in their order.

        A folder that is written in full is not offered again, what it holds is.
        """
        wanted = query.casefold()
        ranked = (
            (rank, path.count("/", 0, -1), len(path) if query else 0, folded, path)
            for folded, path in self._paths
            if (folded != wanted or folded[-1] != "/")
            and (rank := _rank(wanted, folded)) is not None
        )
        return [
            Entry(path, "", _written(path), done=not path.endswith("/"))
            for *_, path in nsmallest(MOST_OFFERED, ranked)
        ]


def _rank(query: str, path: str) -> tuple[int, int] | None:
    """How well a path fits, less being better; None where it does not."""
    base = path[path.rfind("/", 0, -1) + 1 :]
    if base.startswith(query):
        return 0, 0
    if path.startswith(query):
        return 1, 0
    if (at := base.find(query)) >= 0:
        return 2, at
    if query in path:
        return 3, 0
    return _spread(query, path)


def _spread(query: str, path: str) -> tuple[int, int] | None:
    """The rank of a path that holds the query's characters apart, by how far they reach."""
    first = at = path.find(query[0])
    for character in query[1:]:
        if at < 0:
            return None
        at = path.find(character, at + 1)
    return None if at < 0 else (4, at - first)


def _written(path: str) -> str:
    written = mention(path)
    return written.removesuffix('"') if path.endswith("/") else written


class Completion:
    """The list for the word at the cursor. It opens by typing and is closed for a word by Esc."""

    def __init__(self) -> None:
        self.token: Token | None = None
        self.entries: Sequence[Entry] = ()
        self.at = 0
        self.paths: Paths | None = None
        self.team: Sequence[tuple[str, str]] = ()
        self._closed: tuple[Kind, int, int] | None = None

    @property
    def open(self) -> bool:
        """Whether there is something to choose from."""
        return bool(self.entries)

    @property
    def waiting(self) -> bool:
        """Whether the names of files are not known yet."""
        return self.token is not None and self.token.kind == "file" and self.paths is None

    def follow(self, token: Token | None, *, typed: bool) -> None:
        """Offer what fits the word that the cursor is in now."""
        place = None if token is None else (token.kind, token.row, token.start)
        if place != self._closed:
            self._closed = None
        if token is None or self._closed or (self.token is None and not typed):
            self.close()
        elif token != self.token:
            self.token = token
            self.at = 0
            self._search()

    def know(self, paths: Paths) -> None:
        """Take the paths there are; the highlighted entry stays so if it is still there."""
        self.paths = paths
        before = self.entries[self.at].title if self.entries else ""
        self._search()
        titles = [entry.title for entry in self.entries]
        self.at = titles.index(before) if before in titles else 0

    def _search(self) -> None:
        if self.token is None:
            self.entries = ()
        elif self.token.kind == "command":
            self.entries = commands(self.token.query)
        else:
            named = people(self.team, self.token.query) if self.token.first else []
            files = self.paths.match(self.token.query) if self.paths else []
            self.entries = [*named, *files]

    def step(self, by: int) -> None:
        """Highlight another entry; the last is followed by the first."""
        self.at = (self.at + by) % len(self.entries)

    def close(self) -> None:
        """Offer nothing, until a word is typed."""
        self.token, self.entries, self.at = None, (), 0

    def dismiss(self) -> None:
        """Offer nothing more for this word."""
        if self.token is not None:
            self._closed = (self.token.kind, self.token.row, self.token.start)
        self.close()
