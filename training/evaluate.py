"""Old against new on the very files that would be served, item by item, in SOMA's own engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence

from agents.engine.engine import Engine
from agents.engine.scoring import ScoringError
from store.errors import SomaError
from training.asking import Served
from training.canaries import Suite, suite
from training.candidates import Candidate, digest_of_adapter, digest_of_base, require_base
from training.evaluation import PERSONAL, RELEVANCE, Evaluation, Outcome, Side
from training.sealed_items import Item, sealed_hash
from training.sheet import Sheet, rate_of
from training.speed import SPEED, TOKENS, Share, settled

OnProgress = Callable[[int, int], None]


async def evaluate(
    engine: Engine,
    old: Candidate,
    new: Candidate,
    items: Sequence[Item],
    *,
    traits: Mapping[str, float] | None = None,
    canaries: Suite | None = None,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """Give how two candidates over the engine's model answer the sealed items and the canaries.

    `traits` are those of the personality, where there is one; without `canaries`, those that ship
    with SOMA are asked. `on_progress` is told how many of
    how many steps are done. Everything runs behind any chat, greedily: a repeat gives the same but
    for the speed. Cancelling the task ends it within a token. Raises SomaError where an adapter
    is damaged, belongs to another base or changes meanwhile, and where the model is closed.
    """
    asked = canaries or suite()
    base = await asyncio.to_thread(digest_of_base, engine.header)
    sides = [await _opened(engine, candidate, base) for candidate in (old, new)]
    sheets = [Sheet(Served(engine, candidate.adapter), traits) for candidate in (old, new)]
    # In turn, so that whatever else the machine does slows both alike; each is first as often.
    in_turn = zip(*(sheet.steps(items, asked) for sheet in sheets), strict=True)
    steps = [step for n, both in enumerate(in_turn) for step in (both if n % 2 else both[::-1])]
    for done, step in enumerate(steps, 1):
        await step()
        if on_progress is not None:
            on_progress(done, len(steps))
    share = await _speed(sheets, asked)
    for candidate, opened in zip((old, new), sides, strict=True):
        if await asyncio.to_thread(digest_of_adapter, candidate) != opened.adapter:
            raise SomaError(f"the adapter of {candidate.name} changed meanwhile; evaluate again")
    figures = {
        f"{name}.{figure}": value
        for name, sheet in zip(("old", "new"), sheets, strict=True)
        for figure, value in sheet.figures().items()
    }
    figures |= {"speed.share": share.value, "speed.low": share.low, "speed.high": share.high}
    outcomes = (*_personal(items, *sheets), *_canaries(asked, *sheets))
    return Evaluation(sides[0], sides[1], sealed_hash(items), asked.hash, outcomes, figures)


def require_sealed(measured: Sequence[Item], now: Sequence[Item]) -> None:
    """Raises SomaError where items that were measured are no longer sealed as they were, so that
    nothing may be decided by them. Further ones do not matter."""
    left = {item.example.hash for item in now}
    gone = sum(item.example.hash not in left for item in measured)
    if gone:
        raise SomaError(
            f"{gone} of the {len(measured)} sealed items were changed or forgotten while they were "
            "measured, so old and new cannot be compared by them; decide again"
        )


async def _opened(engine: Engine, candidate: Candidate, base: str) -> Side:
    """A candidate's digests, once the engine has said that it can be served."""
    await asyncio.to_thread(require_base, candidate, engine.header)
    digest = await asyncio.to_thread(digest_of_adapter, candidate)
    try:
        await Served(engine, candidate.adapter).require()
    except ScoringError as error:
        raise SomaError(f"{candidate.name} cannot be evaluated: {error}") from error
    return Side(candidate.name, base, digest)


async def _speed(sheets: Sequence[Sheet], asked: Suite) -> Share:
    """How fast the new model is by the old one's speed, over the answers to the canaries, and over
    more of the longer ones where these are not enough."""
    timed = list(zip(*(sheet.rates for sheet in sheets), strict=True))
    pairs = [(old, new) for old, new in timed if old is not None and new is not None]
    long = [
        canary.turns
        for canary, rates in zip(asked.canaries, timed, strict=True)
        if None not in rates
    ]

    async def more(count: int) -> list[tuple[float, float]]:
        found = []
        for number in range(count if long else 0):
            turns, rates = long[number % len(long)], {}
            for place in (0, 1) if number % 2 else (1, 0):
                rates[place] = rate_of(await sheets[place].served.ask(turns, TOKENS))
            if rates[0] is not None and rates[1] is not None:
                found.append((rates[0], rates[1]))
        return found

    return await settled(pairs, SPEED, more)


def _personal(items: Sequence[Item], old: Sheet, new: Sheet) -> Iterator[Outcome]:
    for item in items:
        yield Outcome(
            item.id,
            PERSONAL,
            item.example.group,
            "likelihood",
            old.likelihoods[item.id],
            new.likelihoods[item.id],
        )
    for item in items:
        if item.id in new.relevances:
            before, after = old.relevances[item.id], new.relevances[item.id]
            yield Outcome(item.id, RELEVANCE, item.example.group, "likelihood", before, after)
    for item in items:
        if item.check is not None:
            yield _checked(item.id, PERSONAL, item.example.group, item.example.question, old, new)


def _canaries(asked: Suite, old: Sheet, new: Sheet) -> Iterator[Outcome]:
    for canary in asked.canaries:
        yield _checked(canary.id, canary.group, canary.cluster, canary.turns[-1].text, old, new)


def _checked(item: str, group: str, cluster: str, question: str, old: Sheet, new: Sheet) -> Outcome:
    (before, old_text), (after, new_text) = old.checks[item], new.checks[item]
    return Outcome(item, group, cluster, "check", before, after, question, old_text, new_text)
