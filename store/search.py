"""Plain search: all words of a query, whatever their case, somewhere in one text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from store.message import Conversation, Message
from store.message_tables import Fields

_BEFORE, _AFTER = 40, 120  # characters of an excerpt, either side of where the hit begins


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Where a search found its words: a message, or the title where `message` is None."""

    conversation: Conversation
    message: Message | None
    excerpt: str


def search(
    text: str,
    conversations: Iterable[Conversation],
    messages: Iterable[tuple[int, Fields]],
    read: Callable[[int], Message],
) -> list[SearchHit]:
    """Find titles and messages that hold all words of `text`, whatever their case, newest first.

    `read` gives a message that was found by its id. A query without a word finds nothing.
    """
    words = words_of(text)
    if not words:
        return []
    hits = []
    known = {conversation.id: conversation for conversation in conversations}
    for conversation in known.values():
        title = conversation.title
        if (place := find_all(title, words)) is not None:
            hits.append(
                (conversation.updated, SearchHit(conversation, None, excerpt(title, place)))
            )
    for message_id, fields in messages:
        place = find_all(fields["text"], words)
        owner = known.get(fields["conversation"])
        if place is not None and owner is not None:
            hit = SearchHit(owner, read(message_id), excerpt(fields["text"], place))
            hits.append((float(fields["created"]), hit))
    return [hit for _, hit in sorted(hits, key=lambda pair: pair[0], reverse=True)]


def words_of(query: str) -> list[str]:
    """Give the words that a text must hold, in the form in which they are compared."""
    return query.casefold().split()


def find_all(text: str, words: list[str]) -> int | None:
    """Give the place in the text of the first hit where every word occurs, else None."""
    folded = text.casefold()
    first = len(folded)
    for word in words:
        place = folded.find(word)
        if place < 0:
            return None
        first = min(first, place)
    return _unfolded(text, folded, first)


def excerpt(text: str, hit: int) -> str:
    """Give the surroundings of a hit on one line, with … where text was left out."""
    start, end = max(0, hit - _BEFORE), min(len(text), hit + _AFTER)
    if start:
        space = text.find(" ", start, hit)
        start = space + 1 if space >= 0 else start
    if end < len(text):
        space = text.rfind(" ", hit, end)
        end = space if space > hit else end
    middle = " ".join(text[start:end].split())
    return ("…" if start else "") + middle + ("…" if end < len(text) else "")


def _unfolded(text: str, folded: str, position: int) -> int:
    """Find the place in the text that a place in its casefolded form came from."""
    if len(text) == len(folded):
        return position
    folded_length = 0
    for index, character in enumerate(text):
        folded_length += len(character.casefold())
        if folded_length > position:
            return index
    return len(text)
