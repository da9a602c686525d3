"""What was written and is not sent yet, as the screen holds it; the store keeps a copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from store.draft import TEAM, Draft

_NONE = Draft("")


@dataclass(slots=True)
class Drafts:
    """A draft for each conversation; None is the one that has no message yet, and TEAM the request
    to the team.

    What is taken in here is not on disk before `unsaved` has handed it out and it was stored.
    """

    _kept: dict[int | None, Draft] = field(default_factory=dict)
    _altered: set[int | None] = field(default_factory=set, compare=False)

    def load(self, stored: Mapping[int | None, Draft]) -> None:
        """Take what an earlier session left, before what has been written since.

        Messages that waited to be sent become text: nobody waits for them any more.
        """
        for conversation, draft in stored.items():
            left = "\n\n".join(part for part in (*draft.queued, draft.text) if part)
            since = self.text(conversation)
            self._keep(conversation, Draft(f"{left}\n\n{since}" if since else left))

    def text(self, conversation: int | None) -> str:
        """What stands in the composer for a conversation."""
        return self._kept.get(conversation, _NONE).text

    def queued(self, conversation: int | None) -> tuple[str, ...]:
        """What waits until the answer has ended, the next one first."""
        return self._kept.get(conversation, _NONE).queued

    def write(self, conversation: int | None, text: str) -> None:
        """The composer holds this text now."""
        self._keep(conversation, Draft(text, self.queued(conversation)))

    def wait(self, conversation: int | None, text: str) -> None:
        """A message waits from now on."""
        self._keep(conversation, Draft(self.text(conversation), (*self.queued(conversation), text)))

    def sent(self, conversation: int | None, text: str) -> None:
        """A message is on disk, and gone from the stored draft too."""
        self._keep(conversation, self._kept.get(conversation, _NONE).without(text))

    def take_back(self, conversation: int | None, *, all: bool = False) -> str:
        """What waits, last or all of it, as one text; it waits no more."""
        queued = self.queued(conversation)
        first = 0 if all else max(0, len(queued) - 1)
        self._keep(conversation, Draft(self.text(conversation), queued[:first]))
        return "\n\n".join(queued[first:])

    def move(self, source: int | None, target: int | None) -> None:
        """A conversation got its first message: what is written belongs to it from now on."""
        draft = self._kept.get(source, _NONE)
        self._keep(source, _NONE)
        self._keep(target, draft)

    def forget(self, conversation: int | None) -> None:
        """A conversation is gone, and what the store has of it."""
        self._kept.pop(conversation, None)
        self._altered.discard(conversation)

    def written(self) -> set[int]:
        """The conversations for which something is written."""
        return {key for key, draft in self._kept.items() if key not in (None, TEAM) and draft}

    def unsaved(self) -> Iterator[tuple[int | None, Draft]]:
        """What was altered since it was handed out last, by conversation."""
        while self._altered:
            conversation = self._altered.pop()
            yield conversation, self._kept.get(conversation, _NONE)

    def _keep(self, conversation: int | None, draft: Draft) -> None:
        if draft == self._kept.get(conversation, _NONE):
            return
        if draft:
            self._kept[conversation] = draft
        else:
            self._kept.pop(conversation, None)
        self._altered.add(conversation)
