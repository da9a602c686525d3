"""The engine on the real starter model: streaming, reuse, batching, limits, cancelling."""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path

import pytest

from agents.engine.engine import Engine, EngineError, EngineOptions
from agents.engine.gguf_file import read_header
from agents.engine.requests import Finished, Piece
from agents.engine.sampling import SamplingSettings
from store.errors import SomaError
from tests.agents.engine_helpers import GREEDY, SECONDS_A_TOKEN, answer, never_ending

SYSTEM = "You are SOMA."


async def test_a_question_is_answered_and_the_model_ends_it_itself(engine: Engine) -> None:
    given = await answer(engine, engine.template.opening(SYSTEM, "hello"), max_tokens=200)
    assert given.end.finish == "stop"
    assert given.text.strip()
    assert not any(engine.vocabulary.ends_generation(token) for token in given.ids)


async def test_the_pieces_are_the_bytes_of_their_tokens(engine: Engine) -> None:
    given = await answer(engine, engine.template.opening(SYSTEM, "who are you?"), max_tokens=60)
    data = b"".join(engine.vocabulary.piece(token) for token in given.ids)
    assert given.text == data.decode("utf-8", "replace")


async def test_a_second_turn_evaluates_only_what_is_new(engine: Engine) -> None:
    first = engine.template.opening(SYSTEM, "tell me who you are, please")
    given = await answer(engine, first, max_tokens=24)
    turn = engine.template.next_turn("and what can you do?")
    before = engine.evaluated_tokens
    second = await answer(engine, [*first, *given.ids, *turn], max_tokens=1)
    unsaid = 1 if given.end.finish == "length" else 0  # a last token is drawn, never evaluated
    assert engine.evaluated_tokens - before == len(turn) + unsaid
    assert second.end.figures.prompt_tokens == len(first) + len(given.ids) + len(turn)
    assert second.end.figures.cached_tokens == len(first) + len(given.ids) - unsaid


async def test_a_conversation_that_waited_goes_on_where_it_was(engine: Engine) -> None:
    first = engine.template.opening(SYSTEM, "my boat is called Heron")
    given = await answer(engine, first, max_tokens=12)
    turn = engine.template.next_turn("what is my boat called?")
    prompt = [*first, *given.ids, *turn]
    at_once = await answer(engine, prompt, max_tokens=12)
    for text in ("good morning", "what can you do?"):
        await answer(engine, engine.template.opening("Somebody else.", text), max_tokens=12)
    before = engine.evaluated_tokens
    later = await answer(engine, prompt, max_tokens=12)
    drawn = len(later.ids) - (later.end.finish == "length")
    assert engine.evaluated_tokens - before == 1 + drawn  # the last prompt token, for its logits
    assert later.ids == at_once.ids


async def test_a_prefix_longer_than_the_sliding_window_is_reused(engine: Engine) -> None:
    prompt = engine.template.opening(SYSTEM, "the sea was calm " * 150)
    assert len(prompt) > 512
    await answer(engine, prompt, max_tokens=1)
    before = engine.evaluated_tokens
    again = await answer(engine, prompt, max_tokens=8)
    assert again.end.figures.cached_tokens == len(prompt) - 1
    drawn = len(again.ids) - (again.end.finish == "length")
    assert engine.evaluated_tokens - before == 1 + drawn


async def test_another_conversation_shares_the_prefix_by_copy(engine: Engine) -> None:
    system = "You are SOMA, who lives in a house by the sea with many rooms and a garden. " * 4
    one = engine.template.opening(system, "What is the weather?")
    two = engine.template.opening(system, "Who lives there?")
    shared = next(i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b)
    alone = await answer(engine, one, max_tokens=12)
    other = await answer(engine, two, max_tokens=12)
    assert other.end.figures.cached_tokens == shared
    again = await answer(engine, one, max_tokens=12)
    assert again.ids == alone.ids


async def test_more_answers_than_the_context_holds_all_end_well(engine: Engine) -> None:
    prompts = [engine.template.opening(SYSTEM, f"{word} sea " * 120) for word in ("a", "b", "c")]
    assert sum(map(len, prompts)) > 600
    with never_ending(engine):
        ended = await asyncio.gather(
            *(answer(engine, prompt, max_tokens=200) for prompt in prompts)
        )
    assert [one.end.finish for one in ended] == ["length"] * 3
    assert [len(one.ids) for one in ended] == [200] * 3


async def test_the_same_seed_draws_the_same_and_another_does_not(engine: Engine) -> None:
    prompt = engine.template.opening(SYSTEM, "tell me something")
    # A prompt read in one batch and one that is reused differ in the last bits.
    await answer(engine, prompt, max_tokens=1)
    drawn = [
        await answer(
            engine,
            prompt,
            SamplingSettings(temperature=2, top_k=0, top_p=1, min_p=0, seed=seed),
            max_tokens=12,
        )
        for seed in (7, 7, 8, 9, 10)
    ]
    assert drawn[0].ids == drawn[1].ids
    assert len({tuple(one.ids) for one in drawn}) > 1


async def test_a_repeat_penalty_changes_what_is_drawn(engine: Engine) -> None:
    prompt = engine.template.opening(SYSTEM, "la la la la la la la la")
    penalised = SamplingSettings(temperature=0, repeat_penalty=100, repeat_last_n=1024)
    with never_ending(engine):
        plain = await answer(engine, prompt, max_tokens=40)
        varied = await answer(engine, prompt, penalised, max_tokens=40)
    assert len(set(varied.ids)) == len(varied.ids)
    assert plain.ids != varied.ids


async def test_logprobs_are_those_of_the_model(engine: Engine) -> None:
    prompt = engine.template.opening(SYSTEM, "hello")
    given = await answer(engine, prompt, max_tokens=6, logprobs=engine.vocabulary.size)
    assert [logprob.token for logprob in given.logprobs] == given.ids
    for logprob in given.logprobs:
        assert math.isclose(sum(math.exp(p) for _, p in logprob.top), 1.0, abs_tol=1e-6)
        assert logprob.top[0] == (logprob.token, logprob.logprob)  # greedy takes the likeliest


async def test_cancelling_ends_an_answer_within_one_token(engine: Engine) -> None:
    with never_ending(engine, SECONDS_A_TOKEN):
        generation = engine.generate(engine.template.opening(SYSTEM, "hello"), GREEDY)
        seen = 0
        before = 0
        async for update in generation:
            seen += len(update.token_ids) if isinstance(update, Piece) else 0
            if seen >= 5 and not before:
                generation.cancel()
                before = engine.evaluated_tokens
    assert isinstance(update, Finished)
    assert update.finish == "cancelled"
    assert engine.evaluated_tokens - before <= 2  # the step that ran, and one that had begun


async def test_cancelling_just_as_the_engine_turns_to_its_next_step_is_not_lost(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = engine._context
    assert context is not None
    attend, before = context.attend, engine.evaluated_tokens
    prompt = engine.template.opening(SYSTEM, "hello")

    def cancel_first() -> None:
        if engine.evaluated_tokens > before:
            generation.cancel()
        attend()

    monkeypatch.setattr(context, "attend", cancel_first)
    with never_ending(engine):
        generation = engine.generate(prompt, GREEDY, max_tokens=400)
        end = [update async for update in generation][-1]
    assert isinstance(end, Finished)
    assert (end.finish, end.figures.completion_tokens) == ("cancelled", 1)


async def test_cancelling_interrupts_the_reading_of_a_long_prompt(engine: Engine) -> None:
    prompt = engine.template.opening(SYSTEM, "a long and winding road to the sea " * 110)
    started = time.perf_counter()
    whole = await answer(engine, prompt, max_tokens=1)
    reading = time.perf_counter() - started
    other = engine.template.opening("Another.", "some other words that nobody read before " * 110)
    generation = engine.generate(other, GREEDY, max_tokens=1)
    await asyncio.sleep(reading / 8)
    before = engine.evaluated_tokens
    generation.cancel()
    end = [update async for update in generation][-1]
    assert isinstance(end, Finished)
    assert end.finish == "cancelled"
    assert engine.evaluated_tokens - before < len(other)
    assert (await answer(engine, prompt, max_tokens=1)).ids == whole.ids


async def test_a_full_context_ends_the_answer_and_says_so(engine: Engine) -> None:
    with never_ending(engine):
        prompt = engine.template.opening(SYSTEM, "sea " * 900)
        given = await answer(engine, prompt)
    assert given.end.finish == "context"
    assert len(prompt) + len(given.ids) == engine.context_size


async def test_a_prompt_longer_than_the_context_is_refused_with_the_numbers(
    engine: Engine,
) -> None:
    given = await answer(engine, [5] * 1100)
    assert given.end.finish == "error"
    assert "1,100 tokens" in given.end.reason
    assert "1,024" in given.end.reason


async def test_an_empty_prompt_is_refused(engine: Engine) -> None:
    given = await answer(engine, [])
    assert (given.end.finish, given.end.reason) == ("error", "the prompt is empty")


async def test_figures_count_what_happened(engine: Engine) -> None:
    prompt = engine.template.opening(SYSTEM, "how are you today?")
    given = await answer(engine, prompt, max_tokens=10)
    figures = given.end.figures
    assert figures.prompt_tokens == len(prompt)
    assert figures.completion_tokens == len(given.ids)
    assert figures.context_size == 1024
    assert figures.context_used in (
        len(prompt) + len(given.ids),
        len(prompt) + len(given.ids) - 1,
    )
    assert figures.first_token_s is not None
    assert figures.first_token_s > 0


async def test_loading_reports_progress_and_logs_to_a_file(
    starter_path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fractions: list[float] = []
    log = tmp_path / "llama.log"
    loaded = await Engine.load(
        read_header(starter_path),
        log=log,
        options=EngineOptions(context=256, threads=1, slots=1),
        on_progress=fractions.append,
    )
    await answer(loaded, loaded.template.opening("", "hello"), max_tokens=2)
    await loaded.close()
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    assert "llama_context" in log.read_text()
    assert capfd.readouterr() == ("", "")


async def test_closing_ends_what_runs(starter_path: Path, tmp_path: Path) -> None:
    options = EngineOptions(context=512, threads=1, slots=1)
    header = read_header(starter_path)
    loaded = await Engine.load(header, log=tmp_path / "llama.log", options=options)
    prompt = loaded.template.opening("", "hello")
    with never_ending(loaded, SECONDS_A_TOKEN):
        running, waiting = loaded.generate(prompt, GREEDY), loaded.generate(prompt, GREEDY)
        await asyncio.sleep(0.05)
        await loaded.close()
    for generation in (running, waiting):
        end = [update async for update in generation][-1]
        assert isinstance(end, Finished)
        assert (end.finish, end.reason) == ("error", "SOMA is closing")
    with pytest.raises(EngineError, match="load it again"):
        loaded.generate(prompt, GREEDY)


async def test_a_file_that_llama_cpp_refuses_is_an_error_not_a_crash(
    starter_path: Path, tmp_path: Path
) -> None:
    data = bytearray(starter_path.read_bytes())
    wrong = bytes(data).replace(b"gemma3.block_count", b"gemma3.block_kount")
    path = tmp_path / "wrong.gguf"
    path.write_bytes(wrong)
    with pytest.raises(SomaError):
        await Engine.load(read_header(path), log=tmp_path / "llama.log")


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": -1}, {"top_p": 0}, {"top_k": -1}, {"min_p": 1}, {"repeat_penalty": 0},
     {"seed": -1}, {"temperature": float("nan")}],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SomaError, match=next(iter(wrong))):
        SamplingSettings(**wrong)  # type: ignore[arg-type]
