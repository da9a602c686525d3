"""The errors that the user can do something about; each is one line that says what to do."""

from __future__ import annotations


class SomaError(Exception):
    """A mistake or a mishap that is told in one line: what is wrong, with what, what to do."""


class StoreError(SomaError):
    """Something could not be read from, or written to, the data directory."""


class LockedError(StoreError):
    """Another process has the data directory open for writing.

    `pid` is that process, or 0 where it left no number behind.
    """

    def __init__(self, message: str, pid: int) -> None:
        super().__init__(message)
        self.pid = pid


class DamagedError(StoreError):
    """The journal holds bytes that are not what was written."""


class UnknownIdError(StoreError):
    """There is nothing stored under the id that was asked for."""
