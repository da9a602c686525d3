"""The conversations by day, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agents.text import visible
from soma_tui.actions import bindings

if TYPE_CHECKING:
    from store.conversations import Conversation, SearchHit

_MOST_HITS = 200
_BEFORE_HIT = 5


def by_day(
    conversations: Iterable[Conversation], today: date
) -> Iterator[tuple[str, list[Conversation]]]:
    """The conversations under "today", "yesterday" and "earlier", in the order they come."""
    days: dict[str, list[Conversation]] = {"today": [], "yesterday": [], "earlier": []}
    for conversation in conversations:
        day = datetime.fromtimestamp(conversation.updated).date()
        if day >= today:
            days["today"].append(conversation)
        elif day == today - timedelta(days=1):
            days["yesterday"].append(conversation)
        else:
            days["earlier"].append(conversation)
    return ((name, group) for name, group in days.items() if group)


def title_of(conversation: Conversation) -> str:
    """The title on one line, never empty."""
    return " ".join(visible(conversation.title).split()) or "untitled"


class ConversationList(OptionList):
    """A list that says which conversation is wanted; it opens none itself."""

    BINDINGS = bindings("list")

    class Wanted(Message):
        """The user chose a conversation to open, and in it a message that a search has found."""

        def __init__(self, conversation: int, message: int | None = None) -> None:
            super().__init__()
            self.conversation = conversation
            self.message = message

    class DeleteWanted(Message):
        """The user wants a conversation deleted, the present one where it is None."""

        def __init__(self, conversation: int | None) -> None:
            super().__init__()
            self.conversation = conversation

    def __init__(self) -> None:
        super().__init__(id="conversations", compact=True, markup=False)
        self.order: list[int] = []

    @property
    def highlighted_conversation(self) -> int | None:
        """The id of the conversation under the cursor of the list."""
        option = self.highlighted_option
        return None if option is None or option.id is None else _ids(option.id)[0]

    def fill(
        self,
        conversations: list[Conversation],
        current: int | None,
        answering: set[int],
        written: set[int],
    ) -> None:
        """Show these conversations; while the list has the focus, its cursor stays where it is.

        A mark tells those in which an answer runs, and those with something written and not sent.
        """
        kept = self.highlighted_conversation if self.has_focus else current
        options: list[Option] = []
        self.order = []
        for name, group in by_day(conversations, date.today()):
            options.append(Option(Content.styled(name, "$foreground 60%"), disabled=True))
            for conversation in group:
                here = conversation.id == current
                mark = "✎" if conversation.id in written else " "
                mark = "▸" if here else "·" if conversation.id in answering else mark
                text = f"{mark} {title_of(conversation)}"
                label = Content.styled(text, "bold $text-primary" if here else "")
                options.append(Option(label, id=str(conversation.id)))
                self.order.append(conversation.id)
        self.set_options(options)
        if kept is not None and kept in self.order:
            self.highlighted = self.get_option_index(str(kept))

    def fill_hits(self, hits: Sequence[SearchHit], text: str) -> None:
        """Show what the search for a text has found: the title, and below it where it stands."""
        self.order = list(dict.fromkeys(hit.conversation.id for hit in hits))
        options = [Option(Content.styled(_count_of(hits), "$foreground 60%"), disabled=True)]
        for number, hit in enumerate(hits[:_MOST_HITS]):
            label = Content(f"  {title_of(hit.conversation)}")
            if hit.message is not None:
                excerpt = _near(" ".join(visible(hit.excerpt).split()), text)
                label = Content.assemble(label, ("\n  " + excerpt, "$foreground 60%"))
            found = "" if hit.message is None else hit.message.id
            options.append(Option(label, id=f"{hit.conversation.id}:{found}:{number}"))
        self.set_options(options)
        if hits:
            self.highlighted = 1

    def neighbour(self, current: int | None, step: int) -> int | None:
        """The conversation `step` places below the present one; None at either end of the list."""
        if current not in self.order:
            return self.order[0] if self.order and step > 0 else None
        place = self.order.index(current) + step
        return self.order[place] if 0 <= place < len(self.order) else None

    def action_delete(self) -> None:
        """Ask for the highlighted conversation to be deleted, else the present one."""
        self.post_message(
            self.DeleteWanted(self.highlighted_conversation if self.has_focus else None)
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Turn the choice of a line into the wish for its conversation."""
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Wanted(*_ids(event.option_id)))


def _ids(option: str) -> tuple[int, int | None]:
    """The conversation, and the message if one was found, that an option stands for."""
    conversation, _, rest = option.partition(":")
    message = rest.partition(":")[0]
    return int(conversation), int(message) if message else None


def _near(excerpt: str, text: str) -> str:
    """An excerpt from just before the first word that was looked for; the list is narrow."""
    words = text.casefold().split()
    places = [place for word in words if (place := excerpt.casefold().find(word)) >= 0]
    begin = max(0, min(places, default=0) - _BEFORE_HIT)
    return "…" + excerpt[begin:].lstrip("…") if begin else excerpt


def _count_of(hits: Sequence[SearchHit]) -> str:
    if not hits:
        return "nothing found"
    shown = f", {_MOST_HITS} shown" if len(hits) > _MOST_HITS else ""
    return f"{len(hits):,} found{shown}"
