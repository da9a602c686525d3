"""What tools give, what a call can be at all, and what a bad one says."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from agents.engine.engine import Engine
from agents.engine.grammar import json_grammar
from agents.specialists import TOOLS
from agents.tools.toolbox import LONGEST_RESULT, Toolbox
from agents.tools.use import MOST_CALLS, calls, given
from store.library import Passage
from store.message import Memory
from store.tool_call import ToolCall
from tests.agents.engine_helpers import answer, wild

MEMORY = Memory("passage:7", "The ferry leaves at six.", "ferry.md", None, "", "words", 0.9)
PASSAGE = Passage(7, 1, 3, "The ferry leaves at six.", "ferry.md › Times", None, 0.0, False)


def toolbox(*found: Memory) -> Toolbox:
    return Toolbox(lambda text: found, {7: PASSAGE}.get, lambda: 0.0)


def called(tool: str, given: object = None, names: tuple[str, ...] = TOOLS) -> ToolCall | None:
    asked = {"tool": tool} if given is None else {"tool": tool, "input": given}
    return toolbox(MEMORY).call(json.dumps(asked), names)


def test_every_tool_gives_its_result() -> None:
    assert tuple(toolbox().tools) == TOOLS
    assert called("calculator", "6*7") == ToolCall("calculator", "6*7", "42")
    now = called("time")
    assert now is not None
    assert "19" in now.result
    assert not now.failed
    found = called("recall", "ferry")
    assert found == ToolCall("recall", "ferry", "- The ferry leaves at six. (ferry.md) [passage 7]")
    read = called("passage", 7)
    assert read == ToolCall("passage", "7", "The ferry leaves at six.\n(ferry.md › Times)")


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("calculator", "6*", "no arithmetic"),
        ("recall", " ", "say what is to be recalled"),
        ("passage", 8, "no passage 8; recall names"),
        ("passage", -7, "no passage -7"),
    ],
)
def test_a_bad_input_is_an_error_that_the_model_can_see(
    tool: str, given: object, said: str
) -> None:
    call = called(tool, given)
    assert call is not None
    assert call.failed
    assert said in call.result


@pytest.mark.parametrize("text", ["", "[]", '{"tool": "none"}', '{"tool": 5}', '{"tool":"shell"}'])
def test_what_is_no_call_of_a_tool_that_is_offered_does_nothing(text: str) -> None:
    assert toolbox().call(text, TOOLS) is None
    assert called("time", names=("calculator",)) is None


def test_a_long_result_is_cut_and_nothing_found_is_said() -> None:
    long = Memory("message:1", "a" * 400, "Talk", None, "", "words", 0.9)
    call = toolbox(*[long] * 9).call('{"tool": "recall", "input": "a"}', TOOLS)
    assert call is not None
    assert len(call.result) == LONGEST_RESULT
    nothing = toolbox().call('{"tool": "recall", "input": "a"}', TOOLS)
    assert nothing is not None
    assert nothing.result == "nothing was found"


@pytest.mark.parametrize("seed", range(6))
async def test_a_model_can_ask_for_no_other_tool(engine: Engine, seed: int) -> None:
    names = TOOLS[: 1 + seed % 4]
    prompt = engine.template.opening("", toolbox().told(names))
    said = await answer(engine, prompt, wild(toolbox().schema(names), seed), max_tokens=300)
    asked = json.loads(said.text)
    assert asked["tool"] in (*names, "none")
    assert ("input" in asked) == (asked["tool"] in ("calculator", "recall", "passage"))


@pytest.mark.parametrize("wanted", ['{"tool": "shell", "input": "ls"}', '{"tool": "passage"}'])
async def test_the_grammar_of_calls_does_not_let_other_calls_through(
    engine: Engine, wanted: str
) -> None:
    """Each of its tokens is forced where it is allowed; what comes out is never that call."""
    grammar = json_grammar(toolbox().schema(TOOLS))
    prompt = engine.template.opening("", f"Say exactly this: {wanted}")
    from agents.engine.sampling import SamplingSettings

    settings = SamplingSettings(temperature=0, grammar=grammar)
    said = await answer(engine, prompt, settings, max_tokens=300)
    assert json.loads(said.text) != json.loads(wanted)
    assert json.loads(said.text)["tool"] in (*TOOLS, "none")


class FakeModel:
    """Says what it is to say, one after the other, and keeps what it was told."""

    def __init__(self, *texts: str) -> None:
        self.texts: Iterator[str] = iter(texts)
        self.told: list[list[ToolCall]] = []

    async def ask(self, made: object) -> str:
        self.told.append(list(made))  # type: ignore[call-overload]
        return next(self.texts)


async def made_by(model: FakeModel) -> list[ToolCall]:
    return [call async for call in calls(toolbox(), TOOLS, model.ask)]


def calculation(text: str) -> str:
    return json.dumps({"tool": "calculator", "input": text})


async def test_calls_end_with_none_a_repeated_one_or_their_number() -> None:
    model = FakeModel(calculation("1+1"), '{"tool":"none"}', calculation("1+2"))
    assert [call.result for call in await made_by(model)] == ["2"]
    assert [len(told) for told in model.told] == [0, 1]
    model = FakeModel(calculation("1+1"), calculation("1+1"), calculation("1+2"))
    assert [call.result for call in await made_by(model)] == ["2"]
    model = FakeModel(*(calculation(f"1+{number}") for number in range(9)))
    assert len(await made_by(model)) == MOST_CALLS


async def test_after_an_error_the_model_may_try_again() -> None:
    model = FakeModel(calculation("1+"), calculation("1+1"), '{"tool":"none"}')
    made = await made_by(model)
    assert [(call.failed, call.result[:14]) for call in made] == [
        (True, "it is no arith"), (False, "2"),
    ]  # fmt: skip
    assert model.told[1][0].failed
    texts = [one.text for one in given(made)]
    assert texts[0].startswith("1+\nerror: it is no arithmetic")
    assert texts[1] == "1+1\n= 2"
