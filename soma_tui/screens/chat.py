"""The place for talking: conversations, transcript, composer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from agents.text import visible
from soma_tui.actions import Focus, bindings, parse_slash
from soma_tui.screens.place import Place
from soma_tui.state import Entry, ViewState, ending_of, welcome
from soma_tui.widgets.composer import Composer, is_text
from soma_tui.widgets.conversation_list import ConversationList
from soma_tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from textual.widgets import Markdown

    from agents.events import Event

_SECONDS_TO_GATHER = 0.05


class ChatScreen(Place):
    """Draws conversations and turns keys into intentions for the application."""

    PLACE = "chat"
    FOCUS = "composer"
    BINDINGS = bindings("chat")
    AUTO_FOCUS = "#composer"

    def __init__(self, state: ViewState) -> None:
        super().__init__(state)
        self._shown: int | None = None
        self._list_due = False

    def body(self) -> ComposeResult:
        """Make list, transcript and composer; all that is slow comes after they were drawn."""
        self.conversations = ConversationList()
        self.transcript = Transcript(welcome(self.state))
        self.below = Static("↓ new text below", id="below", markup=False)
        self.composer = Composer()
        with Horizontal(id="middle"):
            yield self.conversations
            with Vertical(id="talk"):
                yield self.transcript
                yield self.below
                yield self.notices
                yield self.composer

    def on_mount(self) -> None:
        """Follow the focus."""
        self.watch(self, "focused", self._focus_moved, init=False)

    # --- what happens

    def happened(self, event: Event) -> None:
        """Draw what an event altered. The state has folded it already."""
        from agents.events import (
            AnswerFailed,
            AnswerFinished,
            AnswerPiece,
            AnswerStarted,
            ConversationChanged,
            ConversationDeleted,
            TurnsDropped,
            UserSaved,
        )

        here = getattr(event, "conversation", None) == self.state.conversation
        match event:
            case AnswerPiece():
                if here:
                    self.transcript.feed(event.message, event.text)
                    answer = self.state.answers.get(event.conversation)
                    if answer is None or len(answer.pieces) > 1:
                        return
            case UserSaved() if here:
                self.transcript.add(Entry(event.message, "user", event.text, time.time()))
            case AnswerStarted() if here:
                entry = Entry(event.message, "assistant", "", time.time(), running=True)
                self.transcript.add(entry)
            case AnswerFinished() if here:
                self.transcript.finish(event.message, event.text, ending_of(event.finish))
            case AnswerFailed() if here and event.message is not None:
                self.transcript.finish(event.message, None, "failed")
            case TurnsDropped() if here:
                start = self.app.runtime.conversations.window_start(event.conversation)
                self.transcript.set_window_start(start)
            case ConversationChanged():
                self._list_later()
            case ConversationDeleted():
                self._deleted(event.conversation)
        self.draw_lines()

    def sent(self, draft: int | None, text: str, conversation: int) -> None:
        """The text of the draft is on disk, in `conversation`; it leaves the composer."""
        if self.state.conversation == draft:
            self.composer.forget_sent(text)
            if draft is None:
                self.open(conversation, keep_text=True)
        elif self.state.drafts.get(draft, "").startswith(text):
            self.state.drafts[draft] = self.state.drafts[draft].removeprefix(text)

    def draw_lines(self) -> None:
        """Draw the lines of the frame, and the welcome, as the state has them."""
        self.transcript.welcome(welcome(self.state))
        super().draw_lines()

    # --- conversations

    def open(self, conversation: int | None, *, keep_text: bool = False) -> None:
        """Show a conversation, or a new one; what is being written is kept with the old one."""
        if not keep_text and conversation != self._shown:
            self.state.keep_draft(self.composer.whole_text)
            self.composer.put(self.state.drafts.pop(conversation, ""))
        self._shown = conversation
        if conversation is None:
            entries = self.state.open(None, [])
            start = 0
        else:
            stored = self.app.runtime.conversations
            entries = self.state.open(conversation, stored.messages(conversation))
            start = stored.window_start(conversation)
        self.transcript.show(entries, start)
        self.fill_list()
        self.draw_lines()

    def fill_list(self) -> None:
        """Draw the list of conversations as the store has it."""
        self._list_due = False
        if not self.app.store_is_open:
            return
        found = self.app.runtime.conversations.list()
        self.conversations.fill(found, self.state.conversation, set(self.state.answers))

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

    # --- sending

    @on(Composer.Submitted)
    def submit(self, event: Composer.Submitted) -> None:
        """Send the text, or do what its slash command says."""
        text = event.text
        if not text.strip():
            self.tell("Write a message first; an empty one is not sent.")
            return
        command = parse_slash(text)
        if command is not None:
            word, action, argument = command
            if action is None:
                self.tell(
                    f"There is no command /{word}; /help lists them. "
                    "A space in front of it sends it as a message.",
                    "warning",
                )
            elif argument and not action.argument:
                self.tell(f"/{word} takes nothing after it.", "warning")
            else:
                self.composer.forget_sent(text)
                self.app.perform(action.id, argument)
            return
        if self.state.conversation in self.state.answers:
            self.tell("An answer is running; Esc stops it. Your text stays here.")
            return
        if self.state.conversation not in self.state.saving:
            self.state.send()
            self.transcript.to_end()
            self.draw_lines()
            self.app.ask(text, self.state.conversation)

    # --- what widgets tell

    @on(ConversationList.Wanted)
    def _wanted(self, event: ConversationList.Wanted) -> None:
        self.open(event.conversation)
        if self.has_class("-narrow"):
            self.remove_class("-list-shown")
        self.composer.focus()

    @on(ConversationList.DeleteWanted)
    def _delete_wanted(self, event: ConversationList.DeleteWanted) -> None:
        conversation = event.conversation
        if conversation is None:
            conversation = self.state.conversation
        if conversation is None:
            self.tell("This conversation has no message yet; there is nothing to delete.")
        else:
            self.app.confirm_delete(conversation)

    @on(Composer.Scroll)
    def _scroll(self, event: Composer.Scroll) -> None:
        self.transcript.page(event.pages)

    @on(Transcript.Behind)
    def _behind(self, event: Transcript.Behind) -> None:
        self.below.set_class(event.behind, "-shown")

    @on(events.Click, "#below")
    def _below_clicked(self) -> None:
        self.action_to_end()

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        """Say where a link leads; nothing is opened."""
        self.tell(f"Links are not opened; this one leads to {visible(event.href)}")

    def _focus_moved(self) -> None:
        place: Focus = "composer"
        if self.focused is self.conversations:
            place = "list"
        elif self.focused is self.transcript:
            place = "transcript"
        self.keys.place = place
        self.keys.refresh()

    def on_key(self, event: events.Key) -> None:
        """Take what is typed outside the composer into it."""
        if is_text(event) and event.character and event.key != "question_mark":
            event.stop()
            self.composer.focus()
            self.composer.insert(event.character)

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
        shown = self.conversations.display
        self.set_class(not shown, "-list-shown")
        self.set_class(shown, "-list-hidden")
        if shown and self.focused is self.conversations:
            self.composer.focus()

    def action_rename(self, title: str = "") -> None:
        """Rename the highlighted conversation if the list has the focus, else the present one."""
        conversation = self.state.conversation
        if self.focused is self.conversations:
            conversation = self.conversations.highlighted_conversation or conversation
        if conversation is None:
            self.tell("This conversation has no message yet; its first one names it.")
        else:
            self.app.rename(conversation, title)

    def action_stop(self) -> None:
        """Stop the answer that runs here; otherwise clear the notices and write."""
        conversation = self.state.conversation
        if conversation is not None and conversation in self.state.answers:
            self.app.runtime.cancel(conversation)
            return
        if self.has_class("-narrow"):
            self.remove_class("-list-shown")
        self.state.notices.clear()
        self.draw_lines()
        self.composer.focus()

    def action_interrupt(self) -> None:
        """Copy the selection, else stop the answer, else say how to leave."""
        selected = self.composer.selected_text if self.focused is self.composer else ""
        selected = selected or self.get_selected_text() or ""
        if selected:
            self.app.copy_to_clipboard(selected)
        elif self.state.conversation in self.state.answers:
            self.action_stop()
        else:
            self.tell("Ctrl+Q leaves SOMA.")

    def action_copy_answer(self) -> None:
        """Copy the newest answer."""
        text = self.transcript.last_answer
        if text:
            self.app.copy_to_clipboard(text)
            self.tell("The last answer is on the clipboard.")
        else:
            self.tell("There is no answer to copy yet.")

    def action_to_end(self) -> None:
        """Show the newest text."""
        self.transcript.to_end()
