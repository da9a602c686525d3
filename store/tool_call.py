"""One use of a tool by a task of the team, as it is kept with the task."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Which tool was asked, for what, and what it gave; of one that `failed`, why."""

    tool: str
    input: str
    result: str
    failed: bool = False
