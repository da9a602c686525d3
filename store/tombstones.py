"""What was forgotten and must not come back: hashes with a key of the store's own, never the words.

What is imported or taken in again is known by its id where it was imported from, so that a short
text, such as "Yes.", is kept out of that very place alone. A text of some words is hardly anybody
else's and stays out wherever it comes from.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from store.database import Database
from store.redaction import FORGOTTEN, sentences, without_sentences
from store.settings import Settings

WORDS_OF_ONE_S_OWN = 4  # words of a sentence that is hardly anybody else's
_KEY = "forgetting key"


class Tombstones:
    """Remembers what was forgotten; a method that buries joins the transaction that is open."""

    def __init__(self, database: Database) -> None:
        self._settings = Settings(database)
        self._hashes = database.table("forgotten")
        self._hashes.index("hash")

    # --- burying

    def bury_texts(self, texts: Iterable[str]) -> None:
        """Let texts be known as forgotten, whatever their case and spaces."""
        self._bury(map(_plain, texts))

    def bury_conversation(self, source: str) -> None:
        """Keep out a whole conversation, by the id that it was imported under."""
        self._bury([_name("conversation", source)])

    def bury_title(self, source: str) -> None:
        """Keep out the title of a conversation, by the id that it was imported under."""
        self._bury([_name("title", source)])

    def bury_message(self, conversation: str, message: str) -> None:
        """Keep out a message of a conversation, by the ids that they were imported under."""
        self._bury([_name("message", conversation, message)])

    def bury_sentences(self, conversation: str, message: str, gone: Iterable[str]) -> None:
        """Keep sentences out of a message that stays."""
        self._bury(_name("sentence", conversation, message, _plain(one)) for one in gone)

    def bury_document(self, content: str) -> None:
        """Keep out a document, by the hash of its content."""
        self._bury([_name("document", content)])

    # --- looking up

    def is_forgotten(self, text: str) -> bool:
        """Whether a text or a sentence in it was forgotten: nothing may be trained on it."""
        return self._hold(_plain(one) for one in (text, *sentences(text)))

    def is_conversation(self, source: str) -> bool:
        """Whether the conversation that was imported under an id was forgotten."""
        return self._hold([_name("conversation", source)])

    def is_title(self, source: str) -> bool:
        """Whether the title of the conversation that was imported under an id was forgotten."""
        return self._hold([_name("title", source)])

    def is_document(self, content: str) -> bool:
        """Whether a document with that hash of its content was forgotten."""
        return self._hold([_name("document", content)])

    def is_own_text(self, text: str) -> bool:
        """Whether a text of some words was forgotten as a whole."""
        return self._hold(_own(text))

    def left_of(self, conversation: str, message: str, text: str) -> str | None:
        """What may come in of an imported message; None where it was forgotten."""
        key = self._key()
        if key is None:
            return text
        whole = [_name("message", conversation, message), *_own(text)]
        if self._known(key, whole):
            return None

        def is_gone(sentence: str) -> bool:
            name = _name("sentence", conversation, message, _plain(sentence))
            return self._known(key, [name, *_own(sentence)])

        left = without_sentences(text, is_gone)
        return None if left.strip() == FORGOTTEN else left

    # --- hashes

    def _key(self) -> str | None:
        key: str | None = self._settings.get(_KEY)
        return key

    def _bury(self, names: Iterable[str]) -> None:
        key = self._key()
        if key is None:
            key = secrets.token_hex(16)
            self._settings.set(_KEY, key)
        for code in dict.fromkeys(_hash(key, name) for name in names):
            if not self._hashes.find("hash", code):
                self._hashes.insert({"hash": code})

    def _hold(self, names: Iterable[str]) -> bool:
        key = self._key()
        return key is not None and self._known(key, names)

    def _known(self, key: str, names: Iterable[str]) -> bool:
        return any(self._hashes.find("hash", _hash(key, name)) for name in names)


def _own(text: str) -> list[str]:
    """The name of a text that is long enough to be somebody's own, if it is."""
    return [_plain(text)] if len(text.split()) >= WORDS_OF_ONE_S_OWN else []


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _name(*parts: str) -> str:
    """Names a thing; no text is one, since none holds the mark between the parts."""
    return "\0".join(parts)


def _hash(key: str, name: str) -> str:
    plain = name.encode("utf-8", "replace")
    return hashlib.blake2b(plain, key=key.encode(), digest_size=16).hexdigest()
