"""What was typed and is not sent yet, in one conversation."""

from __future__ import annotations

from dataclasses import dataclass

TEAM = -1
"""Stands for the request to the team where drafts are kept by conversation."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The text in the composer, and the messages that wait to be sent, the next one first."""

    text: str
    queued: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text or self.queued)

    def without(self, *sent: str) -> Draft:
        """Give what is left of the draft once a message has been sent, in one of these forms.

        Only the first of the queue or the text goes, and only where it is that very message.
        """
        if self.queued and self.queued[0] in sent:
            return Draft(self.text, self.queued[1:])
        return Draft("", self.queued) if self.text in sent else self
