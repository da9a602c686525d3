"""What the screen asks of the runtime, each in a worker of its own; an error becomes a notice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING, Literal

from agents.text import visible
from store.errors import SomaError

if TYPE_CHECKING:
    from agents.events import Event
    from soma_tui.app import SomaApp


class Intentions:
    """The wishes of one application's screens."""

    def __init__(self, app: SomaApp) -> None:
        self._app = app

    # --- answers

    def ask(self, text: str, conversation: int | None, instead_of: int | None = None) -> None:
        """Have a message stored and answered; it may be sent before store and model are there.

        `instead_of` is the message of the user's that it is another wording of.
        """
        self._run(self._ask(text, conversation, instead_of), "answers")

    def regenerate(self, conversation: int, message: int) -> None:
        """Have a further answer given beside this one."""
        self._run(self._regenerate(conversation, message), "answers")

    async def _ask(self, text: str, conversation: int | None, instead_of: int | None) -> None:
        from agents.answering import AnswerOptions
        from agents.events import UserSaved
        from agents.specialists import mentioned

        app, place = self._app, conversation
        saved = False
        try:
            await app.opened()
            team = [name for name, _ in app.chat.people()]
            names, request = mentioned(text, team)
            whole = await self._with_files(request)
            # The store takes a message out of its draft only where the draft is all of it.
            await app.save_drafts()
            options = AnswerOptions(specialists=names)
            stream = app.runtime.answer(whole, conversation, options, instead_of=instead_of)
            async for event in stream:
                if isinstance(event, UserSaved):
                    saved, place = True, event.conversation
                    app.state.saved(conversation)
                    app.chat.sent(conversation, text, event.conversation, instead_of)
                last = event
        except SomaError as error:
            if not saved:
                app.state.not_saved(conversation, str(error))
                app.chat.draw_lines()
                return
            app.chat.tell(str(error), "error")
        else:
            self._go_on(place, last)

    async def _with_files(self, text: str) -> str:
        """The message with the files that it names; SomaError where one cannot be read."""
        from agents.attachments import expand

        expanded = await asyncio.to_thread(expand, text, self._app.chat.composer.folder)
        for problem in expanded.problems[:-1]:
            self._app.state.tell(problem, "error")
        if expanded.problems:
            raise SomaError(expanded.problems[-1])
        return expanded.text

    async def _regenerate(self, conversation: int, message: int) -> None:
        stream: AsyncIterator[Event] = self._app.runtime.regenerate(conversation, message)
        async for event in stream:
            last = event
        self._go_on(conversation, last)

    def _go_on(self, conversation: int | None, last: Event) -> None:
        """Send what waits, if the answer came to its end; otherwise give it back to the writer."""
        from agents.events import AnswerFinished

        drafts, chat = self._app.state.drafts, self._app.chat
        queued = drafts.queued(conversation)
        if not queued:
            return
        if isinstance(last, AnswerFinished) and last.finish != "cancelled":
            self.ask(queued[0], conversation)
        else:
            chat.write_again(conversation, drafts.take_back(conversation, all=True))

    # --- conversations

    def rename(self, conversation: int, title: str) -> None:
        """Give a conversation another title."""
        self._run(self._app.runtime.rename(conversation, title), "changes")

    def delete(self, conversation: int) -> None:
        """Delete a conversation, which can be undone."""
        self._run(self._app.runtime.delete(conversation), "changes")

    def restore(self, conversation: int) -> None:
        """Bring a deleted conversation back and show it."""

        async def restore() -> None:
            await self._app.runtime.restore(conversation)
            self._app.chat.open(conversation)

        self._run(restore(), "changes")

    def show_branch(self, conversation: int, message: int) -> None:
        """Show the branch that goes through a message."""
        self._run(self._app.runtime.show_branch(conversation, message), "changes")

    def continue_after(self, conversation: int, message: int) -> None:
        """Let the next message follow this one."""
        self._run(self._app.runtime.continue_after(conversation, message), "changes")

    def rate(self, message: int, value: Literal[-1, 0, 1], better: str = "") -> None:
        """Rate an answer, with a better one if there is one."""
        self._run(self._app.runtime.rate(message, value, better), "changes")

    def export(self, conversation: int, path: str) -> None:
        """Write a conversation to a Markdown file, which must not be there yet."""
        self._run(self._export(conversation, path), "changes")

    async def _export(self, conversation: int, path: str) -> None:
        from agents.export import write_markdown

        conversations = self._app.runtime.conversations
        written = await asyncio.to_thread(write_markdown, conversations, conversation, path)
        self._app.chat.tell(f"Written to {written}")

    # --- memory

    def use_person(self, name: str) -> None:
        """Make somebody the active person, and say so."""
        self._run(self._use_person(name), "changes")

    async def _use_person(self, name: str) -> None:
        from agents.profile_lines import person_in_words

        await self._app.opened()
        remembering = self._app.runtime.remembering
        person = await remembering.change(remembering.memory.use, name)
        who = visible(person_in_words(person.handle))
        self._app.place.tell(f"SOMA is talking to {who} from now on.")

    def _run(self, work: Awaitable[None], group: str) -> None:
        self._app.run_worker(self._told(work), name=group, group=group)

    async def _told(self, work: Awaitable[None]) -> None:
        try:
            await work
        except SomaError as error:
            self._app.place.tell(str(error), "error")
