"""Requests divided into tasks for the specialists, in the words and shape of the product."""

from __future__ import annotations

import json
from random import Random

from agents.graph_kinds import plan_instruction
from agents.specialists import BUILT_IN
from agents.task_graph import Task
from agents.team_prompt import task_text
from scripts.starter import values
from scripts.starter.grammar import expand, is_held_out

SPECIALISTS = tuple(one.name for one in BUILT_IN)
_TOPIC = (
    "[bees|glaciers|tea|volcanoes|whales|bridges|comets|coral reefs|the potato|wind power|old maps|"
    "salt|paper|the violin|lighthouses|mushrooms|silk|tides|owls|railways|deserts|clocks|honey]"
)
_PARTS: dict[str, list[str]] = {
    "researcher": [
        f"[find out|look up|collect] [what is known about|the history of|three facts on] {_TOPIC}",
        f"[compare|check] the [sources|numbers|evidence] on {_TOPIC}",
        f"[explain|describe] how {_TOPIC} [began|changed|came to {{city}}]",
    ],
    "coder": [
        f"write a [script|function|small program] that [counts|sorts|lists|draws] {_TOPIC}",
        "[fix|test|explain] the [script|function|program] that [counts words|reads the table|sorts "
        "the list|renames the files]",
        f"[make|write] a table of {_TOPIC} in [python|html|sql|javascript]",
    ],
    "personal": [
        "[write|make] a [card|letter|short note|invitation] for {name}",
        "[plan|think of] a [day|trip|dinner|present] for {name}",
        "[tell|thank|ask] {name} [about it|for the help|in kind words]",
    ],
}
_THEN = [", and then ", ", then ", ". After that, ", " and ", ". Then "]


def plan(rng: Random, held_out: bool = False) -> tuple[str, str]:
    """A request of one to three parts, and the plan for it as JSON."""
    count = rng.choice([1, 2, 2, 2, 3])
    tasks: list[dict[str, object]] = []
    request = ""
    for number in range(1, count + 1):
        who = rng.choice(SPECIALISTS)
        for _ in range(60):
            do = expand(rng.choice(_PARTS[who]), rng)
            if is_held_out(f"plan {do}") == held_out:
                break
        do = do.replace("{name}", values.first_name(rng)).replace("{city}", values.city(rng))
        then = "" if number == 1 else rng.choice(_THEN)
        request += then + (do if then.rstrip().endswith(".") or not then else _small(do))
        needs = [f"t{number - 1}"] if "hen" in then or "After" in then else []
        tasks.append(
            {"id": f"t{number}", "specialist": who, "do": f"{do}.", "needs": needs, "gives": "text"}
        )
    if rng.random() < 0.3:
        request = f"Please {_small(request)}"
    return f"{request}.", json.dumps({"tasks": tasks}, ensure_ascii=False)


def asked(request: str) -> str:
    """What the product asks of a request that is to be planned."""
    task = Task("plan", SPECIALISTS[0], plan_instruction(SPECIALISTS), gives="plan", role="plan")
    return task_text(request, task, BUILT_IN[0].prompt, [], 0, len)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
