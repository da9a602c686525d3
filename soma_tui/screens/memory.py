"""The place for memory: what SOMA knows of a person, how it behaves, what it has read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work

from agents.forgetting import Target
from agents.profile_lines import fact_in_words
from agents.text import visible
from soma_tui.actions import bindings
from soma_tui.memory_rows import Subject, is_pinned, key_of, share, words_of
from soma_tui.screens.memory_listing import MemoryListing
from soma_tui.widgets.memory_list import MemoryList
from store.claims import Fact
from store.errors import SomaError
from store.library import Document
from store.personality import Change, TraitState
from store.recall import Hit
from store.traits import clip

if TYPE_CHECKING:
    from pathlib import PurePath

    from agents.memory import Hand, Memory

STEP = 0.05
_LONGEST_NAME = 40


class MemoryScreen(MemoryListing):
    """Turns keys into changes by hand; the runtime makes them and tells of them."""

    PLACE = "memory"
    FOCUS = "memory"
    BINDINGS = bindings("memory")
    AUTO_FOCUS = "#memory-list"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/memory.tcss"]

    # --- what is being done

    @work(name="change the memory", group="change")
    async def _change(self, change: Callable[..., Any], *args: Any, done: str = "") -> None:
        """Change something by hand; what is altered by that is drawn as it is told of."""
        try:
            result = await self.app.runtime.remembering.change(change, *args)
        except SomaError as error:
            self.tell(str(error), "error")
            return
        self.state.notices.clear()
        if isinstance(result, Change):
            shown = f"{words_of(result.trait)} is {share(result.after).strip()}"
            self.tell(f"{shown}{done}.")
        elif isinstance(result, Fact):
            self.tell(f"{visible(fact_in_words(result))}{done}.")
            self.look(key_of(result))

    @work(name="remember", group="change")
    async def _remember(self, text: str) -> None:
        try:
            facts = await self.app.runtime.remembering.remember(text)
        except SomaError as error:
            self.tell(str(error), "error")
            return
        self.tell("Kept: " + "; ".join(visible(fact_in_words(fact)) for fact in facts))
        if facts:
            self.look(key_of(facts[-1]))

    @work(name="pin", group="change")
    async def _pin(self, ref: str, pinned: bool) -> None:
        try:
            await self.app.runtime.pin(ref, pinned)
        except SomaError as error:
            self.tell(str(error), "error")
        self.look()

    @work(name="take a document in", group="ingest")
    async def _ingest(self, path: Path) -> None:
        from agents.events import DocumentTaken, to_json
        from soma_tui.commands.memory_lines import taken

        self._busy(f"taking in {visible(path.name)} …")
        try:
            async with aclosing(self.app.runtime.remembering.ingest([path])) as stream:
                async for event in stream:
                    if not isinstance(event, DocumentTaken):
                        continue
                    if event.outcome == "refused":
                        self.tell(event.note, "error")
                    elif event.outcome == "forgotten":
                        self.tell(event.note)
                    else:
                        self.tell(taken(to_json(event)))
                        self.look(f"document:{event.document}")
        except SomaError as error:
            self.tell(str(error), "error")
        finally:
            if self.is_running:
                self._busy("")

    def _busy(self, text: str) -> None:
        self.doing.update(text)
        self.doing.set_class(bool(text), "-shown")

    @work(name="find where it was said", group="open", exclusive=True)
    async def _open(self, subject: Subject) -> None:
        memory = self.app.runtime.remembering.memory
        message = await asyncio.to_thread(_message_of, subject, memory)
        if message is None:
            name = words_of(subject.name) if isinstance(subject, TraitState) else "This"
            self.tell(f"{name} rests on no message of the chat.")
            return
        try:
            conversation = self.app.runtime.conversations.message(message).conversation
            self.app.runtime.conversations.get(conversation)
        except SomaError as error:
            self.tell(str(error), "error")
            return
        self.app.action_place_chat()
        await self.app.chat.go_to(conversation, message)

    # --- what widgets tell

    @on(MemoryList.Wanted)
    def _wanted(self) -> None:
        self.action_open()

    # --- actions, by the names of the registry

    def action_open(self) -> None:
        """Open the message that the highlighted thing rests on."""
        subject = self.highlighted
        if isinstance(subject, Document):
            self.tell(f"The document lies at {visible(subject.path)}.")
        elif isinstance(subject, Hit) and subject.item.kind == "passage":
            self.clear_search()
            self.look(subject.item.group)
        elif subject is not None:
            self._open(subject)

    def action_add(self) -> None:
        """Ask for a sentence and keep what it says."""
        from soma_tui.screens.dialogs import Question

        def answered(text: str | None) -> None:
            if text:
                self._remember(text)

        if self.rows.opened:
            self.app.push_screen(Question("What is to be remembered, in a sentence", ""), answered)

    def action_edit(self) -> None:
        """Ask for another value of the highlighted fact."""
        from soma_tui.screens.dialogs import Question

        fact = self.highlighted
        if fact is None:
            return
        if not isinstance(fact, Fact):
            self.tell("A fact can be edited; plus and minus set a trait.")
            return
        memory = self.app.runtime.remembering.memory

        def answered(value: str | None) -> None:
            if value and value != fact.value:
                self._change(memory.edit_fact, fact.id, value, done=", from now on")

        label = "Standing instruction" if fact.kind == "instruction" else fact.attribute
        self.app.push_screen(Question(visible(label).capitalize(), fact.value), answered)

    def action_pin(self) -> None:
        """Pin what is highlighted, or let it loose."""
        subject = self.highlighted
        if subject is None:
            return
        memory = self.app.runtime.remembering.memory
        wanted = not is_pinned(subject)
        if isinstance(subject, Fact):
            done = " is always told" if wanted else " is told where there is room"
            self._change(memory.pin_fact, subject.id, wanted, done=done)
        elif isinstance(subject, TraitState):
            what: Hand = "pin" if wanted else "unpin"
            self._by_hand(what, " and stays" if wanted else " and may move")
        elif isinstance(subject, Hit):
            self._pin(subject.ref, wanted)
        else:
            self.tell("A document is not pinned; its passages are, where a search finds them.")

    def action_forget(self) -> None:
        """Show what would go with the highlighted thing, then forget it."""
        from soma_tui.screens.forgetting import ForgetScreen

        subject = self.highlighted
        if subject is None:
            return
        target = _target(subject)
        if target is None:
            self.tell("A trait is reset (r); facts, messages and documents are forgotten.")
            return

        def answered(_: bool | None) -> None:
            self.look()

        self.app.push_screen(ForgetScreen(_name(subject), target), answered)

    def action_raise(self) -> None:
        """Set the highlighted trait higher."""
        self._move(STEP)

    def action_lower(self) -> None:
        """Set the highlighted trait lower."""
        self._move(-STEP)

    def _move(self, step: float) -> None:
        trait = self._trait()
        if trait is not None:
            memory = self.app.runtime.remembering.memory

            def move() -> Change:
                value = memory.personality.state(trait, memory.now()).value
                return memory.by_hand("set", trait, clip(round(value + step, 2), 0.0, 1.0))

            self._change(move, done=", set by you")

    def action_reset(self) -> None:
        """Put the highlighted trait back to where it was at the beginning."""
        self._by_hand("reset", " as at the beginning")

    def _by_hand(self, what: Hand, done: str) -> None:
        trait = self._trait()
        if trait is not None:
            self._change(self.app.runtime.remembering.memory.by_hand, what, trait, done=done)

    def _trait(self) -> str | None:
        subject = self.highlighted
        if isinstance(subject, TraitState):
            return subject.name
        if subject is not None:
            self.tell("Go to a trait of the personality first.")
        return None

    def action_undo(self) -> None:
        """Take the newest change of the personality back."""
        if self.rows.opened:
            memory = self.app.runtime.remembering.memory
            self._change(_undo_newest, memory, done="; a change was taken back")

    def action_ingest(self) -> None:
        """Ask for a file and take it in."""
        from soma_tui.screens.path_question import PathQuestion
        from store.document_files import SUFFIXES

        def answered(path: str | None) -> None:
            if path is not None:
                self._ingest(Path(path).expanduser())

        if self.rows.opened:
            self.app.push_screen(PathQuestion("Path of a document", "", tuple(SUFFIXES)), answered)

    def action_person(self) -> None:
        """Choose who is talking."""
        self.app.action_person()

    def action_back(self) -> None:
        """Show everything again, and take the notices away."""
        self.clear_search()
        self.fill()
        self.list.focus()
        self.state.notices.clear()
        self.draw_lines()


def _target(subject: Subject) -> Target | None:
    from soma_tui.screens.forgetting import target_of

    if isinstance(subject, Fact):
        return Target("fact", subject.id)
    if isinstance(subject, Document):
        return Target("document", subject.id)
    return target_of(subject.item) if isinstance(subject, Hit) else None


def _name(subject: Subject) -> str:
    """What is highlighted, in a few words."""
    if isinstance(subject, Fact):
        text = fact_in_words(subject)
    elif isinstance(subject, Hit):
        text = subject.item.text
    else:
        text = subject.name
    plain = " ".join(visible(text).split())
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[:_LONGEST_NAME]}…"


def _message_of(subject: Subject, memory: Memory) -> int | None:
    """The newest message that it rests on, or that was found."""
    if isinstance(subject, Hit):
        return subject.item.id if subject.item.kind == "message" else None
    if isinstance(subject, Fact):
        said = [one.message for one in subject.evidence if one.message]
    elif isinstance(subject, TraitState):
        log = memory.personality.log(subject.name)
        said = [one.evidence.message for one in reversed(log) if one.evidence is not None]
    else:
        said = []
    return said[-1] if said else None


def _undo_newest(memory: Memory) -> Change:
    """Take back the newest change that did something and was not taken back yet."""
    for change in memory.personality.log():
        by_hand = change.kind in ("pin", "unpin") or change.before != change.after
        if change.kind != "undo" and change.undone is None and by_hand:
            return memory.undo(change.id)
    raise SomaError("no change of the personality is there to be taken back")
