"""`soma conversations edit` and `regenerate`: an alternative message, a further answer."""

from __future__ import annotations

import argparse

from soma_tui.commands.ask import message_text, stream_answer, with_files
from store.paths import Home


def edit(home: Home, arguments: argparse.Namespace) -> int:
    """Sends another text in the place of a message and prints the answer."""
    text = with_files(message_text(arguments.text), arguments.file or ())
    request = {"operation": "conversations.edit", "message": arguments.message, "text": text}
    return stream_answer(home, request, arguments)


def regenerate(home: Home, arguments: argparse.Namespace) -> int:
    """Prints a further answer to what the last one answers, or the one with --message."""
    request = {
        "operation": "conversations.regenerate",
        "conversation": arguments.conversation,
        "message": arguments.message,
    }
    return stream_answer(home, request, arguments)
