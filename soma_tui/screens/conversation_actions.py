"""The list of conversations: opened, searched, renamed, deleted and brought back, exported."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on

from soma_tui.screens.place import Place
from soma_tui.widgets.conversation_list import ConversationList, title_of
from soma_tui.widgets.side import Side

if TYPE_CHECKING:
    from soma_tui.widgets.composer import Composer
    from store.conversations import SearchHit

_SECONDS_TO_GATHER = 0.05


class ConversationActions(Place):
    """The side of the chat, and what can be done with whole conversations."""

    side: Side
    conversations: ConversationList
    composer: Composer
    _shown: int | None = None
    _deleted_last: int | None = None
    _list_due = False
    aim: int | None

    if TYPE_CHECKING:

        def open(
            self, conversation: int | None, message: int | None = None, *, keep_text: bool = False
        ) -> None:
            """Show a conversation, or a new one, and in it a message where one is named."""

        def write_again(self, conversation: int | None, text: str) -> None:
            """What waited to be sent stands in front of what is being written."""

    def fill_list(self) -> None:
        """Draw the list of conversations as the store has it."""
        self._list_due = False
        if not self.app.store_is_open or self.side.searching:
            return
        found = self.app.runtime.conversations.list()
        self.conversations.fill(
            found,
            self.state.conversation,
            set(self.state.answers),
            self.state.drafts.written(),
        )

    def _list_later(self) -> None:
        if not self._list_due:
            self._list_due = True
            self.set_timer(_SECONDS_TO_GATHER, self.fill_list)

    def _deleted(self, conversation: int) -> None:
        after = self.conversations.neighbour(conversation, 1)
        before = self.conversations.neighbour(conversation, -1)
        if self._shown == conversation:
            self.open(after if after is not None else before)
        else:
            self._list_later()

    def _step(self, step: int) -> None:
        wanted = self.conversations.neighbour(self.state.conversation, step)
        if wanted is not None:
            self.open(wanted)

    async def _find(self, text: str) -> list[SearchHit]:
        return await asyncio.to_thread(self.app.runtime.conversations.search, text)

    # --- what the list tells

    @on(ConversationList.Wanted)
    async def _wanted(self, event: ConversationList.Wanted) -> None:
        await self.go_to(event.conversation, event.message)

    async def go_to(self, conversation: int, message: int | None) -> None:
        """Show a conversation, on the branch of a message and at it where one is named."""
        await self.side.end_search()
        if message is not None and message not in self._shown_ids(conversation):
            self.aim = message
            self.app.intend.show_branch(conversation, message)
        self.open(conversation, message)
        if self.has_class("-narrow"):
            self.remove_class("-list-shown")
        self.composer.focus()

    def _shown_ids(self, conversation: int) -> set[int]:
        return {message.id for message in self.app.runtime.conversations.messages(conversation)}

    @on(ConversationList.DeleteWanted)
    def _delete_wanted(self, event: ConversationList.DeleteWanted) -> None:
        conversation = event.conversation
        if conversation is None:
            conversation = self.state.conversation
        if conversation is None:
            self.tell("This conversation has no message yet; there is nothing to delete.")
            return
        title = title_of(self.app.runtime.conversations.get(conversation))
        self._deleted_last = conversation
        self.app.intend.delete(conversation)
        self.tell(f"Deleted “{title}”. {self.app.key_of('undo_delete')} brings it back.")

    @on(Side.SearchEnded)
    def _search_ended(self) -> None:
        self.fill_list()
        if not self.side.searching:
            self.composer.focus()

    @on(Side.SearchWanted)
    async def _search_wanted(self) -> None:
        await self.action_search()

    # --- actions, by the names of the registry

    def action_new_conversation(self) -> None:
        """Begin a new conversation."""
        self.open(None)
        self.composer.focus()

    def action_next_conversation(self) -> None:
        """Open the one below."""
        self._step(1)

    def action_previous_conversation(self) -> None:
        """Open the one above."""
        self._step(-1)

    def action_focus_list(self) -> None:
        """Go to the list, showing it if need be, or back."""
        if self.focused is self.conversations:
            self.composer.focus()
            return
        self.add_class("-list-shown")
        self.remove_class("-list-hidden")
        if self.conversations.highlighted is None:
            self.conversations.action_first()
        self.conversations.focus()

    def action_toggle_list(self) -> None:
        """Show or hide the list."""
        shown = self.side.display
        self.set_class(not shown, "-list-shown")
        self.set_class(shown, "-list-hidden")
        if shown and self.focused is self.conversations:
            self.composer.focus()

    async def action_search(self, text: str = "") -> None:
        """Search titles and text."""
        self.add_class("-list-shown")
        self.remove_class("-list-hidden")
        await self.side.search(text)

    def action_undo_delete(self) -> None:
        """Bring back what was deleted last."""
        if self._deleted_last is None:
            self.tell("Nothing was deleted since SOMA was opened; `soma conversations restore`.")
        else:
            self.app.intend.restore(self._deleted_last)
            self._deleted_last = None

    def action_export(self, path: str = "") -> None:
        """Write the present conversation to a Markdown file."""
        if self.state.conversation is None:
            self.tell("This conversation has no message yet; there is nothing to write.")
        else:
            self.app.intend.export(self.state.conversation, path)

    def action_take_back(self) -> None:
        """Put the message that waits last back into the composer."""
        text = self.state.drafts.take_back(self.state.conversation)
        if text:
            self.write_again(self.state.conversation, text)
        else:
            self.tell("No message waits.")

    def action_rename(self, title: str = "") -> None:
        """Rename the highlighted conversation if the list has the focus, else the present one."""
        conversation = self.state.conversation
        if self.focused is self.conversations:
            conversation = self.conversations.highlighted_conversation or conversation
        if conversation is None:
            self.tell("This conversation has no message yet; its first one names it.")
        else:
            self.app.rename(conversation, title)
