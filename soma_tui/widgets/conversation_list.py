"""The conversations by day, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agents.text import visible
from soma_tui.actions import bindings

if TYPE_CHECKING:
    from store.conversations import Conversation


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
        """The user chose a conversation to open."""

        def __init__(self, conversation: int) -> None:
            super().__init__()
            self.conversation = conversation

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
        return None if option is None or option.id is None else int(option.id)

    def fill(
        self, conversations: list[Conversation], current: int | None, answering: set[int]
    ) -> None:
        """Show these conversations; while the list has the focus, its cursor stays where it is."""
        kept = self.highlighted_conversation if self.has_focus else current
        options: list[Option] = []
        self.order = []
        for name, group in by_day(conversations, date.today()):
            options.append(Option(Content.styled(name, "$foreground 60%"), disabled=True))
            for conversation in group:
                here = conversation.id == current
                mark = "▸" if here else "·" if conversation.id in answering else " "
                text = f"{mark} {title_of(conversation)}"
                label = Content.styled(text, "bold $text-primary" if here else "")
                options.append(Option(label, id=str(conversation.id)))
                self.order.append(conversation.id)
        self.set_options(options)
        if kept is not None and kept in self.order:
            self.highlighted = self.get_option_index(str(kept))

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
            self.post_message(self.Wanted(int(event.option_id)))
