"""The part of the story in the place for training: a run, its measuring, its verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, cast

from agents.events import Event, Notice, RunDecided, RunEvaluated
from soma_tui.demo.hands import Hands
from soma_tui.demo.words import Told
from soma_tui.screens.plan import PlanScreen
from soma_tui.screens.sides import SidesScreen

if TYPE_CHECKING:
    from soma_tui.screens.training import TrainingScreen

_ENDS = frozenset(("done", "failed", "cancelled", "interrupted", "paused"))
_WORDS = {"ship": "better", "refuse": "refused", "unknown": "not decided"}


class Learning:
    """Begins a run by its key, follows it, and shows what was decided. Once it cannot go on, what
    is left of it is passed over, and `told` says why."""

    def __init__(self, hands: Hands, told: Told, say: Callable[[str], None]) -> None:
        self._hands = hands
        self._told = told
        self._say = say
        self._run = ""
        self._decided: RunDecided | None = None
        self._over = False

    def heard(self, event: Event) -> None:
        """Take in how far the measuring is, and what was decided of the run."""
        match event:
            case RunEvaluated() if event.run == self._run:
                self._say(f"measuring old against new · {event.done:,} of {event.of:,}")
            case RunDecided() if event.run == self._run:
                self._decided = event
            case Notice() if self._run and event.text.startswith(f"{self._run} is done and cannot"):
                self._give_up(event.text)

    def _give_up(self, why: str) -> None:
        self._over = True
        self._told.sentence = why

    def steps(self) -> Iterator[Callable[[], Awaitable[None]]]:
        """The steps in their order."""
        yield from (self.begin, self.follow, self.hear, self.show)

    @property
    def _place(self) -> TrainingScreen:
        return cast("TrainingScreen", self._hands.app.places["training"])

    # --- the steps

    async def begin(self) -> None:
        """Show what would be learned and the plan, and begin the run."""
        hands, app = self._hands, self._hands.app
        if await asyncio.to_thread(app.installer.missing):
            self._give_up(
                "Nothing was trained: the training tools are missing; F8 or `soma setup training` "
                "gets them."
            )
            return
        self._say("training: what would be learned from her answers")
        await hands.go("training")
        training = self._place.training
        await hands.until(lambda: training.examples is not None)
        await hands.look(0.5)
        self._run = self._run or training.under_way
        if self._run:
            return
        app.state.notices.clear()
        await hands.do("training_start")
        await hands.until(lambda: isinstance(app.screen, PlanScreen))
        plan = cast("PlanScreen", app.screen)
        self._say("training: what a run takes is measured by a few steps")
        await hands.until(lambda: plan.is_made or plan.problem or app.screen is not plan)
        await hands.look()
        if plan.problem:
            self._give_up(f"Nothing was trained: {plan.problem}")
            hands.press("escape")
            await hands.until(lambda: app.screen is not plan)
            return
        hands.press("enter")
        await hands.until(lambda: training.under_way or self._problems())
        self._run = training.under_way
        if not self._run:
            self._give_up(f"Nothing was trained: {self._problems()[0]}")

    def _problems(self) -> list[str]:
        notices = self._hands.app.state.notices
        return [notice.text for notice in notices if notice.severity == "error"]

    async def follow(self) -> None:
        """Watch the run to its end."""
        if self._over:
            return
        self._say(f"{self._run} trains: a real run, in a process of its own")
        await self._hands.go("training")
        place, name = self._place, self._run
        place.look(name)

        def has_ended() -> bool:
            run = place.training.run
            return run is not None and run.name == name and run.state in _ENDS

        await self._hands.until(has_ended)
        run = place.training.run
        assert run is not None
        if run.state != "done":
            self._give_up(f"{name} was not finished: {run.reason or run.state}")
        await self._hands.look(0.5)

    async def hear(self) -> None:
        """Wait until old and new were measured, and something was decided."""
        if self._over:
            return
        if self._decided is None:
            self._say("measuring old against new on the files that would answer")
            await self._hands.go("training")
        await self._hands.until(lambda: self._decided is not None or self._over)
        if self._decided is not None:
            told = self._told
            told.version, told.verdict = self._decided.version, self._decided.verdict
            told.sentence = self._decided.sentence

    async def show(self) -> None:
        """Show the version, why it was decided so, and where it answers otherwise; or why not."""
        hands, told = self._hands, self._told
        if self._over:
            self._say("nothing was decided, and nothing is put to work")
            hands.app.place.tell(told.sentence, "warning")
            await hands.look(1.5)
            return
        self._say(f"{told.version}: {_WORDS.get(told.verdict, told.verdict)}")
        await hands.go("training")
        place = self._place
        place.look(told.version)
        await hands.until(lambda: place.training.version == told.version)
        await hands.look(1.5)
        await hands.do("training_open")
        await hands.until(lambda: isinstance(hands.app.screen, SidesScreen))
        self._say(f"{told.version}: old and new answers to checks, where they differ")
        await hands.look(1.5)
        hands.press("escape")
        await hands.until(lambda: hands.app.screen is place)
