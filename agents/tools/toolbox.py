"""What each tool is, what it is asked with, and what it gives; a call never raises."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.recalling import line
from agents.tools.calculator import LONGEST_EXPRESSION, calculate
from store.errors import SomaError
from store.library import Passage
from store.message import Memory
from store.tool_call import ToolCall

NO_TOOL = "none"
LONGEST_INPUT = 200
LONGEST_RESULT = 1500
"""Characters; what is longer is cut, since it has to stand in the prompt."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what it is for, the JSON schema of its input (None: it takes none), what it does."""

    name: str
    about: str
    schema: Mapping[str, Any] | None
    run: Callable[[str], str]


class Toolbox:
    """The tools of a running SOMA.

    `recall` finds memories that fit a text, `passage` gives one of a document by its id; `now`
    gives the time in Unix seconds. Methods may wait for the disk.
    """

    def __init__(
        self,
        recall: Callable[[str], Sequence[Memory]],
        passage: Callable[[int], Passage | None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._recall = recall
        self._passage = passage
        self._now = now
        text = {"type": "string", "maxLength": LONGEST_INPUT}
        tools = (
            Tool(
                "calculator",
                "works out numbers exactly, as in (3 + 4) * 12",
                {"type": "string", "maxLength": LONGEST_EXPRESSION},
                calculate,
            ),
            Tool("time", "says the date and the time of now", None, self._time),
            Tool("recall", "finds what was said before about some words", text, self._recalled),
            Tool(
                "passage",
                "gives a passage of a document by its number",
                {"type": "integer"},
                self._read,
            ),
        )
        self.tools = {tool.name: tool for tool in tools}

    def schema(self, names: Sequence[str]) -> dict[str, Any]:
        """The JSON schema of a call of one of the tools, or of none of them."""
        choices: list[dict[str, Any]] = [_object({"tool": {"const": NO_TOOL}})]
        for name in names:
            tool = self.tools[name]
            given = {} if tool.schema is None else {"input": dict(tool.schema)}
            choices.append(_object({"tool": {"const": name}, **given}))
        return {"anyOf": choices}

    def told(self, names: Sequence[str]) -> str:
        """What a model is told of the tools, and how it asks for one."""
        lines = [f"- {name}: {self.tools[name].about}" for name in names]
        return "\n".join(
            [
                "Before you answer you may use one of these tools:",
                *lines,
                'Give JSON: the tool with its input, or {"tool": "none"} if you need none.',
            ]
        )

    def call(self, text: str, names: Sequence[str]) -> ToolCall | None:
        """Does what a model asked for; None where it wants no tool.

        What went wrong is the result of a call that failed, for the model to see.
        """
        try:
            asked = json.loads(text)
        except ValueError:
            return None
        name = asked.get("tool") if isinstance(asked, dict) else None
        if not isinstance(name, str) or name not in names:
            return None
        given = str(asked.get("input", ""))
        try:
            return ToolCall(name, given, _cut(self.tools[name].run(given)))
        except SomaError as error:
            return ToolCall(name, given, _cut(str(error)), failed=True)

    def _time(self, _: str) -> str:
        return datetime.fromtimestamp(self._now()).astimezone().strftime("%A, %d %B %Y, %H:%M (%Z)")

    def _recalled(self, text: str) -> str:
        if not text.strip():
            raise SomaError("say what is to be recalled")
        found = self._recall(text)
        if not found:
            return "nothing was found"
        return "\n".join(f"{line(one)} [{one.ref.replace(':', ' ')}]" for one in found)

    def _read(self, text: str) -> str:
        number = int(text) if text.isdigit() else 0
        passage = self._passage(number)
        if passage is None:
            raise SomaError(f"there is no passage {text}; recall names those that fit")
        return f"{passage.text}\n({passage.source})"


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_RESULT else text[: LONGEST_RESULT - 2] + " …"
