"""Conversations of other programs, taken into the store with their times, once and not again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tinydb.table import Document

from store.branches import Branches
from store.database import Database
from store.import_files import ImportFileError, Place, Unreadable, read_file
from store.import_formats import (
    FormatError,
    ImportedConversation,
    ImportedMessage,
    read_conversation,
)
from store.message import whole_text
from store.message_tables import MessageTables
from store.redaction import FORGOTTEN
from store.titles import Titles, clean_title
from store.tombstones import Tombstones

MESSAGES_A_COMMIT = 400
MOST_FAULTS = 100
CLOCKS_DIFFER_S = 86400.0
"""A time is in the future where it is a day ahead; less is a time zone that was left out."""


@dataclass(slots=True)
class ImportReport:
    """What an import has done so far.

    Conversations are `new`, `grown` (known, with new messages), `known` (nothing new, or nothing
    but what was forgotten) or `deleted` (known, and deleted here: left alone). `messages` are those
    that were stored, `repeated` those that were there already, `forgotten` those that are left out
    because they were forgotten here. `last` is the conversation stored last. `faults` names the
    first 100 of `fault_count` places with something wrong.
    """

    new: int = 0
    grown: int = 0
    known: int = 0
    deleted: int = 0
    messages: int = 0
    repeated: int = 0
    forgotten: int = 0
    last: int | None = None
    fault_count: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def conversations(self) -> int:
        """How many conversations the file held."""
        return self.new + self.grown + self.known + self.deleted

    def fault(self, place: Place, what: str) -> None:
        """Note that something is wrong at a place."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(f"{place}: {what}")


OnProgress = Callable[[int, int, ImportReport], None]


class Importer:
    """Takes conversations into a database; `system_prompt` is that of those which are new."""

    def __init__(self, database: Database, system_prompt: str) -> None:
        self._database = database
        self._documents = MessageTables(database)
        self._documents.conversations.index("source")
        self._branches = Branches(self._documents)
        self._titles = Titles(self._documents)
        self._tombstones = Tombstones(database)
        self._system_prompt = system_prompt

    def import_file(
        self,
        path: Path,
        on_progress: OnProgress = lambda done, total, report: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> ImportReport:
        """Import a file, an archive or a folder; what is known by its id is not stored again.

        `on_progress` is told bytes, all bytes, and the report so far; the import ends early when
        `stopped` says so. Raises ImportFileError for what is no such file or holds nothing that
        can be read, StoreError where it cannot be stored; what was stored before stays.
        """
        report = ImportReport()
        done, total = 0, 0

        def on_read(read: int, of: int) -> None:
            nonlocal done, total
            done, total = read, of

        gathered: list[tuple[Place, ImportedConversation]] = []
        for entry in read_file(path, on_read):
            if isinstance(entry, Unreadable):
                report.fault(entry.place, entry.reason)
            else:
                place, value = entry
                try:
                    gathered.append((place, read_conversation(value)))
                except FormatError as error:
                    report.fault(place, str(error))
            if sum(len(read.messages) for _, read in gathered) >= MESSAGES_A_COMMIT:
                self._store(gathered, report)
                gathered = []
            on_progress(done, total, report)
            if stopped():
                break
        self._store(gathered, report)
        on_progress(total, total, report)
        if not report.conversations and report.fault_count:
            raise ImportFileError(
                f"nothing in {path} can be imported ({report.faults[0]}); "
                "name an export of ChatGPT or Claude, or a file of JSON lines"
            )
        return report

    def _store(
        self, gathered: Iterable[tuple[Place, ImportedConversation]], report: ImportReport
    ) -> None:
        with self._database.transaction():
            for place, conversation in gathered:
                self._take(place, conversation, report)

    def _take(self, place: Place, read: ImportedConversation, report: ImportReport) -> None:
        for fault in read.faults:
            report.fault(place, fault)
        if not read.messages and not read.title:
            report.known += 1
            return
        if self._tombstones.is_conversation(read.id):
            report.forgotten += len(read.messages)
            report.known += 1
            return
        known = self._documents.conversations.find("source", read.id)
        if known and "deleted" in (self._documents.conversations.peek(known[0]) or {}):
            report.deleted += 1
            return
        stored = self._messages_of(known[0]) if known else {}
        whole, read = read, self._without_forgotten(read, stored, report)
        if whole.messages and not read.messages and not known:
            report.known += 1
            return
        conversation_id = known[0] if known else self._begin(read)
        shown_before = self._branches.shown(conversation_id) if stored else []
        added = self._add(place, conversation_id, read, stored, report)
        if not known:
            report.new += 1
        elif added:
            report.grown += 1
        else:
            report.known += 1
            return
        report.last = conversation_id
        self._show(conversation_id, read, stored, shown_before)
        if not read.title:
            for message in read.messages:
                if message.role == "user":
                    self._titles.take_from(conversation_id, message.text)

    def _without_forgotten(
        self, read: ImportedConversation, stored: Mapping[str, int], report: ImportReport
    ) -> ImportedConversation:
        """What of a conversation was not forgotten; what follows a gap follows what is above it."""
        above: dict[str, str | None] = {}
        kept = []
        for message in read.messages:
            text = self._tombstones.left_of(read.id, message.id, message.text)
            parent = above.get(message.parent, message.parent) if message.parent else None
            if text is not None:
                kept.append(replace(message, text=text, parent=parent))
                continue
            report.forgotten += 1
            if message.id not in stored:
                above[message.id] = parent
        title = "" if self._tombstones.is_title(read.id) else read.title
        shown = above.get(read.shown, read.shown) or ""
        return replace(read, title=title, messages=kept, shown=shown)

    def _begin(self, read: ImportedConversation) -> int:
        times = [message.time for message in read.messages if message.time is not None]
        created = read.created if read.created is not None else min(times, default=time.time())
        title = clean_title(read.title)
        fields = {
            "title": title,
            "title_by": "user" if title else "",
            "created": _milliseconds(min(created, time.time())),
            "system_prompt": self._system_prompt,
            "source": read.id,
        }
        return self._documents.conversations.insert(fields)

    def _messages_of(self, conversation_id: int) -> dict[str, int]:
        found = {}
        for message_id in self._documents.ids(conversation_id):
            fields = self._documents.messages.peek(message_id) or {}
            if "source" in fields:
                found[fields["source"]] = message_id
        return found

    def _add(
        self,
        place: Place,
        conversation_id: int,
        read: ImportedConversation,
        stored: dict[str, int],
        report: ImportReport,
    ) -> int:
        """Store the messages that are new; `stored` gets their ids. Gives how many they are."""
        table, storage = self._documents.messages, self._documents.messages.storage
        documents: list[Document] = []
        forked = False
        last_id = max(self._documents.ids(conversation_id), default=None)
        now = time.time()
        before = read.created if read.created is not None else now
        times: dict[int, float] = {}
        for message in read.messages:
            if message.id in stored:
                report.repeated += 1
                self._compare(place, message, stored[message.id], documents, report)
                continue
            if message.time is not None and message.time > now + CLOCKS_DIFFER_S:
                report.fault(place, f"message {message.id} has a time in the future; it takes now")
            parent = stored.get(message.parent) if message.parent is not None else None
            created = message.time
            if created is None:
                created = times.get(parent or 0, before)
            message_id = storage.next_id("messages")
            fields = self._fields(conversation_id, message, parent, min(created, now))
            times[message_id] = fields["created"]
            documents.append(Document(fields, message_id))
            stored[message.id] = message_id
            forked = forked or parent != last_id
            last_id = message_id
        if documents:
            table.insert_multiple(documents)
        if forked:
            self._documents.conversations.update({"forked": True}, doc_ids=[conversation_id])
        report.messages += len(documents)
        return len(documents)

    def _fields(
        self, conversation_id: int, message: ImportedMessage, parent: int | None, created: float
    ) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "conversation": conversation_id,
            "parent": parent,
            "role": message.role,
            "text": whole_text(message.text),
            "state": "done",
            "created": _milliseconds(created),
            "source": message.id,
        }
        if message.name:
            fields["name"] = clean_title(message.name)
        if message.model:
            fields["model"] = message.model
        return fields

    def _compare(
        self,
        place: Place,
        message: ImportedMessage,
        message_id: int,
        documents: Iterable[Document],
        report: ImportReport,
    ) -> None:
        fields = self._documents.messages.peek(message_id) or next(
            (document for document in documents if document.doc_id == message_id), {}
        )
        kept = str(fields.get("text"))
        if FORGOTTEN not in kept and kept != whole_text(message.text):
            report.fault(
                place, f"the id {message.id} is there already with another text, which is kept"
            )

    def _show(
        self,
        conversation_id: int,
        read: ImportedConversation,
        stored: dict[str, int],
        shown_before: list[int],
    ) -> None:
        """Let the branch be shown that the file shows, or that was shown here before."""
        if not (self._documents.conversations.peek(conversation_id) or {}).get("forked"):
            return
        if shown_before:
            self._branches.show(conversation_id, shown_before[-1])
        elif read.shown in stored:
            self._branches.show(conversation_id, stored[read.shown])


def _milliseconds(seconds: float) -> float:
    """A time cut to milliseconds; it is never later than it was."""
    return int(seconds * 1000) / 1000
