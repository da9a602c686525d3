"""An editor with a list over it that completes slash commands, specialists and names of files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual import work
from textual.widgets.text_area import Edit, EditResult, Selection

from soma_tui.widgets.chip_editor import ChipEditor

if TYPE_CHECKING:
    from soma_tui.composing.completion import Completion, Entry, Token
    from soma_tui.widgets.completion_list import CompletionList

_READING = "reading the names of files …"


class CompletingEditor(ChipEditor):
    """Offers what fits the word at the cursor; the files are those below `folder`, and `people`
    gives whom a message may begin with, and what each is for.

    The list is a view of `Completion`, which follows every key at once; keys never wait for it.
    """

    def __init__(self, *, id: str, placeholder: str, folder: Path) -> None:
        super().__init__(id=id, placeholder=placeholder)
        self.folder = folder
        self.people: Callable[[], Sequence[tuple[str, str]]] = tuple
        self._completion: Completion | None = None
        self._list: CompletionList | None = None
        self._typed = False

    def edit(self, edit: Edit) -> EditResult:
        """Perform an edit; one of a single character counts as typed and may open the list."""
        self._typed = len(edit.text) <= 1
        try:
            return super().edit(edit)
        finally:
            self._typed = False

    def watch_selection(self, previous: Selection, selection: Selection) -> None:
        """Offer what fits the word that the cursor is in now."""
        if self.is_mounted:
            self._offer(self._typed)

    def on_blur(self) -> None:
        """Close the list when the keys go elsewhere."""
        if self._completion is not None:
            self._completion.close()
            self._draw_list()

    def key_of_list(self, key: str) -> Literal["", "done", "send"]:
        """Do what a key means to the open list; gives "" where it means nothing.

        After "send" the text is complete and should be sent.
        """
        completion = self._completion
        if completion is None or completion.token is None:
            return ""
        meant: Literal["", "done", "send"] = "done"
        if key == "escape":
            completion.dismiss()
        elif completion.open and key in ("up", "down"):
            completion.step(-1 if key == "up" else 1)
        elif completion.open and key == "enter":
            meant = self._enter(completion, completion.token)
        elif key != "tab" or not self.take_completion():
            return ""
        self._draw_list()
        return meant

    def _enter(self, completion: Completion, token: Token) -> Literal["done", "send"]:
        entry = completion.entries[completion.at]
        written = self.document.get_line(token.row)[token.start : token.end]
        if written == entry.insert.rstrip() and not self._is_name(token, entry):
            completion.close()
            return "send"
        self._take(completion.at)
        return "send" if token.kind == "command" and entry.done else "done"

    def _is_name(self, token: Token, entry: Entry) -> bool:
        """Whether an entry is a specialist's name, which says nothing without a request."""
        return token.kind == "file" and bool(entry.note)

    def take_completion(self) -> bool:
        """Write the highlighted entry; gives whether a list is there or about to be."""
        completion = self._completion
        if completion is None or not completion.open:
            return completion is not None and completion.waiting
        self._take(completion.at)
        return True

    def _take(self, at: int) -> None:
        """Write an entry of the list in the place of the word."""
        completion = self._completion
        if completion is None or completion.token is None:
            return
        entry, token = completion.entries[at], completion.token
        follows = self.document.get_line(token.row)[token.end : token.end + 1]
        blank = " " if entry.done and token.kind == "file" and not follows.isspace() else ""
        start, end = (token.row, token.start), (token.row, token.end)
        self._replace_via_keyboard(entry.insert + blank, start, end)
        if entry.done:
            completion.close()
            self._draw_list()
        else:
            self._offer(typed=True)

    def _offer(self, typed: bool) -> None:
        if self._completion is None and not typed:
            return
        token = self._token()
        if self._completion is None:
            if token is None:
                return
            from soma_tui.composing.completion import Completion

            self._completion = Completion()
        completion = self._completion
        before = completion.token
        if token is not None and token.first and token != before:
            completion.team = self.people()
        completion.follow(token, typed=typed)
        now = completion.token
        if now is not None and now.kind == "file" and (before is None or before.kind != "file"):
            self._read_names()
        self._draw_list()

    def _token(self) -> Token | None:
        if not self.selection.is_empty:
            return None
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if "@" not in line and not line.startswith("/"):
            return None
        from soma_tui.composing.completion import token_at

        return token_at(line, row, column, alone=self.document.line_count == 1)

    @work(name="read the names of files", group="names", exclusive=True)
    async def _read_names(self) -> None:
        from soma_tui.composing.completion import Paths
        from soma_tui.composing.files import list_paths

        folder = self.folder
        paths = await asyncio.to_thread(lambda: Paths(list_paths(folder)))
        if self._completion is not None:
            self._completion.know(paths)
            self._draw_list()

    def _draw_list(self) -> None:
        completion = self._completion
        if completion is None:
            return
        if self._list is None:
            if not completion.open and not completion.waiting:
                return
            from soma_tui.widgets.completion_list import CompletionList

            self._list = CompletionList(self._take)
            self.screen.mount(self._list, before=self)
        note = _READING if completion.waiting else ""
        self._list.show(completion.entries, completion.at, note)
