"""How likely given answers are, on the real starter, against a bare loop over llama.cpp."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import llama_cpp
import numpy as np
import pytest

from agents.engine import scoring
from agents.engine.engine import Engine
from agents.engine.scoring import Scores, ScoringError, score
from scripts.bench.make_adapter import make_adapter
from tests.agents.engine_helpers import NEARLY_TIED, answer

SAID = {
    "who are you?": "I am SOMA, a small assistant that lives on this computer.",
    "hello": "Hi there! What would you like to do?",
    "how do I rename a conversation?": "Press F9 or type /rename.",
    "thanks, bye": "Goodbye!",
}
CLOSE = 1e-4


def tokens(engine: Engine, question: str, said: str) -> tuple[list[int], list[int]]:
    prompt = engine.template.opening("Be brief.", question)
    return prompt, engine.vocabulary.tokenize(said, markup=False)


def bare(path: Path, prompt: Sequence[int], said: Sequence[int]) -> np.ndarray:
    """The log-probabilities of all tokens at each token of an answer, in one bare decode."""
    model = llama_cpp.llama_model_load_from_file(
        str(path).encode(), llama_cpp.llama_model_default_params()
    )
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = 1024
    parameters.n_threads = parameters.n_threads_batch = 1
    parameters.swa_full = True
    context = llama_cpp.llama_init_from_model(model, parameters)
    ids = [*prompt, *said]
    batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
    try:
        batch.n_tokens = len(ids)
        for place, token in enumerate(ids):
            batch.token[place], batch.pos[place], batch.logits[place] = token, place, 1
            batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
        assert llama_cpp.llama_decode(context, batch) == 0
        size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
        rows = np.ctypeslib.as_array(llama_cpp.llama_get_logits(context), (len(ids), size))
        wanted = rows[len(prompt) - 1 : -1].astype(np.float64)
        return wanted - np.log(np.exp(wanted).sum(axis=1, keepdims=True))
    finally:
        llama_cpp.llama_batch_free(batch)
        llama_cpp.llama_free(context)
        llama_cpp.llama_model_free(model)


def far(one: Scores, other: Scores) -> float:
    """The greatest difference of the log-probabilities."""
    pairs = zip(one.logprobs, other.logprobs, strict=True)
    return max(abs(ours - theirs) for ours, theirs in pairs)


async def test_scores_are_those_of_a_bare_loop(engine: Engine, starter_path: Path) -> None:
    for question, said in SAID.items():
        prompt, ids = tokens(engine, question, said * 3)
        reference = bare(starter_path, prompt, ids)
        given = await score(engine, prompt, ids, distributions=True, fresh=True)
        expected = reference[np.arange(len(ids)), ids]
        assert np.abs(np.array(given.logprobs) - expected).max() < CLOSE
        entropies = -(np.exp(reference) * reference).sum(axis=1)
        assert np.abs(np.array(given.entropies) - entropies).max() < CLOSE
        assert given.distributions is not None
        assert given.distributions.shape == reference.shape
        assert np.abs(np.exp(given.distributions.astype(np.float64)) - np.exp(reference)).max() < (
            CLOSE
        )
        assert given.mean == pytest.approx(expected.mean(), abs=CLOSE)
        assert given.entropy == pytest.approx(entropies.mean(), abs=CLOSE)


async def test_an_answer_that_was_drawn_is_as_likely_as_it_was_then(engine: Engine) -> None:
    prompt, _ = tokens(engine, "who are you?", "")
    drawn = await answer(engine, prompt, max_tokens=12, logprobs=1)
    given = await score(engine, prompt, drawn.ids)
    logprobs = [one.logprob for one in drawn.logprobs]
    assert np.abs(np.array(given.logprobs) - logprobs).max() < NEARLY_TIED


async def test_alone_or_in_a_batch_and_with_a_common_beginning(engine: Engine) -> None:
    items = [tokens(engine, question, said) for question, said in SAID.items()] * 2
    alone = [await score(engine, *item, fresh=True) for item in items]
    for fresh in (True, False):
        engine.drop_cached()
        together = await asyncio.gather(*(score(engine, *item, fresh=fresh) for item in items))
        assert max(map(far, together, alone)) < NEARLY_TIED


async def test_what_is_fresh_is_the_same_each_time_and_leaves_nothing_behind(
    engine: Engine,
) -> None:
    prompt, ids = tokens(engine, "who are you?", SAID["who are you?"])
    chat = await answer(engine, prompt, max_tokens=5)
    before = engine.evaluated_tokens
    first = [await score(engine, prompt, ids, fresh=True) for _ in range(80)]
    assert len({one.logprobs for one in first}) == 1
    assert engine.evaluated_tokens - before == 80 * (len(prompt) + len(ids) - 1)
    further = await answer(engine, [*prompt, *chat.ids], max_tokens=1)
    assert further.end.figures.cached_tokens >= len(prompt)


async def test_an_answer_longer_than_a_step_may_keep(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt, ids = tokens(engine, "hello", SAID["hello"] * 4)
    whole = await score(engine, prompt, ids, fresh=True)
    monkeypatch.setattr(scoring, "MOST_LOGITS", 3 * engine.vocabulary.size)
    parts = await score(engine, prompt, ids, fresh=True)
    assert far(whole, parts) < NEARLY_TIED
    one = await score(engine, prompt, ids[:1], fresh=True)
    assert one.logprobs[0] == pytest.approx(whole.logprobs[0], abs=NEARLY_TIED)


async def test_through_an_adapter(engine: Engine, starter_path: Path, tmp_path: Path) -> None:
    prompt, ids = tokens(engine, "who are you?", SAID["who are you?"])
    for name, scale in (("random", 0.15), ("nothing", 0.0)):
        make_adapter(starter_path, tmp_path / f"{name}.gguf", scale=scale)
    base = await score(engine, prompt, ids, fresh=True)
    changed = await score(engine, prompt, ids, fresh=True, adapter=tmp_path / "random.gguf")
    assert far(base, changed) > 10 * NEARLY_TIED
    same = await score(engine, prompt, ids, fresh=True, adapter=tmp_path / "nothing.gguf")
    assert same == base


async def test_a_chat_goes_first(engine: Engine) -> None:
    prompt, ids = tokens(engine, "hello", SAID["hello"] * 30)
    scored = [asyncio.create_task(score(engine, prompt, ids, fresh=True)) for _ in range(40)]
    await asyncio.sleep(0)
    said = await answer(engine, engine.template.opening("", "thanks, bye"), max_tokens=3)
    assert said.end.finish in ("stop", "length")
    assert not all(task.done() for task in scored)
    for task in scored[1:]:
        task.cancel()
    assert (await scored[0]).mean is not None


async def test_scoring_can_be_cancelled(engine: Engine) -> None:
    prompt, ids = tokens(engine, "hello", SAID["hello"] * 60)
    scored = [asyncio.create_task(score(engine, prompt, ids, fresh=True)) for _ in range(10)]
    await asyncio.sleep(0)
    before = engine.evaluated_tokens
    for task in scored:
        task.cancel()
    ends = await asyncio.gather(*scored, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends)
    given = await score(engine, *tokens(engine, "hello", "Hi there!"))
    assert given.mean is not None
    assert engine.evaluated_tokens - before < 10 * len(ids)
    assert engine.idle


async def test_what_cannot_be_scored_is_refused_with_one_line(
    engine: Engine, tmp_path: Path
) -> None:
    prompt, ids = tokens(engine, "hello", SAID["hello"])
    with pytest.raises(ScoringError, match="a prompt and an answer"):
        await score(engine, prompt, [])
    with pytest.raises(ScoringError, match=r"the context holds 1,024"):
        await score(engine, prompt, ids * 200)
    with pytest.raises(ScoringError, match="cannot be found"):
        await score(engine, prompt, ids, adapter=tmp_path / "none.gguf")
