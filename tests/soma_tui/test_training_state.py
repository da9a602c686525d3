"""How the events of a run are folded, and put into lines."""

from __future__ import annotations

from typing import Any

import pytest

from soma_tui.example_rows import cells, details, in_the_order_of, matching
from soma_tui.training_rows import (
    ending,
    figures,
    lasting,
    learned,
    phases,
    planned,
    progress,
)
from soma_tui.training_state import RunState, TrainingState
from soma_tui.version_rows import differences, lineage, trend, version_cells, version_told
from tests.soma_tui.fake_training import PLAN


def step(number: int, loss: float = 1.0, **event: Any) -> dict[str, Any]:
    told = {"phase": "training", "at": 100.0 + 2 * number, "step": number, "steps": 30}
    return {**told, "loss": loss, "rate": 1e-3, "tokens_per_s": 1840.0, "memory": 9, **event}


def marks(run: RunState) -> str:
    *found, evaluate, decide = phases(run)
    assert (evaluate.mark, decide.mark) == ("○", "○")
    return " ".join(f"{one.mark}{one.word}" for one in found)


def test_a_run_goes_through_its_phases() -> None:
    run = RunState("train-1")
    assert marks(run) == "○load ○train ○convert"
    run.fold([{"phase": "loading", "at": 100.0, "steps": 30, "memory": 7}])
    assert marks(run) == "●load ○train ○convert"
    assert figures(run, 80) == "step 0 of 30 · 7 B"
    run.fold([step(1, 3.0), step(1, 3.0, dev_loss=3.5) | {"loss": None}, step(2, 2.0)])
    assert marks(run) == "✓load ●train ○convert"
    assert (run.losses, run.dev_losses) == ([(1, 3.0), (2, 2.0)], [(1, 3.5)])
    assert run.seconds_left == pytest.approx(56)
    assert progress(run) == "7 %  56 s left"
    assert figures(run, 80) == (
        "step 2 of 30 · loss 2.000 · dev 3.500 · 1,840 tok/s · 9 B · rate 0.001"
    )
    assert figures(run, 30) == "step 2 of 30 · loss 2.000"
    run.fold([{"phase": "merging", "at": 200.0}, {"phase": "converting"}])
    assert marks(run) == "✓load ✓train ✓merge ●convert"
    assert run.seconds_left is None


def test_an_end_is_told_with_its_reason() -> None:
    run = RunState("train-1")
    run.fold([{"phase": "loading", "at": 102.0}])
    run.fold([step(number, dev_loss=3.0 - number) for number in (1, 2)])
    assert ending(run) == ""
    run.fold([{"phase": "done", "at": 163.0, "best_step": 2, "early": True}])
    run.state = "done"
    assert marks(run) == "✓load ✓train ○convert"
    assert ending(run) == (
        "train-1 is done · stopped early, since the dev loss fell no more · "
        "dev loss 2.000 → 1.000 after step 2 · 61 s"
    )
    run.state, run.reason = "failed", "the disk is full\x1b[2J"
    assert marks(run).startswith("✓load ✗train")
    assert ending(run) == "train-1 failed: the disk is full␛[2J"
    run.state = "interrupted"
    assert ending(run).startswith("train-1 was interrupted: the disk")


def test_steps_that_are_made_again_are_drawn_once_and_the_pause_is_not_timed() -> None:
    run = RunState("train-1")
    run.fold([{"phase": "loading", "at": 90.0}, *(step(number) for number in range(1, 8))])
    run.fold([{"phase": "cancelled", "at": 120.0, "step": 7}])
    run.fold([{"phase": "loading", "at": 9000.0, "step": 5}])
    assert run.phases == ["loading"]
    run.fold([{"phase": "training", "at": 9001.0, "step": 5, "resumed": 5}])
    assert run.losses[-1][0] == 5
    assert run.phases == ["loading", "training"]
    assert run.seconds_left is None
    run.fold([step(6, at=9002.0), step(7, at=9004.0)])
    assert [number for number, _ in run.losses] == [1, 2, 3, 4, 5, 6, 7]
    assert run.seconds_left == pytest.approx(46)


def test_events_that_were_edited_by_hand_do_no_harm() -> None:
    run = RunState("train-1")
    run.fold([
        {}, {"phase": 3}, {"phase": "training", "step": "one", "loss": "low", "at": None},
        {"phase": "training", "loss": float("nan"), "dev_loss": True, "memory": []},
        step(4, steps=0),
    ])  # fmt: skip
    assert (run.losses, run.dev_losses, run.share) == ([(4, 1.0)], [], 0.0)


def test_another_run_is_shown_from_its_beginning() -> None:
    state = TrainingState(under_way="train-2")
    first = state.show("train-1")
    first.place = 99
    assert first.state == ""
    assert state.show("train-1") is first
    assert (state.show("train-2").state, state.show("train-2").place) == ("running", 0)


def test_the_reasons_are_told_as_far_as_there_is_room() -> None:
    rejected = {"too long": 31, "duplicate": 22, "refused by you": 19, "sealed": 0}
    found = {"accepted": 1612, "rejected": rejected}
    whole = "1,612 accepted · 72 rejected (31 too long, 22 duplicate, 19 refused by you)"
    assert learned(found, 80) == whole
    assert learned(found, 74) == "1,612 accepted · 72 rejected (31 too long, 22 duplicate, …)"
    assert learned(found, 20) == "1,612 accepted · 72 rejected"
    assert learned(None, 80) == "counting …"


def test_a_plan_is_told_as_far_as_there_is_room() -> None:
    told = "33 steps · about 26 min · 805 MB of 4 GB free · 41,230 tokens · LoRA r16"
    assert planned(PLAN, {}, 100) == told
    assert planned(PLAN, {}, 30) == "33 steps · about 26 min"
    assert planned({**PLAN, "minutes": None}, {}, 30) == "33 steps · time unknown"
    assert planned(None, {"max_steps": 9}, 80) == "max steps 9 · t says what a run takes, and asks"


@pytest.mark.parametrize(("seconds", "told"), [(4, "4 s"), (1560, "26 min"), (12600, "3.5 h")])
def test_times_are_told_as_a_person_does(seconds, told) -> None:
    assert lasting(seconds) == told


def row(source: str, **fields: Any) -> dict[str, Any]:
    blank = {"kind": "rated", "split": "train", "specialist": "personal", "reason": ""}
    return {"source": source, **blank, "question": "q?", "answer": "a.", "earlier": 0, **fields}


def test_examples_are_found_by_all_words_and_keep_their_places() -> None:
    rows = [row("message:2", answer="Rex barks"), row("message:4", split="", reason="secret")]
    assert matching(rows, "REX mess") == rows[:1]
    assert matching(rows, "secret") == rows[1:]
    assert in_the_order_of(rows, [row("message:9"), rows[1], rows[0]]) == [*rows, row("message:9")]
    assert cells(rows[1])[0] == "secret          rated       "
    assert cells(row("message:2", question="", answer=""))[1] == "message:2"


def test_an_example_is_told_with_what_it_is_for() -> None:
    said = dict(details(row("message:2", split="sealed", specialist="coder", earlier=3)))
    assert said[""] == "message:2 · rated · sealed · coder"
    assert "never trained on" in said["sealed"]
    assert said["after"] == "3 earlier turns"
    refused = dict(details(row("fact:1", split="", reason="refused by you", answer="\x07")))
    assert refused["rejected"] == "you do not want it to be learned"
    assert refused["to be said"] == "␇"


# --- versions


def version(number: int, parent: str = "", **fields: Any) -> dict[str, Any]:
    level = -3.0 + number / 10
    point = {"start": 1, "old": -2.0, "new": -1.9, "level": level}
    return {
        "name": f"soma-v{number}", "number": number, "specialist": "personal", "parent": parent,
        "base_name": "starter", "run": "", "created": 0.0, "decision": None, "problem": "",
        "serving": False, "measured": point, "retrain": False, "other_base": False, **fields,
    }  # fmt: skip


def test_a_lineage_goes_back_to_the_base_whatever_is_gone_or_goes_round() -> None:
    rows = [version(3, "soma-v2"), version(2, "soma-v1"), version(1)]
    assert lineage(rows, "soma-v3") == ["soma-v3", "soma-v2", "soma-v1", "starter"]
    assert lineage(rows[:1], "soma-v3") == ["soma-v3", "soma-v2"]
    round_ = [version(2, "soma-v1"), version(1, "soma-v2")]
    assert lineage(round_, "soma-v2") == ["soma-v2", "soma-v1", "starter"]


def test_a_trend_is_of_what_can_be_compared() -> None:
    other = {"start": 2, "old": -9.0, "new": -9.0, "level": -9.0}
    unknown = {"start": 1, "old": None, "new": None, "level": None}
    rows = [
        version(4, measured=unknown), version(3), version(2, measured=other), version(1),
        version(5, specialist="coder"), {"name": "soma-v6", "problem": "it is damaged"},
    ]  # fmt: skip
    old, new = trend(rows, "soma-v3")
    assert new == [(1, -2.9), (3, -2.7)]
    assert [(at, round(value, 9)) for at, value in old] == [(1, -3.0), (3, -2.8)]
    assert trend(rows, "soma-v6") == trend(rows, "soma-v9") == ((), ())


def test_a_version_is_put_into_cells_with_what_is_known() -> None:
    assert version_cells(version(1, serving=True))[2:] == ("serving", "+0.10", "−2.00 → −1.90")
    refused = version(1, measured=None, decision={"verdict": "refuse", "sentence": "No."})
    assert version_cells(refused)[2:] == ("refused", "", "")
    assert version_cells({"name": "x\x07", "problem": "cut off"}) == (
        "x␇",
        "",
        "unreadable",
        "",
        "",
    )
    assert version_told(refused | {"other_base": True}).startswith(
        "No. It was made for starter as it was"
    )
    assert version_told(version(1, retrain=True)) == (
        "It was not measured yet. Something that it was trained on is forgotten since: train "
        "again (t)."
    )


def test_differences_are_those_in_words_the_lost_ones_first() -> None:
    def item(
        old: float | None, new: float | None, text: str = "new", measure: str = "check"
    ) -> Any:
        texts = {"question": text, "old_text": "old", "new_text": text}
        return {"measure": measure, "old": old, "new": new, **texts}

    outcomes = [item(1, 1), item(0, 1), item(None, 1), item(1, 0), item(1, 0, "old"),
                item(0, 1, measure="likelihood")]  # fmt: skip
    found = differences({"outcomes": outcomes})
    assert [one.outcome for one in found] == ["lost", "won", "", ""]
    assert list(differences(None)) == []
