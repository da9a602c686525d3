"""The place for talking: conversations, transcript, composer."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from agents.text import visible
from soma_tui.actions import Action, Focus, bindings, parse_slash
from soma_tui.screens.asking import AskingActions
from soma_tui.screens.conversation_actions import ConversationActions
from soma_tui.screens.message_actions import BETTER, EDIT
from soma_tui.state import Entry, ending_of, welcome
from soma_tui.widgets.composer import Composer, is_text
from soma_tui.widgets.side import Side
from soma_tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from agents.events import Event, Rated


_MOST_EARLIER = 500


class ChatScreen(ConversationActions, AskingActions):
    """Draws conversations and turns keys into intentions for the application."""

    PLACE = "chat"
    FOCUS = "composer"
    # From the composer Tab leads up to the transcript, and from there to the list.
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("chat"),
        Binding("tab", "app.focus_previous", "Previous part", show=False),
        Binding("shift+tab", "app.focus_next", "Next part", show=False),
    ]
    AUTO_FOCUS = "#composer"

    def body(self) -> ComposeResult:
        """Make list, transcript and composer; all that is slow comes after they were drawn."""
        self.side = Side(self._find)
        self.conversations = self.side.list
        self.transcript = Transcript(welcome(self.state))
        self.below = Static("↓ new text below", id="below", markup=False)
        self.waiting = Static("", id="waiting", markup=False)
        self.composer = Composer(self._sent_before)
        self.composer.people = self.people
        with Horizontal(id="middle"):
            yield self.side
            with Vertical(id="talk"):
                yield self.transcript
                yield self.below
                yield self.notices
                yield self.waiting
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
            BranchChanged,
            ConversationChanged,
            ConversationDeleted,
            Rated,
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
                entry = Entry(
                    event.message, "user", event.text, time.time(), specialists=event.specialists
                )
                self._added(entry, event.after)
            case AnswerStarted() if here:
                recalled = self.state.recalled_for(event.after)
                entry = Entry(
                    event.message, "assistant", "", time.time(), running=True, recalled=recalled,
                    specialists=event.specialists, run=event.run, version=event.version,
                )  # fmt: skip
                self._added(entry, event.after)
            case AnswerFinished() if here:
                self.transcript.finish(event.message, event.text, ending_of(event.finish))
            case AnswerFailed() if here and event.message is not None:
                self.transcript.finish(event.message, None, "failed")
            case TurnsDropped() if here:
                start = self.app.runtime.conversations.window_start(event.conversation)
                self.transcript.set_window_start(start)
            case BranchChanged() if here:
                aim, self.aim = self.aim, None
                self.open(event.conversation, aim)
            case Rated() if here:
                self._rated(event)
            case ConversationChanged():
                self._list_later()
            case ConversationDeleted():
                self._deleted(event.conversation)
        self.draw_lines()

    def _added(self, entry: Entry, after: int | None) -> None:
        """Draw a message that was added; on another branch than the one drawn, draw that one."""
        drawn = self.transcript.entries
        if not self.transcript.is_attached:  # SOMA is about to be left.
            return
        if entry.message in [known.message for known in drawn[-2:]]:
            return
        if (drawn[-1].message if drawn else None) == after:
            self.transcript.add(entry)
        else:
            self.open(self.state.conversation, keep_text=True)

    def _rated(self, event: Rated) -> None:
        for entry in self.transcript.entries:
            if entry.message == event.message:
                self.transcript.update_entry(
                    replace(entry, rating=event.value, better=event.better)
                )

    def sent(self, draft: int | None, text: str, conversation: int, instead_of: int | None) -> None:
        """The text of the draft is on disk, in `conversation`; it leaves the composer."""
        self.state.drafts.sent(draft, text)
        if draft is None:
            self.state.drafts.move(None, conversation)
        if self.state.conversation == draft:
            if instead_of is None:
                self.composer.forget_sent(text)
            elif self.composer.purpose == f"{EDIT}:{instead_of}":
                self.composer.end()
            if draft is None:
                self.open(conversation, keep_text=True)
        self._draw_waiting()

    def write_again(self, conversation: int | None, text: str) -> None:
        """What waited to be sent stands in front of what is being written."""
        written = self.state.drafts.text(conversation)
        both = f"{text}\n\n{written}" if written else text
        self.state.drafts.write(conversation, both)
        if self.state.conversation == conversation and not self.composer.purpose:
            self.composer.put(both)
        self._draw_waiting()

    def _draw_waiting(self) -> None:
        queued = self.state.drafts.queued(self.state.conversation)
        self.waiting.display = bool(queued)
        if queued:
            first = " ".join(visible(queued[0]).split())
            more = f" · {len(queued) - 1} more" if len(queued) > 1 else ""
            key = self.app.key_of("take_back")
            self.waiting.update(f"waits: {first[:60]}{more} · {key} takes it back")

    def draw_lines(self) -> None:
        """Draw the lines of the frame, and the welcome, as the state has them."""
        self.transcript.welcome(welcome(self.state))
        self._draw_waiting()
        super().draw_lines()

    # --- conversations

    def open(
        self, conversation: int | None, message: int | None = None, *, keep_text: bool = False
    ) -> None:
        """Show a conversation, or a new one, and in it a message where one is named."""
        if not keep_text and conversation != self._shown:
            self._written()
            self.composer.end()
            self.composer.put(self.state.drafts.text(conversation))
        self._shown = conversation
        entries, start = self._entries(conversation)
        self.transcript.show(entries, start, at=message)
        self.fill_list()
        self.draw_lines()

    def _entries(self, conversation: int | None) -> tuple[list[Entry], int]:
        if conversation is None:
            return self.state.open(None, []), 0
        stored = self.app.runtime.conversations
        entries = self.state.open(conversation, stored.messages(conversation))
        with_siblings = [
            replace(entry, siblings=siblings)
            if len(siblings := stored.siblings(entry.message)) > 1
            else entry
            for entry in entries
        ]
        return with_siblings, stored.window_start(conversation)

    def restore_drafts(self) -> None:
        """Put what an earlier session left into the composer, before what was typed since."""
        self.state.drafts.write(self.state.conversation, self.composer.draft)
        self.state.drafts.load(self.app.runtime.drafts())
        text = self.state.drafts.text(self.state.conversation)
        if text != self.composer.draft:
            self.composer.put(text)

    # --- sending

    @on(Composer.Submitted)
    def submit(self, event: Composer.Submitted) -> None:
        """Send the text, or do what its slash command says."""
        text, conversation = event.text, self.state.conversation
        if not text.strip():
            self.tell("Write a message first; an empty one is not sent.")
            return
        if event.purpose:
            self._submit_for(event.purpose, text)
            return
        command = parse_slash(text)
        if command is not None:
            self._command(text, *command)
        elif conversation in self.state.answers:
            self._wait(text)
        elif conversation not in self.state.saving:
            self._send(text)

    def _wait(self, text: str) -> None:
        self.state.drafts.wait(self.state.conversation, text)
        self.composer.forget_sent(text)
        self._draw_waiting()

    def _send(self, text: str, instead_of: int | None = None) -> None:
        self.state.send()
        self.transcript.to_end()
        self.draw_lines()
        self.app.intend.ask(text, self.state.conversation, instead_of)

    def _submit_for(self, purpose: str, text: str) -> None:
        kind, _, message = purpose.partition(":")
        if kind == BETTER:
            self.app.intend.rate(int(message), -1, text)
            self.composer.end()
            self.tell("Kept as the better answer; this is what SOMA learns from.")
        elif kind == EDIT and self.state.conversation in self.state.answers:
            self.tell("An answer is running; Esc stops it. Your text stays here.")
        elif kind == EDIT:
            self._send(text, instead_of=int(message))

    def _command(self, text: str, word: str, action: Action | None, argument: str) -> None:
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

    def _sent_before(self) -> list[str]:
        """What the user wrote earlier, the newest first: here, and before that elsewhere."""
        if not self.app.store_is_open:
            return []
        return self.app.runtime.conversations.written(self.state.conversation, _MOST_EARLIER)

    # --- what widgets tell

    @on(Composer.Changed)
    def _written(self) -> None:
        self.state.drafts.write(self.state.conversation, self.composer.unsent)
        self.app.keep_drafts()

    @on(Transcript.Wanted)
    def _message_wanted(self, event: Transcript.Wanted) -> None:
        self.transcript.focus()
        self.app.perform(event.action_id)

    @on(Composer.Scroll)
    def _scroll(self, event: Composer.Scroll) -> None:
        self.transcript.page(event.pages)

    @on(Transcript.Behind)
    def _behind(self, event: Transcript.Behind) -> None:
        self.below.set_class(event.behind, "-shown")

    @on(events.Click, "#below")
    def _below_clicked(self) -> None:
        self.action_to_end()

    @on(Transcript.Copy)
    def _copy_wanted(self, event: Transcript.Copy) -> None:
        self.copy(event.text)

    @work(name="copy", group="copy")
    async def copy(self, text: str) -> None:
        """Put a text on the clipboard and say so."""
        from soma_tui import clipboard

        self.tell(await clipboard.copy(self.app, text))

    @on(Transcript.LinkClicked)
    def _link_clicked(self, event: Transcript.LinkClicked) -> None:
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
            self.copy(selected)
        elif self.state.conversation in self.state.answers:
            self.action_stop()
        else:
            self.tell("Ctrl+Q leaves SOMA.")

    def action_copy_answer(self) -> None:
        """Copy the newest answer."""
        text = self.transcript.last_answer
        if text:
            self.copy(text)
        else:
            self.tell("There is no answer to copy yet.")

    def action_to_end(self) -> None:
        """Show the newest text."""
        self.transcript.to_end()
