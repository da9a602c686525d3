"""Who answers in the chat: a specialist is asked by name, the run behind an answer is shown."""

from __future__ import annotations

from agents.text import visible
from soma_tui.screens.message_actions import MessageActions
from soma_tui.widgets.head import workers


class AskingActions(MessageActions):
    """Actions on those who answer."""

    def people(self) -> list[tuple[str, str]]:
        """Whom a message may be given to by name, and what each is for."""
        if not self.app.store_is_open:
            return []
        return [(one.name, visible(one.role)) for one in self.app.runtime.team.team.all()]

    def action_ask(self, text: str = "") -> None:
        """Have specialists answer: "coder what …" is sent as "@coder what …" is."""
        given, request = [*text.split(maxsplit=1), "", ""][:2]
        names = [name.removeprefix("@") for name in given.split(",") if name]
        team = [name for name, _ in self.people()]
        self.composer.focus()
        if not names:
            self.composer.move_cursor((0, 0))
            self.composer.insert("@")
            return
        unknown = [name for name in names if name not in team]
        if unknown:
            self._put_first(f"/ask {text}")
            known = ", ".join(team)
            self.tell(f"There is no specialist {visible(unknown[0])!r}; the team is {known}.")
            return
        message = "".join(f"@{name} " for name in names) + request.strip()
        if self._put_first(message) and request.strip():
            self.composer.action_send()

    def _put_first(self, text: str) -> bool:
        """Put a text into the composer, above what is there; whether nothing was."""
        written = self.composer.whole_text
        self.composer.put(f"{text}\n\n{written}" if written else text)
        return not written

    def action_open_run(self) -> None:
        """Show in Team the run that the highlighted answer came from, else the last one's."""
        entry = self._target("assistant")
        if entry is not None and entry.run is not None:
            self.app.show_run(entry.run)
        elif entry is not None and entry.specialists:
            self.tell(f"{workers(entry)} answered alone, so there is no run to be shown.")
        else:
            self.tell("No specialist was asked by name; @coder before a message asks one.")

    def action_why(self) -> None:
        """Give the highlighted answer again, else the last one, with one thing other."""
        entry = self._target("assistant")
        if entry is None:
            self._nothing("answer to give again")
            return
        from soma_tui.screens.why import WhyScreen

        self.app.push_screen(WhyScreen(self.app.runtime, entry, self.people()))
