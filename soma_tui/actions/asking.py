"""What can be done in the chat with those who answer: ask one of them, see who worked on it."""

from __future__ import annotations

from soma_tui.actions.action import Action

_MESSAGES = "Messages"

ASKING: tuple[Action, ...] = (
    Action(
        "ask", ("alt+a",), "Ask a specialist",
        "Lets a specialist answer in this conversation, as @coder before the message does; after "
        "several names they work on it as a team.",
        _MESSAGES, "chat", "ask", slash="ask", argument="SPECIALIST TEXT",
        text=True,
    ),
    Action(
        "open_run", ("alt+t", "t"), "Who worked on it",
        "Shows in Team the run that an answer came from: its tasks, votes and dissent.",
        _MESSAGES, "chat", "open_run", short="who worked on it", foot=("transcript",), slash="run",
    ),
    Action(
        "why", ("alt+y", "y"), "Why this answer?",
        "Gives an answer again without memory, without its adapter, or by another specialist, side "
        "by side with what it was. Nothing of that is stored unless you keep it as a branch.",
        _MESSAGES, "chat", "why", short="why", foot=("transcript",), slash="why",
    ),
)  # fmt: skip
