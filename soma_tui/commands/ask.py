"""`soma ask`: one message, its answer streamed to standard output."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from agents import events
from agents.attachments import attach
from agents.engine.engine import EngineOptions
from agents.events import Event
from agents.operations import Json
from soma_tui import headless
from store.errors import SomaError
from store.paths import Home

_SAMPLING = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed")


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Asks and prints; with --json one object and nothing else on standard output."""
    if arguments.why is not None:
        from soma_tui.commands import why

        return why.run(home, arguments)
    if arguments.text is None:
        raise SomaError('give a message, as in `soma ask "hello"`, or --why and an answer')
    text = with_files(message_text(arguments.text), arguments.file or ())
    request: Json = {"operation": "ask", "text": text}
    if arguments.conversation is not None:
        request["conversation"] = arguments.conversation
    if arguments.specialist:
        named = [name.strip() for name in arguments.specialist.split(",")]
        request["specialists"] = [name for name in named if name]
    return stream_answer(home, request, arguments)


def message_text(text: str) -> str:
    """The message that an argument means, which - reads from standard input."""
    text = sys.stdin.read() if text == "-" else text
    if not text.strip():
        raise SomaError("an empty message is not sent; give a text, or - and standard input")
    return text


def with_files(text: str, files: Sequence[str]) -> str:
    """The message with the files that --file names. Raises SomaError where one cannot be read."""
    expanded = attach(text, files, Path())
    if expanded.problems:
        raise SomaError(f"nothing was asked: {', and '.join(expanded.problems)}")
    return expanded.text


def stream_answer(home: Home, request: Json, arguments: argparse.Namespace) -> int:
    """Prints the answer that a request gives as it comes, in the way that the arguments say."""
    sampling = {n: getattr(arguments, n) for n in _SAMPLING if getattr(arguments, n) is not None}
    for name, value in (
        ("model", arguments.model),
        ("max_tokens", arguments.max_tokens),
        ("sampling", sampling or None),
        ("stop", arguments.stop),
    ):
        if value is not None:
            request[name] = value

    async def ask() -> None:
        stream = headless.replies(
            home,
            request,
            model=arguments.model,
            options=EngineOptions(context=arguments.context, threads=arguments.threads),
            listener=Progress().show,
        )
        async with aclosing(stream) as replies:
            async for reply in replies:
                _print(reply, arguments.json)

    headless.run(home, ask)
    return 0


def _print(reply: Json, as_json: bool) -> None:
    if as_json:
        if "result" in reply:
            print(json.dumps(reply["result"], ensure_ascii=False))
        return
    event = events.from_json(reply) if "event" in reply else None
    if isinstance(event, events.AnswerPiece):
        print(event.text, end="", flush=True)
    elif isinstance(event, events.AnswerFinished):
        print(flush=True)
        if event.finish == "length" and event.figures is not None:
            tokens = event.figures.completion_tokens
            print(f"soma: the answer was cut off after {tokens:,} tokens", file=sys.stderr)
    elif isinstance(event, events.TurnsDropped):
        text = f"the {event.messages} oldest messages no longer fit the model's context"
        print(f"soma: {text}", file=sys.stderr)


class Progress:
    """Shows on a terminal's standard error how the model loads; a pipe sees nothing of it."""

    def __init__(self) -> None:
        self._shown = False

    def show(self, event: Event) -> None:
        """Shows a notice, or how far the model is."""
        if isinstance(event, events.Notice):
            print(f"soma: {event.text}", file=sys.stderr)
        if not sys.stderr.isatty():
            return
        if isinstance(event, events.ModelLoading):
            line = f"{event.name or 'model'}: {event.doing} {event.fraction:.0%}"
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
            self._shown = True
        elif self._shown and isinstance(event, events.ModelReady | events.ModelFailed):
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False
