"""What the starter is asked: held-out wordings and values, and the questions written by hand."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from agents import profile_model
from agents.attributes import attribute_of
from agents.engine.grammar import json_grammar
from agents.graph_kinds import plan_schema
from scripts.starter import (
    conversations,
    extraction,
    orders,
    planning,
    product,
    routing,
    told,
)
from scripts.starter.about_soma import INTENTS
from scripts.starter.corpus import Corpus
from scripts.starter.grammar import expand, typed, wording
from scripts.starter.product_help import HELP
from store.claims import folded

QUESTIONS = Path(__file__).with_name("starter_questions.jsonl")
_UNKNOWN = re.compile(
    r"(do not|don't|does not|doesn't) (know|say)|not told|have not told|no idea", re.IGNORECASE
)

Messages = list[dict[str, str]]
Check = Callable[[str], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Item:
    """A question of a kind, and what an answer to it is worth by one measure or several."""

    kind: str
    messages: Messages
    check: Check
    grammar: str = ""


def says_unknown(text: str) -> bool:
    """Whether an answer says that something is not known, or not in the text."""
    return bool(_UNKNOWN.search(text))


def has_value(text: str, value: str) -> bool:
    """Whether a value stands in an answer as a whole word, in whatever letter case."""
    return bool(re.search(rf"(?<!\w){re.escape(value.lower())}(?!\w)", text.lower()))


def token_f1(text: str, answer: str) -> float:
    """F1 of the words of an answer against those of the right one, without articles."""
    said, due = (
        Counter(w for w in re.findall(r"\w+", one.lower()) if w not in ("a", "an", "the"))
        for one in (text, answer)
    )
    shared = sum((said & due).values())
    return 2 * shared / (sum(said.values()) + sum(due.values())) if shared else 0.0


def longest_sentence(text: str) -> str:
    """The longest sentence of a text: an answer that needs no model."""
    return max(re.split(r"(?<=[.!?])\s+", text), key=len)


def _fact(value: str, text: str) -> dict[str, float]:
    unknown = says_unknown(text)
    right = has_value(text, value) and not unknown
    return {"fact_right": float(right), "fact_false_unknown": float(unknown)}


def _unknown(text: str) -> dict[str, float]:
    return {"unknown_said": float(says_unknown(text))}


def _updated(new: str, old: str, text: str) -> dict[str, float]:
    return {"updated_right": float(has_value(text, new) and not has_value(text, old))}


def _passage(answer: str, source: str, text: str) -> dict[str, float]:
    return {
        "passage_f1": token_f1(text, answer),
        "passage_f1_longest_sentence": token_f1(longest_sentence(source), answer),
    }


def _matches(name: str, pattern: str, text: str) -> dict[str, float]:
    return {name: float(bool(re.search(pattern, text.strip(), re.IGNORECASE | re.DOTALL)))}


def _routed(label: str, text: str) -> dict[str, float]:
    return {"routing_right": float(text.strip(" .").lower() == label)}


def _found(name: str, value: str) -> tuple[str, str]:
    return attribute_of(name)[1], folded(value)


def json_check(text: str, due: set[tuple[str, str]], said: str) -> dict[str, float]:
    """Whether what was said is JSON, and whether the product takes just the right facts from it."""
    try:
        json.loads(said)
        valid = 1.0
    except ValueError:
        valid = 0.0
    taken = {_found(one.attribute, one.value) for one, _ in profile_model.claims_from(said, text)}
    return {"json_valid": valid, "json_right": float(valid and taken == due)}


def by_hand() -> list[Item]:
    """The 100 questions written by hand."""
    items = []
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        one: dict[str, Any] = json.loads(line)
        grammar = ""
        match one["kind"]:
            case "fact":
                check: Check = partial(_fact, one["value"])
            case "unknown":
                check = _unknown
            case "updated":
                check = partial(_updated, one["value"], one["old"])
            case "passage":
                check = partial(_passage, one["answer"], one["messages"][-1]["content"])
            case "routing":
                check = partial(_routed, one["value"])
            case "json":
                due = {_found(*fact) for fact in one["facts"]}
                check, grammar = partial(json_check, one["text"], due), profile_model.grammar()
            case kind:
                name = "instruction_followed" if kind == "instruction" else f"{kind}_right"
                check = partial(_matches, name, one["pattern"])
        items.append(Item(one["kind"], one["messages"], check, grammar))
    return items


def held_out(corpus: Corpus, count: int) -> list[Item]:
    """`count` questions of each kind from the generators, in wordings and values kept back."""
    makers: dict[str, Callable[[Random], Item]] = {
        "fact": partial(_told_item, unknown=False),
        "unknown": partial(_told_item, unknown=True),
        "updated": _updated_item,
        "passage": partial(_passage_item, corpus),
        "instruction": _ordered_item,
        "routing": _routed_item,
        "json": _json_item,
        "plan": _plan_item,
        "help": _help_item,
    }
    return [
        make(Random(f"bench {kind} {number}"))
        for kind, make in makers.items()
        for number in range(count)
    ]


def _told_item(rng: Random, *, unknown: bool) -> Item:
    facts = told.facts(rng, rng.randint(1, 8), held_out=True)
    asked = told.untold(rng, facts, held_out=True) if unknown else rng.choice(facts)
    messages = told.asked_of(rng, facts, asked.question)
    check: Check = _unknown if unknown else partial(_fact, asked.value)
    return Item("unknown" if unknown else "fact", messages, check)


def _updated_item(rng: Random) -> Item:
    while True:
        old, new = told.updated(rng, held_out=True)
        if not has_value(new.value, old.value) and not has_value(old.value, new.value):
            break
    messages = told.asked_of(rng, [new], new.question, before=[old])
    return Item("updated", messages, partial(_updated, new.value, old.value))


def _passage_item(corpus: Corpus, rng: Random) -> Item:
    passage = conversations.passage(rng, corpus, held_out=True)
    messages = conversations.asked_of(rng, passage.text, passage.question)
    return Item("passage", messages, partial(_passage, passage.answer, passage.text))


def _ordered_item(rng: Random) -> Item:
    small = conversations.small_exchange(rng, held_out=True)[0]
    messages, order, value = orders.ordered(rng, (small,), held_out=True)
    return Item(
        "instruction",
        messages[:-1],
        lambda text: {"instruction_followed": float(order.is_followed(text, value))},
    )


def _routed_item(rng: Random) -> Item:
    text, label = routing.message(rng, lambda r: conversations.small_exchange(r)[0][0], True)
    messages = [{"role": "user", "content": routing.asked(text)}]
    return Item("routing", messages, partial(_routed, label))


def _json_item(rng: Random) -> Item:
    text, _ = extraction.extraction(rng, held_out=True)
    due = {_found(one["attribute"], one["value"]) for one in extraction.expected(text)}
    messages = [{"role": "user", "content": extraction.asked(text)}]
    return Item("json", messages, partial(json_check, text, due), profile_model.grammar())


def plan_check(due: str, said: str) -> dict[str, float]:
    """Whether what was said is JSON, and whether it names just the tasks that are due, in order."""
    try:
        tasks = json.loads(said)["tasks"]
    except (ValueError, KeyError):
        return {"plan_valid": 0.0, "plan_right": 0.0}
    named, wanted = (
        [(task["specialist"], task["do"].strip(" .").lower()) for task in each]
        for each in (tasks, json.loads(due)["tasks"])
    )
    return {"plan_valid": 1.0, "plan_right": float(named == wanted)}


def _plan_item(rng: Random) -> Item:
    request, due = planning.plan(rng, held_out=True)
    messages = [
        {"role": "system", "content": product.system(rng, plain=True)},
        {"role": "user", "content": planning.asked(request)},
    ]
    grammar = json_grammar(plan_schema(planning.SPECIALISTS))
    return Item("plan", messages, partial(plan_check, due), grammar)


def _help_item(rng: Random) -> Item:
    _, questions, answers = rng.choice(HELP if rng.random() < 0.5 else INTENTS)
    due = {expand(answer, rng) for answer in answers for _ in range(20)}
    question = typed(wording(questions, rng, held_out=True), rng)
    messages = [
        {"role": "system", "content": product.system(rng, plain=True)},
        {"role": "user", "content": question},
    ]
    return Item("help", messages, lambda text: {"help_right": float(text.strip() in due)})
