"""Continuous batching on the real starter: who evaluates what, goes first, disturbs whom."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from agents.engine.engine import Engine, Generation
from agents.engine.requests import Finished, Piece, Priority, Reading
from agents.engine.sampling import SamplingSettings
from agents.engine.scheduler import PREFILL_CHUNK_WHILE_WRITING
from tests.agents.engine_helpers import (
    GREEDY,
    NEARLY_TIED,
    SECONDS_A_TOKEN,
    Answer,
    answer,
    never_ending,
    same_but_for_ties,
)
from tests.store.rounds import rounds

SYSTEM = "You are SOMA, who lives in a house by the sea with many rooms and a garden. " * 4
TEXTS = ("hello", "who are you?", "what can you do?", "thank you", "good night", "hi")


@contextmanager
def steps_of(engine: Engine) -> Iterator[list[dict[int, int]]]:
    """For each batch that is evaluated: how many tokens of each sequence it holds."""
    assert engine._scheduler is not None
    batch, steps = engine._scheduler._batch, list[dict[int, int]]()
    decode = batch.decode

    def counting(context: object) -> int:
        step: dict[int, int] = {}
        for index in range(len(batch)):
            sequence = batch._seq_id[index][0]
            step[sequence] = step.get(sequence, 0) + 1
        steps.append(step)
        return decode(context)

    batch.decode = counting  # type: ignore[method-assign]
    try:
        yield steps
    finally:
        del batch.decode  # type: ignore[method-assign]


async def together(
    engine: Engine, prompts: Sequence[Sequence[int]], **options: int
) -> list[Answer]:
    return list(await asyncio.gather(*(answer(engine, prompt, **options) for prompt in prompts)))


async def test_answers_in_one_batch_equal_those_alone(engine: Engine) -> None:
    prompts = [engine.template.opening("You are SOMA.", text) for text in TEXTS]
    alone = [await answer(engine, prompt, max_tokens=20, logprobs=2) for prompt in prompts]
    for _ in range(2):  # with what is cached, and with nothing
        batched = await together(engine, prompts, max_tokens=20, logprobs=2)
        assert all(map(same_but_for_ties, batched, alone))
        engine.drop_cached()


async def test_a_seed_draws_in_a_batch_what_it_draws_alone(engine: Engine) -> None:
    asked = [
        (engine.template.opening("", text), SamplingSettings(temperature=0.8, seed=number))
        for number, text in enumerate(TEXTS * 2)
    ]
    alone = [await answer(engine, *one, max_tokens=16, logprobs=1) for one in asked]
    together = (answer(engine, *one, max_tokens=16, logprobs=1) for one in asked)
    batched = await asyncio.gather(*together)
    for one, other in zip(alone, batched, strict=True):
        for ours, theirs in zip(one.logprobs, other.logprobs, strict=False):
            if ours.token != theirs.token:  # the draw fell between two tokens
                break
            assert abs(ours.logprob - theirs.logprob) < NEARLY_TIED
    same = sum(one.ids == other.ids for one, other in zip(alone, batched, strict=True))
    assert same > len(asked) // 2


async def test_a_beginning_that_prompts_have_in_common_is_evaluated_once(engine: Engine) -> None:
    prompts = [engine.template.opening(SYSTEM, text) for text in TEXTS[:3]]
    shared = next(at for at, tokens in enumerate(zip(*prompts, strict=False)) if len({*tokens}) > 1)
    engine.drop_cached()
    alone = [await answer(engine, prompt, max_tokens=8, logprobs=2) for prompt in prompts]
    engine.drop_cached()
    before = engine.evaluated_tokens
    given = await together(engine, prompts, max_tokens=8, logprobs=2)
    drawn = sum(len(one.ids) - (one.end.finish == "length") for one in given)
    own = sum(len(prompt) - shared for prompt in prompts)
    assert shared > 80
    assert engine.evaluated_tokens - before <= shared + own + drawn
    assert [one.end.figures.cached_tokens >= shared for one in given] == [False, True, True]
    assert all(map(same_but_for_ties, given, alone))


async def test_when_the_one_who_reads_for_all_is_cancelled_another_goes_on(engine: Engine) -> None:
    long = "the sea was calm " * 120
    prompts = [engine.template.opening(long, text) for text in TEXTS[:3]]
    alone = [await answer(engine, prompt, max_tokens=8, logprobs=2) for prompt in prompts]
    engine.drop_cached()
    first = engine.generate(prompts[0], GREEDY)
    others = asyncio.gather(
        *(answer(engine, prompt, max_tokens=8, logprobs=2) for prompt in prompts[1:])
    )
    await asyncio.sleep(0)
    first.cancel()
    assert [update async for update in first][-1].finish == "cancelled"
    assert all(map(same_but_for_ties, await others, alone[1:]))


async def test_a_long_prompt_never_stalls_who_writes(engine: Engine) -> None:
    writer = engine.template.opening("", "hello")
    long = engine.template.opening("", "some other words that nobody read before " * 60)
    with never_ending(engine, SECONDS_A_TOKEN), steps_of(engine) as steps:
        writing = engine.generate(writer, GREEDY)
        reading: asyncio.Task[Answer] | None = None
        async for update in writing:
            if isinstance(update, Piece) and reading is None:
                reading = asyncio.create_task(answer(engine, long, max_tokens=2))
            if reading is not None and reading.done():
                writing.cancel()
        assert reading is not None
        await reading
    shared = [step for step in steps if len(step) == 2]
    assert len(shared) >= len(long) // PREFILL_CHUNK_WHILE_WRITING
    assert all(min(step.values()) == 1 for step in shared)
    assert max(sum(step.values()) for step in shared) <= PREFILL_CHUNK_WHILE_WRITING + 1


async def test_prompts_are_read_side_by_side(engine: Engine) -> None:
    engine.drop_cached()
    long = engine.template.opening("", "words that nobody has read before " * 70)
    short = engine.template.opening("x", "a few others")
    with steps_of(engine) as steps:
        await together(engine, [long, short], max_tokens=1)
    assert len(long) > 400
    assert sorted(steps[0].values())[0] == len(short)


async def test_background_work_waits_while_a_chat_is_answered(engine: Engine) -> None:
    prompts = [engine.template.opening("", text) for text in TEXTS[:2]]
    with never_ending(engine, SECONDS_A_TOKEN), steps_of(engine) as steps:
        quiet = engine.generate(prompts[0], GREEDY, priority=Priority.BACKGROUND)
        chat: asyncio.Task[Answer] | None = None
        written = 0
        async for update in quiet:
            written += len(update.token_ids) if isinstance(update, Piece) else 0
            if written and chat is None:
                chat = asyncio.create_task(answer(engine, prompts[1], max_tokens=60))
            elif chat is not None and chat.done():
                quiet.cancel()
        assert chat is not None
        assert len((await chat).ids) == 60
    assert max(map(len, steps)) == 1
    turns = [next(iter(step)) for step in steps]
    changes = [number for number in range(1, len(turns)) if turns[number] != turns[number - 1]]
    assert len(changes) == 2
    assert changes[1] - changes[0] == 60


async def test_a_chat_takes_the_slot_of_background_work_which_goes_on_later(
    engine: Engine,
) -> None:
    prompts = [engine.template.opening("", text) for text in TEXTS[:4]]
    with never_ending(engine):
        alone = [await answer(engine, one, max_tokens=300, logprobs=2) for one in prompts[:3]]
        before = engine.evaluated_tokens
        options = {"max_tokens": 300, "logprobs": 2, "priority": Priority.BACKGROUND}
        works = [asyncio.create_task(answer(engine, one, **options)) for one in prompts[:3]]
        await asyncio.sleep(0)
        chat = engine.generate(prompts[3], GREEDY, max_tokens=5)
        async for update in chat:
            chat_ended = isinstance(update, Finished)
        assert chat_ended
        assert not any(work.done() for work in works)
        given = [await work for work in works]
    assert all(map(same_but_for_ties, given, alone))
    read_again = engine.evaluated_tokens - before - 3 * 300 - 5
    assert read_again <= sum(map(len, prompts)) + 3


async def test_more_conversations_than_slots_are_gone_on_with(engine: Engine) -> None:
    firsts = [engine.template.opening(f"Conversation {n}.", "hello") for n in range(8)]
    given = [await answer(engine, first, max_tokens=6) for first in firsts]
    for first, said in zip(firsts, given, strict=True):
        turn = [*first, *said.ids, *engine.template.next_turn("and now?")]
        again = await answer(engine, turn, max_tokens=1)
        assert again.end.figures.cached_tokens >= len(first) + len(said.ids) - 1


async def test_the_least_recently_used_is_forgotten_first(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine._scheduler is not None
    engine.drop_cached()
    prompts = [engine.template.opening("", f"{word} " * 60) for word in ("a", "b", "c", "d")]
    await answer(engine, prompts[0], max_tokens=1)
    slots = engine._scheduler._slots
    await answer(engine, prompts[1], max_tokens=1)
    room = int(2.5 * slots._parked_bytes())
    monkeypatch.setattr(slots, "_most_parked_bytes", room)
    await answer(engine, prompts[2], max_tokens=1)
    await answer(engine, prompts[0], max_tokens=1)
    await answer(engine, prompts[3], max_tokens=1)
    await answer(engine, prompts[1][:-1], max_tokens=1)
    kept = [await answer(engine, prompt, max_tokens=1) for prompt in (prompts[0], prompts[2])]
    assert [one.end.figures.cached_tokens > 50 for one in kept] == [True, False]
    assert slots._parked_bytes() <= room


class Marked:
    """Prompts that a starter answers with their own mark, so that a stray token shows."""

    WORDS = "apple boat cloud dove ember field grove hill inlet jar kite lamp".split()

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.prompts = [
            engine.template.opening(SYSTEM if n % 2 else "", f"{word} {word} {word} {n}")
            for n, word in enumerate(self.WORDS)
        ]
        self.alone: list[Answer] = []

    async def learn(self) -> None:
        with never_ending(self.engine):
            for prompt in self.prompts:
                self.alone.append(await answer(self.engine, prompt, max_tokens=16, logprobs=2))

    async def check(self, number: int, generation: Generation) -> str:
        """The finish of an answer, which has to be the beginning of the one that is alone."""
        said = Answer("", [], [], Finished("", None))  # type: ignore[arg-type]
        async for update in generation:
            assert said.end.finish == ""
            if isinstance(update, Piece):
                said.ids += update.token_ids
                said.logprobs += update.logprobs
            elif isinstance(update, Finished):
                said.end = update
            else:
                assert isinstance(update, Reading)
        alone = self.alone[number]
        length = len(said.ids)
        cut = Answer("", alone.ids[:length], alone.logprobs[:length], alone.end)
        assert same_but_for_ties(said, cut), (said, cut)
        assert (said.end.finish == "length") == (length == 16)
        return said.end.finish


async def cancel_in_random_order(engine: Engine, rounds: int) -> None:
    marked = Marked(engine)
    await marked.learn()
    chance = random.Random(6)
    cancelled = 0
    with never_ending(engine):
        for _ in range(rounds):
            numbers = chance.sample(range(len(marked.prompts)), 6)
            asked = [
                engine.generate(
                    marked.prompts[number],
                    GREEDY,
                    max_tokens=16,
                    logprobs=2,
                    priority=chance.choice(list(Priority)),
                )
                for number in numbers
            ]
            ends = asyncio.gather(*map(marked.check, numbers, asked))
            for generation in chance.sample(asked, 6):
                enough = engine.evaluated_tokens + chance.randrange(24)
                while engine.evaluated_tokens < enough and not engine.idle:
                    await asyncio.sleep(0.0001)
                generation.cancel()
            finishes = await ends
            assert set(finishes) <= {"cancelled", "length"}
            cancelled += finishes.count("cancelled")
            scheduler = engine._scheduler
            assert scheduler is not None
            assert scheduler.idle
            assert scheduler._slots.free == 3
    assert cancelled > rounds


@rounds(100, 2000)
@pytest.mark.timeout(1800)
async def test_cancelling_in_random_order_leaks_no_slot_and_strays_no_token(
    engine: Engine, rounds: int
) -> None:
    await cancel_in_random_order(engine, rounds)
