"""The story that the guide plays, step by step; a step that was cut off can be played again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from soma_tui.demo.hands import Hands
from soma_tui.demo.learning import Learning
from soma_tui.demo.words import GO_ON, TOOLS_MISSING, Told
from soma_tui.screens.tools import ToolsScreen
from training.demo.living import is_right

if TYPE_CHECKING:
    from agents.events import Event
    from training.demo.person import Person, Talk, Trial

Step = Callable[[], Awaitable[None]]
Say = Callable[[str], None]
_TRIED = ("form of address", "feelings first")


class Story:
    """What a person goes through: they talk, look at the memory, train, and ask again."""

    def __init__(self, hands: Hands, person: Person, told: Told, say: Say, hand_over: Say) -> None:
        self._hands = hands
        self._hand_over = hand_over
        self._told = told
        self._say = say
        self._talks = person.talks(told.of)
        self._trials = tuple(_trials(person))
        self._learning = Learning(hands, told, say)

    def heard(self, event: Event) -> None:
        """Take in what the runtime told."""
        self._learning.heard(event)

    def steps(self) -> Iterator[Step]:
        """The steps in their order."""
        yield self.introduce
        for talk in self._talks:
            yield partial(self.talk, talk)
        yield self.remember
        yield from self._learning.steps()
        for trial in self._trials:
            yield partial(self.ask_again, trial)

    # --- the steps

    async def introduce(self) -> None:
        """Say what will be seen, and ask at once for the training tools where they are missing."""
        from soma_tui.actions import key_name
        from soma_tui.demo.intro import IntroScreen

        hands, app = self._hands, self._hands.app
        self._say("this is SOMA")
        await hands.go("chat")
        intro = IntroScreen(self._told.of, key_name(GO_ON))
        await app.push_screen(intro)
        await hands.look(1.5)
        hands.press("enter")
        await hands.until(lambda: app.screen is not intro)
        missing: list[str] = await asyncio.to_thread(app.installer.missing)
        if missing:
            await hands.do("tools")
            await hands.until(lambda: isinstance(app.screen, ToolsScreen))
            self._hand_over(TOOLS_MISSING)

    async def talk(self, talk: Talk) -> None:
        """Hold a conversation, and rate or correct the answer."""
        hands, told = self._hands, self._told
        self._say(told.where())
        await hands.begin_conversation()
        if talk.fact is not None:
            await hands.read((await hands.say(talk.fact.sentence)).text)
        answer = await hands.say(talk.question.text)
        await hands.read(answer.text)
        right = is_right(talk.question, answer.text)
        if right:
            self._say(told.where("right: rated up"))
            await hands.rate_up()
        else:
            self._say(told.where("the better answer"))
            await hands.correct(talk.question.wanted)
        told.held += 1
        told.right += right
        await hands.read("")

    async def remember(self) -> None:
        """Look at what is known of the person now."""
        self._say("memory: what SOMA knows of Mara, and where she said it")
        await self._hands.go("memory")
        for _ in range(_LINES_SHOWN):
            await self._hands.look(1 / _LINES_SHOWN)
            self._hands.press("down")
        await self._hands.look(1 / _LINES_SHOWN)

    async def ask_again(self, trial: Trial) -> None:
        """Ask what was never talked about, of what serves now."""
        hands = self._hands
        self._say(f"never asked before · {self._told.served} answers")
        await hands.begin_conversation()
        answer = await hands.say(trial.question.text)
        as_wanted = trial.behaviour.holds(trial.question.kind, answer.text)
        found = "as Mara wants it" if as_wanted else "not yet as Mara wants it"
        self._say(f"{answer.version or 'the starter'} answered {found}")
        await hands.read(answer.text)
        await hands.look(0.5)


_LINES_SHOWN = 4


def _trials(person: Person) -> Iterator[Trial]:
    trials = person.trials(1)
    for name in _TRIED:
        yield next(trial for trial in trials if trial.behaviour.name == name)
