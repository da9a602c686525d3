"""Answers that can be nothing but what a schema allows, by the real starter model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.engine import constrained
from agents.engine.constrained import ConstrainedSampler
from agents.engine.engine import Engine
from agents.engine.grammar import SchemaError, json_grammar
from agents.engine.sampling import SamplingSettings
from tests.agents.engine_helpers import answer, wild

FACTS = {
    "type": "object",
    "properties": {
        "facts": {
            "type": "array",
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {
                    "kind": {"enum": ["name", 'a "quoted" kind', "back\\slash"]},
                    "value": {"type": "string", "maxLength": 12},
                    "sure": {"type": "boolean"},
                },
            },
        }
    },
}


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_is_drawn_fits_the_schema(engine: Engine, seed: int) -> None:
    prompt = engine.template.opening("", "what do you know?")
    given = await answer(engine, prompt, wild(FACTS, seed), max_tokens=400)
    assert given.end.finish == "stop"
    said = json.loads(given.text)
    assert set(said) == {"facts"}
    assert len(said["facts"]) <= 3
    for fact in said["facts"]:
        assert list(fact) == ["kind", "value", "sure"]
        assert fact["kind"] in ("name", 'a "quoted" kind', "back\\slash")
        assert len(fact["value"]) <= 12
        assert isinstance(fact["sure"], bool)


@pytest.mark.parametrize(
    ("schema", "allowed"),
    [
        ({"const": "yes"}, lambda said: said == "yes"),
        ({"enum": [1, None, "ä"]}, lambda said: said in (1, None, "ä")),
        ({"type": "integer"}, lambda said: isinstance(said, int)),
        ({"type": "number"}, lambda said: isinstance(said, (int, float))),
        ({"type": "null"}, lambda said: said is None),
        ({"type": "object"}, lambda said: said == {}),
        ({"type": "array", "maxItems": 0}, lambda said: said == []),
        (
            {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 4},
            lambda said: 2 <= len(said) <= 4 and all(isinstance(one, bool) for one in said),
        ),
    ],
)
async def test_each_kind_of_schema(engine: Engine, schema: Any, allowed: Any) -> None:
    prompt = engine.template.opening("", "hello")
    for seed in range(3):
        given = await answer(engine, prompt, wild(schema, seed), max_tokens=200)
        assert given.end.finish == "stop"
        assert allowed(json.loads(given.text)), given.text


@pytest.mark.parametrize("grammar", ["root ::= (", "nonsense", "other ::= [a]", "root ::= root"])
async def test_a_grammar_that_cannot_be_read_ends_the_answer_alone(
    engine: Engine, grammar: str
) -> None:
    prompt = engine.template.opening("", "hello")
    given = await answer(engine, prompt, SamplingSettings(grammar=grammar), max_tokens=5)
    assert (given.end.finish, given.text) == ("error", "")
    assert "grammar" in given.end.reason
    assert (await answer(engine, prompt, max_tokens=5)).text
    assert engine.idle


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "tuple"},
        {"type": "array", "items": {"type": "null"}, "minItems": 3, "maxItems": 1},
    ],
)
def test_what_no_grammar_is_made_of_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="grammar"):
        json_grammar(schema)


async def test_a_token_that_the_grammar_allows_constrains_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = engine.template.opening("", "hello")
    free = await answer(engine, prompt, max_tokens=12)
    asked: list[int] = []
    allowed = ConstrainedSampler._allowed
    monkeypatch.setattr(
        ConstrainedSampler,
        "_allowed",
        lambda self, logits: asked.append(1) or allowed(self, logits),
    )
    anything = SamplingSettings(temperature=0, grammar="root ::= [^\\x00]*")
    given = await answer(engine, prompt, anything, max_tokens=12)
    assert (given.ids, asked) == (free.ids, [])
    await answer(engine, prompt, SamplingSettings(temperature=0, grammar='root ::= "xyz"'))
    assert asked


@pytest.mark.parametrize("settings", [{"temperature": 0}, {"temperature": 3, "top_k": 20}])
async def test_asking_about_the_likeliest_only_changes_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    prompt = engine.template.opening("", "what do you know?")
    await answer(engine, prompt, max_tokens=1)
    grammar = json_grammar(FACTS)
    sampling = [SamplingSettings(**settings, seed=seed, grammar=grammar) for seed in range(4)]
    quick = [(await answer(engine, prompt, one, max_tokens=60)).ids for one in sampling]
    monkeypatch.setattr(constrained, "FIRST_TRIED", ())
    whole = [(await answer(engine, prompt, one, max_tokens=60)).ids for one in sampling]
    assert quick == whole


async def test_a_grammar_that_leaves_nothing_to_say_ends_the_answer_with_a_line(
    engine: Engine,
) -> None:
    prompt = engine.template.opening("", "hello")
    impossible = SamplingSettings(grammar="root ::= [^\\x00-\\UFFFFFFFF]")
    given = await answer(engine, prompt, impossible, max_tokens=5)
    assert (given.end.finish, given.text) == ("error", "")
    assert "allows nothing" in given.end.reason
    assert (await answer(engine, prompt, max_tokens=5)).text
