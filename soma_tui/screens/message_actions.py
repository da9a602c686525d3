"""What can be done with one message of the chat: edit, answer again, branch, rate, copy."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from soma_tui.screens.place import Place

if TYPE_CHECKING:
    from soma_tui.state import Entry
    from soma_tui.widgets.composer import Composer
    from soma_tui.widgets.transcript import Transcript

EDIT, BETTER = "edit", "better"


class MessageActions(Place):
    """Actions on the message that is highlighted in the transcript, else on the last that fits."""

    transcript: Transcript
    composer: Composer
    aim: int | None = None
    """The message to show once another branch is the shown one."""

    def _target(self, role: Literal["user", "assistant", ""] = "") -> Entry | None:
        """The message that is meant; with a role, the nearest one of it at or above."""
        entries = self.transcript.entries
        selected = self.transcript.selected if self.transcript.has_focus else None
        if selected is not None:
            places = [n for n, entry in enumerate(entries) if entry.message == selected[0]]
            entries = entries[: places[0] + 1] if places else entries
        for entry in reversed(entries):
            if role in ("", entry.role) and not entry.running:
                return entry
        return None

    def _nothing(self, what: str) -> None:
        self.tell(f"There is no {what} here yet.")

    # --- another wording, another answer

    def action_edit(self) -> None:
        """Edit one of the user's messages; sending it begins a branch beside the old one."""
        entry = self._target("user")
        if entry is None:
            self._nothing("message to edit")
            return
        when = datetime.fromtimestamp(entry.created)
        self.composer.begin(
            f"{EDIT}:{entry.message}",
            "".join(f"@{name} " for name in entry.specialists) + entry.text,
            f"Editing your message of {when:%H:%M} · enter sends a new branch · esc goes back",
        )
        self.composer.focus()

    def action_regenerate(self) -> None:
        """Have a message answered again, beside the answers that are there."""
        entry = self._target("assistant")
        conversation = self.state.conversation
        if entry is None or conversation is None:
            self._nothing("answer to give again")
            return
        self.app.intend.regenerate(conversation, entry.message)

    # --- branches

    def action_branch(self) -> None:
        """Go on after the highlighted message, beside what was said there before."""
        entry = self._target()
        conversation = self.state.conversation
        if entry is None or conversation is None:
            self._nothing("message to go on from")
            return
        if entry.role == "user":
            self.tell("Answer it again (r) or edit it (e); a branch begins after an answer.")
            return
        self.app.intend.continue_after(conversation, entry.message)
        self.composer.focus()

    def action_branch_previous(self) -> None:
        """Show the branch before the present one."""
        self._to_sibling(-1)

    def action_branch_next(self) -> None:
        """Show the branch after the present one."""
        self._to_sibling(1)

    def _to_sibling(self, step: int) -> None:
        conversation = self.state.conversation
        entry = self._with_siblings()
        if entry is None or conversation is None:
            self.tell("There is one branch here; edit a message or answer it again for another.")
            return
        place = (entry.siblings.index(entry.message) + step) % len(entry.siblings)
        self.aim = entry.siblings[place]
        self.app.intend.show_branch(conversation, self.aim)

    def _with_siblings(self) -> Entry | None:
        selected = self.transcript.selected if self.transcript.has_focus else None
        for entry in reversed(self.transcript.entries):
            if selected is not None and entry.message != selected[0]:
                continue
            if len(entry.siblings) > 1:
                return entry
        return None

    # --- ratings

    def action_rate_up(self) -> None:
        """Rate an answer up, or take that back."""
        self._rate(1)

    def action_rate_down(self) -> None:
        """Rate an answer down, or take that back."""
        self._rate(-1)

    def _rate(self, value: Literal[1, -1]) -> None:
        entry = self._target("assistant")
        if entry is None:
            self._nothing("answer to rate")
            return
        wanted = 0 if entry.rating == value else value
        self.app.intend.rate(entry.message, wanted, entry.better if wanted == -1 else "")
        if wanted == -1:
            key = self.app.key_of("better")
            self.tell(f"Rated down. {key} writes the better answer; SOMA learns from that.")

    def action_better(self) -> None:
        """Write the better answer to one that was not good."""
        entry = self._target("assistant")
        if entry is None:
            self._nothing("answer to better")
            return
        self.composer.begin(
            f"{BETTER}:{entry.message}",
            entry.better or entry.text,
            "The answer as it should have been · enter keeps it · esc goes back",
        )
        self.composer.focus()

    # --- what was recalled

    def action_recalled(self) -> None:
        """List what was recalled for the highlighted answer, else for the last one."""
        from soma_tui.screens.recalled import RecalledScreen

        entry = self._target("assistant")
        stored = self.app.runtime.conversations
        question = stored.message(entry.message).parent if entry is not None else None
        if question is None or not self.state.recalled_for(question):
            self.tell("Nothing was recalled for this answer.")
            return
        self.app.push_screen(RecalledScreen(question))
