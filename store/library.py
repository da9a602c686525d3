"""The documents that were taken in, as passages with their source; files themselves stay where
they are.

Text in a document is quoted data: it is offered to recall and nothing else is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from store.claims import one_line
from store.database import Database
from store.document_files import Kind, ReadDocument
from store.errors import StoreError, UnknownIdError
from store.passages import cut
from store.settings import Settings
from store.tombstones import Tombstones

Outcome = Literal["new", "changed", "unchanged", "known"]
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was taken in: its path then, and how many passages and bytes it has.

    `taken` is when, in Unix seconds; `pages` is None where it has none.
    """

    id: int
    name: str
    path: str
    kind: Kind
    hash: str
    size: int
    taken: float
    passages: int
    pages: int | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a document, `number` in its order; `source` says in words where it stands."""

    id: int
    document: int
    number: int
    text: str
    source: str
    page: int | None
    time: float
    pinned: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a document: "new", "changed" since it was taken in, "unchanged", or "known"
    from another path with the same content."""

    document: Document
    outcome: Outcome


class ForgottenError(StoreError):
    """A document was forgotten, so it is not taken in again."""


# Named here because `list` inside the class is its method.
DocumentList = list[Document]


class Library:
    """Documents and passages of a database. Methods may be called from any thread; one that
    writes returns when it is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._settings = Settings(database)
        self._tombstones = Tombstones(database)
        self._documents = database.table("library")
        self._passages = database.table("passages")
        self._documents.index("path")
        self._documents.index("hash")
        self._passages.index("document")

    def list(self) -> DocumentList:
        """Give all documents, the one taken in last first."""
        with self._documents.storage.lock:
            found = [self._document(i, fields) for i, fields in self._documents.peek_all()]
        return sorted(found, key=lambda one: (one.taken, one.id), reverse=True)

    def get(self, document_id: int) -> Document:
        """Give one document. Raises UnknownIdError."""
        fields = self._documents.peek(document_id)
        if fields is None:
            raise UnknownIdError(
                f"there is no document {document_id}; `soma documents list` shows those there are"
            )
        return self._document(document_id, fields)

    def known(self, path: Path, content: str) -> Document | None:
        """Give the document that was taken in from a path with this very content, if any."""
        ids = self._documents.find("path", str(path))
        same = [i for i in ids if (self._documents.peek(i) or {}).get("hash") == content]
        return self.get(same[0]) if same else None

    def take_in(self, read: ReadDocument, now: float) -> Taken:
        """Keep what was read of a file, in one commit.

        A file of the same path takes the place of what it was; the same content from another
        path is not kept twice.
        """
        path = str(read.path.absolute())
        with self._database.transaction():
            known = self._documents.find("path", path)
            before = self._documents.peek(known[0]) if known else None
            if before is not None and before["hash"] == read.hash:
                return Taken(self.get(known[0]), "unchanged")
            same = self._documents.find("hash", read.hash)
            if same and not known:
                return Taken(self.get(same[0]), "known")
            whole = list(cut(read.sections))
            pieces = [one for one in whole if not self._tombstones.is_own_text(one.text)]
            if (whole and not pieces) or self._tombstones.is_document(read.hash):
                raise ForgottenError(f"{path} is left out: you had it forgotten")
            pages = [section.page for section in read.sections if section.page is not None]
            fields: dict[str, Any] = {
                "name": one_line(read.path.name, LONGEST_NAME),
                "path": path,
                "kind": read.kind,
                "hash": read.hash,
                "size": read.size,
                "taken": now,
                "pages": max(pages) if pages else None,
            }
            if known:
                self._remove_passages(known[0])
                self._documents.update(fields, doc_ids=known)
            document_id = known[0] if known else self._documents.insert(fields)
            self._passages.insert_multiple(
                {
                    "document": document_id,
                    "number": number,
                    "text": piece.text,
                    "page": piece.page,
                    "heading": one_line(piece.heading, LONGEST_NAME),
                }
                for number, piece in enumerate(pieces, 1)
            )
            self._changed()
            return Taken(self.get(document_id), "changed" if known else "new")

    def remove(self, document_id: int) -> Document:
        """Take a document and its passages out; the file stays. Raises UnknownIdError."""
        with self._database.transaction():
            document = self.get(document_id)
            self._remove_passages(document_id)
            self._documents.remove(doc_ids=[document_id])
            self._changed()
            return document

    # --- passages

    @property
    def revision(self) -> int:
        """A number that is another one whenever a passage came, went or was pinned."""
        return int(self._settings.get("library revision", 0))

    def passages(self, document_id: int | None = None) -> Iterator[Passage]:
        """Give the passages of a document in order, or of all."""
        if document_id is None:
            ids = [passage_id for passage_id, _ in self._passages.peek_all()]
        else:
            self.get(document_id)
            ids = self._passages.find("document", document_id)
        found = (self.passage(passage_id) for passage_id in ids)
        return (passage for passage in found if passage is not None)

    def passage(self, passage_id: int) -> Passage | None:
        """Give one passage; None where it is gone."""
        with self._passages.storage.lock:
            fields = self._passages.peek(passage_id)
            owner = self._documents.peek(fields["document"]) if fields else None
            if fields is None or owner is None:
                return None
            return Passage(
                passage_id,
                fields["document"],
                fields["number"],
                fields["text"],
                _source(owner["name"], fields),
                fields["page"],
                owner["taken"],
                bool(fields.get("pinned")),
            )

    def pin(self, passage_id: int, pinned: bool) -> Passage:
        """Let a passage be recalled before others, or no longer. Raises UnknownIdError."""
        with self._database.transaction():
            if self._passages.peek(passage_id) is None:
                raise UnknownIdError(f"there is no passage {passage_id}; it may have been removed")
            self._passages.update({"pinned": pinned}, doc_ids=[passage_id])
            self._changed()
        passage = self.passage(passage_id)
        assert passage is not None
        return passage

    def _changed(self) -> None:
        self._settings.set("library revision", self.revision + 1)

    def _remove_passages(self, document_id: int) -> None:
        if ids := self._passages.find("document", document_id):
            self._passages.remove(doc_ids=ids)

    def _document(self, document_id: int, fields: Mapping[str, Any]) -> Document:
        return Document(
            document_id,
            fields["name"],
            fields["path"],
            fields["kind"],
            fields["hash"],
            fields["size"],
            fields["taken"],
            len(self._passages.find("document", document_id)),
            fields["pages"],
        )


def _source(name: str, fields: Mapping[str, Any]) -> str:
    if fields["page"] is not None:
        return f"{name} p. {fields['page']}"
    return f"{name} › {fields['heading']}" if fields["heading"] else name
