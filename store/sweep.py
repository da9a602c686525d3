"""Going through whole tables to take words out of them, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from store.database import Database
from store.redaction import FORGOTTEN, Needles

_NOT_SWEPT = frozenset(("library", "passages", "forgotten", "settings", "persons"))
"""Documents are somebody's files, and go as a whole; settings and handles were chosen."""


class Sweep:
    """Takes words out of stored documents; each method joins the transaction that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def quotes(self, message_id: int, needles: Needles, quotes: set[str]) -> None:
        """Take words and sentences out of what was quoted of a message as evidence."""
        facts = self._database.table("facts")
        for fact_id, fields in facts.peek_all():
            if any(one["message"] == message_id for one in fields["evidence"]):
                redacted = [
                    {**one, "quote": needles.redact(one["quote"], quotes)}
                    if one["message"] == message_id
                    else one
                    for one in fields["evidence"]
                ]
                facts.update({"evidence": redacted}, doc_ids=[fact_id])
        changes = self._database.table("trait_changes")
        changes.index("message")
        for change_id in changes.find("message", message_id):
            quote = (changes.peek(change_id) or {}).get("quote", "")
            changes.update({"quote": needles.redact(quote, quotes)}, doc_ids=[change_id])

    def prompts(self, needles: Needles) -> set[int]:
        """Empty the system prompts that hold words, so that they are made anew.

        Gives their conversations.
        """
        conversations = self._database.table("conversations")
        told = [i for i, f in conversations.peek_all() if needles.are_in(f["system_prompt"])]
        if told:
            conversations.update({"system_prompt": "", "prompt_stamp": ""}, doc_ids=told)
        return set(told)

    def runs(self, needles: Needles) -> list[int]:
        """Give the runs of the team that hold words, in what was asked or in a task."""
        if not needles:
            return []
        runs, tasks = self._database.table("runs"), self._database.table("tasks")
        held = {number for number, fields in runs.peek_all() if _holds(fields, needles)}
        held |= {fields["run"] for _, fields in tasks.peek_all() if _holds(fields, needles)}
        return sorted(held)

    def everything(self, needles: Needles) -> set[int]:
        """Take words out of all tables but those of documents, settings and persons.

        Gives the conversations that held them.
        """
        if not needles:
            return set()
        changed: set[int] = set()
        for name in sorted(self._database.tinydb.tables() - _NOT_SWEPT):
            table = self._database.table(name)
            for doc_id, fields in table.peek_all():
                if not _holds(fields, needles):
                    continue
                new = {key: _redacted(value, needles.redact) for key, value in fields.items()}
                if name == "conversations":
                    changed.add(doc_id)
                elif name == "messages":
                    changed.add(fields["conversation"])
                elif name == "drafts":
                    new |= _draft(new)
                table.update(new, doc_ids=[doc_id])
        return changed

    def holding(self, needles: Needles) -> list[str]:
        """Give the names of the tables that hold words."""
        return [
            name
            for name in sorted(self._database.tinydb.tables())
            if any(_holds(fields, needles) for _, fields in self._database.table(name).peek_all())
        ]


def _holds(value: Any, needles: Needles) -> bool:
    if isinstance(value, str):
        return needles.are_in(value)
    if isinstance(value, Mapping):
        return any(_holds(one, needles) for one in value.values())
    return isinstance(value, list) and any(_holds(one, needles) for one in value)


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _redacted(one, redact) for key, one in value.items()}
    return [_redacted(one, redact) for one in value] if isinstance(value, list) else value


def _draft(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A draft without what is nothing but forgotten."""
    queued = [text for text in fields["queued"] if text != FORGOTTEN]
    return {"text": "" if fields["text"] == FORGOTTEN else fields["text"], "queued": queued}
