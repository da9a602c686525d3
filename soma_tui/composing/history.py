"""Earlier messages, gone through one by one."""

from __future__ import annotations

from collections.abc import Sequence


class History:
    """Goes through messages that are given the newest first; each text comes once."""

    def __init__(self, messages: Sequence[str]) -> None:
        self._messages = [text for text in dict.fromkeys(messages) if text.strip()]
        self._at = -1

    def older(self) -> str | None:
        """The next older message, or None when there is none."""
        if self._at + 1 >= len(self._messages):
            return None
        self._at += 1
        return self._messages[self._at]

    def newer(self) -> str | None:
        """The next newer message, or None past the newest, where one's own text comes back."""
        self._at = max(-1, self._at - 1)
        return self._messages[self._at] if self._at >= 0 else None
