"""The measures of the starter, and the prompts and help that its text is made of."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import pytest

from agents.graph_kinds import Draw, plan_instruction, tasks_of_plan
from agents.persona import SYSTEM_PROMPT
from agents.profile_lines import KNOWN, ORDERS
from agents.recalling import render
from agents.task_graph import TaskGraph
from scripts.bench import _starter_items as items
from scripts.bench import starter
from scripts.starter import extraction, orders, planning, product, product_help, routing, told
from scripts.starter.recall import UNKNOWN
from soma_tui.actions.table import ACTIONS
from store.message import Memory
from tests.scripts.test_starter_text import SMALL


def test_wilsons_interval() -> None:
    assert starter.wilson(90, 100) == [0.826, 0.945]
    assert starter.wilson(0, 10)[0] == 0.0
    assert starter.wilson(10, 10)[1] == 1.0


def test_resampling_holds_the_mean_and_narrows() -> None:
    few, many = starter.resampled([0.0, 1.0] * 5), starter.resampled([0.0, 1.0] * 500)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]


def test_f1_counts_shared_words_without_articles() -> None:
    assert items.token_f1("The old mill.", "old mill") == 1.0
    assert items.token_f1("the mill", "an old mill") == pytest.approx(2 / 3)
    assert items.token_f1("a barn", "the mill") == 0.0


def test_values_are_whole_words_and_unknown_is_recognised() -> None:
    assert items.has_value("You are 34.", "34")
    assert not items.has_value("You are 341.", "34")
    assert items.says_unknown(UNKNOWN)
    assert items.says_unknown("The text does not say that.")
    assert not items.says_unknown("You know Rex.")


def test_json_is_right_when_the_product_takes_just_the_facts_that_are_due() -> None:
    text = "My dog is called Rex."
    due = {("dog", "rex")}
    said = json.dumps({"facts": extraction.expected(text)})
    assert items.json_check(text, due, said) == {"json_valid": 1.0, "json_right": 1.0}
    assert items.json_check(text, set(), said)["json_right"] == 0.0
    assert items.json_check(text, due, said[:-4]) == {"json_valid": 0.0, "json_right": 0.0}


def test_a_hundred_questions_by_hand_of_ten_kinds() -> None:
    asked = items.by_hand()
    assert len(asked) == 100
    assert len(Counter(one.kind for one in asked)) == 10
    assert all(one.messages[-1]["role"] == "user" for one in asked)
    assert all(one.check("") for one in asked)


def test_held_out_questions_are_the_same_each_time() -> None:
    one, same = items.held_out(SMALL, 5), items.held_out(SMALL, 5)
    assert [item.messages for item in one] == [item.messages for item in same]
    assert Counter(item.kind for item in one) == dict.fromkeys(
        "fact unknown updated passage instruction routing json plan help".split(), 5
    )


def test_the_prompt_is_the_products() -> None:
    text = product.system(Random(1), ["My dog is called Rex."], ["Always end with Ahoy."], True)
    assert text == (
        f"{SYSTEM_PROMPT}\n\n{ORDERS}\n- Always end with Ahoy\n\n{KNOWN}\n- Pet: a dog called Rex"
    )
    recalled = product.with_recalled(Random(2), ["I sail."], "What do I do?")
    head, _, rest = render(
        "What do I do?", [Memory("", "I sail.", "", 0.0, "user", "", 0)]
    ).partition("- I sail. (")
    assert recalled.startswith(head)
    assert recalled.endswith("\n```\n\nWhat do I do?")
    assert rest.endswith("\n```\n\nWhat do I do?")


def test_answers_about_what_was_told_hold_what_holds_now() -> None:
    for seed in range(300):
        old, new = told.updated(Random(seed))
        assert new.value in new.answer
        assert new.value in new.statement
        assert old.kind == new.kind
        known = told.facts(Random(seed), 4)
        assert told.untold(Random(seed), known).question not in {one.question for one in known}


def test_answers_keep_to_the_order_and_others_do_not() -> None:
    for seed in range(300):
        small = (("hello", "Hello! How are you?"),)
        messages, order, value = orders.ordered(Random(seed), small)
        assert order.is_followed(messages[-1]["content"], value), messages[-1]
        assert not order.is_followed("I have nothing to add here", value)
    kept = {orders.order(Random(seed), held_out=True).word.lower() for seed in range(300)}
    used = {orders.order(Random(seed)).word.lower() for seed in range(300)}
    assert kept
    assert not kept & used


def test_plans_are_graphs_that_the_product_takes() -> None:
    sizes: Counter[int] = Counter()
    for seed in range(200):
        request, plan = planning.plan(Random(seed))
        tasks = tasks_of_plan(plan, planning.SPECIALISTS, "personal", Draw({}, {}, 1, 100))
        TaskGraph(tasks, planning.SPECIALISTS)
        sizes[len(json.loads(plan)["tasks"])] += 1
        assert items.plan_check(plan, plan) == {"plan_valid": 1.0, "plan_right": 1.0}
        assert items.plan_check(plan, plan[:-3])["plan_valid"] == 0.0
        asked = planning.asked(request)
        assert asked == f"{request}\n\n{plan_instruction(planning.SPECIALISTS)}"
    assert set(sizes) == {1, 2, 3}
    kept = {planning.plan(Random(seed), held_out=True)[0] for seed in range(200)}
    assert not kept & {planning.plan(Random(seed))[0] for seed in range(200)}


def test_every_specialist_is_asked_for() -> None:
    drawn = Counter(routing.message(Random(n), lambda _: "Hello.")[1] for n in range(300))
    assert set(drawn) == set(routing.SPECIALISTS)
    assert min(drawn.values()) > 60


def test_help_names_the_keys_of_the_registry() -> None:
    by_name = {name: answers[0] for name, _, answers in product_help.HELP}
    assert by_name["help place_memory"] == "Press Alt+4 or F4 or type /memory."
    assert by_name["help quit"] == "Press Ctrl+Q or type /quit."
    assert by_name["help rate_up"] == "Press Ctrl+↑ or type /good."
    assert by_name["help memory_edit"] == "In Memory (Alt+4), press e."
    asked = {name: " ".join(questions) for name, questions, _ in product_help.HELP}
    assert "what does F9 do" in asked["help rename"]
    assert "what does" not in asked["help memory_edit"]
    assert {f"help {action.id}" for action in ACTIONS} >= set(asked)
    slashes = {f"/{action.slash}" for action in ACTIONS if action.slash}
    assert all(any(slash in answer for answer in by_name.values()) for slash in slashes)
