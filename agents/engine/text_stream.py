"""Bytes of tokens to whole characters, ending at a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Joins token bytes to text as it arrives.

    Bytes of an unfinished character, and text that may be the beginning of a stop string, are held
    back until it is known what they are. Bytes that are no UTF-8 become U+FFFD.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(stop)
        self._held = ""
        self.stopped = False

    def push(self, data: bytes) -> str:
        """The text that is certain after `data`; sets `stopped` once a stop string was met."""
        text = self._held + self._decoder.decode(data)
        self._held = ""
        for stop in self._stop:
            before, found, _ = text.partition(stop)
            if found:
                self.stopped = True
                return before
        held = max((_overlap(text, stop) for stop in self._stop), default=0)
        if held:
            text, self._held = text[:-held], text[-held:]
        return text

    def flush(self) -> str:
        """What was still held back, at the end of an answer."""
        text = self._held + self._decoder.decode(b"", final=True)
        self._held = ""
        return "" if self.stopped else text


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that begins `stop`."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if stop.startswith(text[-length:]):
            return length
    return 0
