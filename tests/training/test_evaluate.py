"""Old against new on the real starter, through adapters that change nothing, something and all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from agents.engine.scoring import Scores, score
from scripts.bench.make_adapter import make_adapter
from store.errors import SomaError
from store.traits import BASELINES
from tests.agents.engine_helpers import GREEDY, answer
from training.asking import Served
from training.canaries import GROUPS, Suite, suite
from training.candidates import Candidate
from training.checkpoint import Checkpoint
from training.encoding import Encoder
from training.evaluate import evaluate, require_sealed
from training.evaluation import PERSONAL, RELEVANCE, Evaluation
from training.example import Example, Turn
from training.sealed_items import Item, items_of, mismatched
from training.starter import CHECKPOINT

BASE = Candidate("base")
FIGURES = ("tokens_per_s", "entropy", "distinct_answers", "kl_to_base", "style")


@pytest.fixture(scope="module")
def adapters(starter_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters")
    for name, scale in (("nothing", 0.0), ("something", 0.03), ("ruin", 0.3), ("no number", 1e30)):
        make_adapter(starter_path, folder / f"{name}.gguf", scale=scale)
    return folder


@pytest.fixture(scope="module")
def few() -> Suite:
    """The first canary of each group, and two probes."""
    whole = suite()
    first = {canary.group: canary for canary in reversed(whole.canaries)}
    return replace(whole, canaries=tuple(first[group] for group in GROUPS), probes=whole.probes[:2])


@pytest_asyncio.fixture
async def engine(starter_path: Path, tmp_path: Path) -> AsyncIterator[Engine]:
    options = EngineOptions(context=512, threads=1, slots=2)
    engine = await Engine.load(
        read_header(starter_path), log=tmp_path / "llama.log", options=options
    )
    yield engine
    await engine.close()


def sealed(*said: tuple[str, str], context: tuple[Turn, ...] = ()) -> tuple[Item, ...]:
    return items_of(
        Example(
            "rated",
            f"message:{number}",
            f"conversation:{number // 2}",
            "personal",
            (Turn("system", "Be brief."), *context, Turn("user", one), Turn("assistant", other)),
            split="sealed",
        )
        for number, (one, other) in enumerate(said)
    )


SEALED = sealed(
    ("who are you?", "I am SOMA, a small assistant that lives on this computer."),
    ("hello", "Hi there! What would you like to do?"),
    ("thanks, bye", "Goodbye!"),
)


def without_speed(found: Evaluation) -> Evaluation:
    rest = {
        name: value
        for name, value in found.figures.items()
        if "tokens_per_s" not in name and not name.startswith("speed.")
    }
    return replace(found, figures=rest)


async def test_an_adapter_of_zeros_is_the_base_and_a_repeat_gives_the_same(
    engine: Engine, adapters: Path, few: Suite
) -> None:
    told: list[tuple[int, int]] = []
    nothing = Candidate("nothing", adapters / "nothing.gguf")
    found = await evaluate(
        engine, BASE, nothing, SEALED, canaries=few, on_progress=lambda *step: told.append(step)
    )
    assert (found.old.name, found.old.adapter, found.new.name) == ("base", "", "nothing")
    assert len(found.new.adapter) == 64
    assert found.canaries == (RELEVANCE, *GROUPS)
    likely = found.of(PERSONAL, "likelihood")
    assert [one.cluster for one in likely] == [f"conversation:{n}" for n in (0, 0, 1)]
    assert [one.question for one in found.of(PERSONAL, "check")] == ["thanks, bye"]
    for outcome in found.outcomes:
        assert outcome.old is not None
        assert outcome.new == outcome.old
        assert outcome.new_text == outcome.old_text
        assert (outcome.measure == "check") == bool(outcome.old_text)
    assert all(one.old is not None and one.old < 0 for one in likely)
    for figure in FIGURES[1:]:
        assert found.figures[f"new.{figure}"] == found.figures[f"old.{figure}"]
    assert found.figures["new.kl_to_base"] == 0
    assert found.figures["new.style"] is None
    assert all((found.figures[f"{side}.tokens_per_s"] or 0) > 0 for side in ("old", "new"))
    low, high = found.figures["speed.low"], found.figures["speed.high"]
    assert low is not None
    assert high is not None
    assert low <= (found.figures["speed.share"] or 0) <= high
    steps = 2 * (2 * len(SEALED) + 1 + len(few.canaries) + len(few.probes))
    assert told == [(done, steps) for done in range(1, steps + 1)]
    again = await evaluate(engine, BASE, nothing, SEALED, canaries=few)
    assert without_speed(again) == without_speed(found)


async def test_likelihoods_are_of_the_very_tokens_that_training_learns(engine: Engine) -> None:
    encoder = Encoder(CHECKPOINT)
    context = (Turn("user", "<end_of_turn> my cat is Mia"), Turn("assistant", "A good name."))
    items = sealed(("what is my cat called?", "Mia."), context=context)
    empty = Suite((), (), "")
    found = await evaluate(engine, BASE, BASE, items, canaries=empty)
    encoded = encoder.encode(items[0].example)
    prompt, target = encoded.ids[: encoded.answer], encoded.ids[encoded.answer :]
    expected = await score(engine, prompt, target, fresh=True)
    assert found.of(PERSONAL, "likelihood")[0].old == expected.mean


async def test_relevance_is_what_another_answer_is_less_likely_by(engine: Engine) -> None:
    found = await evaluate(engine, BASE, BASE, SEALED, canaries=Suite((), (), ""))
    own = {one.item: one.old for one in found.of(PERSONAL, "likelihood")}
    relevances = found.of(RELEVANCE, "likelihood")
    assert [one.cluster for one in relevances] == [f"conversation:{n}" for n in (0, 0, 1)]
    pairs = [(0, 2), (1, 2), (2, 0)]
    for relevance, (item, other) in zip(relevances, pairs, strict=True):
        turns = (*SEALED[item].example.turns[:-1], SEALED[other].example.turns[-1])
        swapped = (await Served(engine).score(turns)) or Scores((), ())
        assert relevance.old == (own[SEALED[item].id] or 0) - (swapped.mean or 0)
    assert mismatched(SEALED[:2]) == ()


async def test_what_a_changed_model_loses_is_seen(
    engine: Engine, adapters: Path, few: Suite
) -> None:
    something = Candidate("something", adapters / "something.gguf")
    ruin = Candidate("ruin", adapters / "ruin.gguf")
    traits = BASELINES | {"verbosity": 0.1}
    found = await evaluate(engine, something, ruin, SEALED, canaries=few, traits=traits)
    old, new = (found.figures[f"{side}.kl_to_base"] for side in ("old", "new"))
    assert old is not None
    assert new is not None
    assert 0 < old < 0.1 < new
    for one in found.of(PERSONAL, "likelihood"):
        assert one.old is not None
        assert one.new is not None
        assert one.new < one.old - 1
    checks = [one for group in GROUPS for one in found.of(group, "check")]
    assert sum(one.new or 0 for one in checks) < sum(one.old or 0 for one in checks)
    for side in ("old", "new"):
        style = found.figures[f"{side}.style"]
        assert style is not None
        assert 0 <= style <= 1


async def test_what_cannot_be_computed_is_unknown_and_an_answer_not_given_is_lost(
    engine: Engine, adapters: Path, few: Suite
) -> None:
    broken = Candidate("broken", adapters / "no number.gguf")
    long = sealed(("tell me all", "so and so " * 400))
    asked = replace(few, canaries=few.canaries[:2])
    found = await evaluate(engine, BASE, broken, (*SEALED, *long), canaries=asked)
    *fitting, too_long = found.of(PERSONAL, "likelihood")
    assert all(one.old is not None and one.new is None for one in fitting)
    assert (too_long.old, too_long.new) == (None, None)
    assert [one.new for group in GROUPS for one in found.of(group, "check")] == [0, 0]
    assert found.figures["new.kl_to_base"] is None
    assert found.figures["old.kl_to_base"] == 0


async def test_a_chat_goes_first_and_an_evaluation_can_be_cancelled(
    engine: Engine, few: Suite
) -> None:
    steps: list[int] = []
    work = asyncio.create_task(
        evaluate(
            engine, BASE, BASE, SEALED * 50, canaries=few,
            on_progress=lambda done, _: steps.append(done),
        )
    )  # fmt: skip
    while not steps:
        await asyncio.sleep(0.001)
    said = await answer(engine, engine.template.opening("", "hello"), GREEDY, max_tokens=5)
    assert said.end.finish in ("stop", "length")
    assert not work.done()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    after = len(steps)
    await answer(engine, engine.template.opening("", "hello"), GREEDY, max_tokens=5)
    assert len(steps) == after
    assert engine.idle


async def test_a_model_that_is_closed_meanwhile_ends_it(engine: Engine, few: Suite) -> None:
    steps: list[int] = []
    work = asyncio.create_task(
        evaluate(
            engine, BASE, BASE, SEALED * 50, canaries=few,
            on_progress=lambda done, _: steps.append(done),
        )
    )  # fmt: skip
    while not steps:
        await asyncio.sleep(0.001)
    await engine.close()
    with pytest.raises(SomaError, match="clos"):
        await work


async def test_adapters_that_cannot_be_evaluated_are_refused_with_one_line(
    engine: Engine, starter_path: Path, adapters: Path, tmp_path: Path, few: Suite
) -> None:
    whole = (adapters / "something.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[: len(whole) // 2])
    make_adapter(starter_path, tmp_path / "other.gguf", fingerprint="0123")
    make_adapter(starter_path, tmp_path / "llama.gguf", architecture="llama")
    make_adapter(
        starter_path, tmp_path / "right.gguf", fingerprint=Checkpoint(CHECKPOINT).fingerprint()
    )
    for path, why in {
        tmp_path / "cut.gguf": "cut.gguf",
        tmp_path / "other.gguf": "other was trained on another base",
        tmp_path / "llama.gguf": "is an adapter for llama",
        tmp_path / "none.gguf": "none.gguf",
        starter_path: "is a whole model and no adapter",
    }.items():
        with pytest.raises(SomaError, match=why) as caught:
            await evaluate(engine, BASE, Candidate(path.stem, path), SEALED, canaries=few)
        assert "\n" not in str(caught.value)
    right = Candidate("right", tmp_path / "right.gguf")
    found = await evaluate(engine, BASE, right, (), canaries=replace(few, canaries=(), probes=()))
    assert found.outcomes == ()


async def test_an_adapter_that_is_exchanged_meanwhile_is_noticed(
    engine: Engine, adapters: Path, tmp_path: Path
) -> None:
    path = tmp_path / "changing.gguf"
    path.write_bytes((adapters / "something.gguf").read_bytes())

    def exchange(done: int, total: int) -> None:
        if done == 1:
            path.unlink()
            path.write_bytes((adapters / "nothing.gguf").read_bytes())

    with pytest.raises(SomaError, match="changed meanwhile"):
        await evaluate(
            engine,
            BASE,
            Candidate("changing", path),
            SEALED,
            canaries=Suite((), (), ""),
            on_progress=exchange,
        )


def test_nothing_is_decided_by_items_that_are_no_longer_sealed() -> None:
    require_sealed(SEALED, SEALED)
    require_sealed(SEALED[:2], SEALED)
    with pytest.raises(SomaError, match="1 of the 3 sealed items were changed or forgotten"):
        require_sealed(SEALED, SEALED[1:])
    other = replace(SEALED[0], example=replace(SEALED[0].example, turns=SEALED[1].example.turns))
    with pytest.raises(SomaError, match="cannot be compared by them"):
        require_sealed(SEALED, (other, *SEALED[1:]))
