"""Whether several specialists answer better than one alone, or one that is sampled several times.

Usage: python scripts/bench/consensus.py [--model FILE] [--tasks N] [--threads N] [--keep]

Generated tasks of five kinds (sums, sums told in words, dates and facts that stand in the request,
words to be repeated), each with an exact check. Every specialist answers N/2 of each kind alone, by
which the best one is chosen; on N others the same is asked of

- a consensus of all three (`several`: drafts, vote, synthesis where they differ), as `soma team
  --graph consensus` does it,
- the best one alone (`one`),
- the best one again and again, until it has written as many tokens as the consensus, with a vote
  over what it said (`sampled`).

Tools are off. Gains are paired; intervals hold 95 % of 10,000 resamplings of tasks of each kind.
With --keep the figures of the starter go to where the product reads them, which prefers one
specialist where several are not better.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

from agents.consensus import Draft, vote
from agents.models import STARTER
from agents.runtime import Runtime
from agents.team import RunOptions
from scripts.bench._checked_tasks import Checked, checked_tasks
from scripts.bench._common import report, say
from scripts.bench._team_asked import asked, keep, opened, with_interval
from store.runs import StoredRun

TEAM = ("personal", "coder", "researcher")
MOST_TOKENS = 64
MOST_SAMPLES = 24
KEPT = 1000
"""Added to the seed of a sample, so that no two runs draw alike."""


def tokens_of(run: StoredRun) -> int:
    """What all tasks of a run have written."""
    return sum(result.tokens for result in run.results.values())


async def alone(runtime: Runtime, who: str, task: Checked, seed: int) -> StoredRun:
    """One specialist's run on a task."""
    options = RunOptions("single", (who,), MOST_TOKENS, seed, tools=False)
    return await asked(runtime, task.text, options)


async def sampled(
    runtime: Runtime, who: str, task: Checked, seed: int, budget: int
) -> tuple[str, int]:
    """What one specialist says most often within so many tokens, and the tokens it wrote."""
    drafts: list[Draft] = []
    written = 0
    while (written < budget or not drafts) and len(drafts) < MOST_SAMPLES:
        run = await alone(runtime, who, task, seed + KEPT * (1 + len(drafts)))
        (result,) = run.results.values()
        written += result.tokens
        drafts.append(Draft(str(len(drafts)), who, result.text, result.confidence))
    winner = await asyncio.to_thread(vote, drafts, 0, runtime.recall.recall.embed)
    return winner.winner.text, written


async def best_of(runtime: Runtime, tasks: list[Checked]) -> tuple[str, dict[str, float]]:
    """The specialist that is right most often alone, and how often each is."""
    right: dict[str, float] = {}
    for who in TEAM:
        answers = [(await alone(runtime, who, t, n)).answer for n, t in enumerate(tasks)]
        checked = [task.is_right(one) for task, one in zip(tasks, answers, strict=True)]
        right[who] = round(sum(checked) / len(tasks), 3)
    return max(right, key=right.__getitem__), right


async def measure(model: Path | None, each: int, threads: int | None) -> dict[str, Any]:
    """Shares of right answers of each way, their paired differences, and what they cost."""
    tasks = checked_tasks(each, 5)
    right: dict[str, list[float]] = defaultdict(list)
    tokens: dict[str, list[int]] = defaultdict(list)
    outcomes: dict[str, int] = defaultdict(int)
    async with opened(model, threads) as runtime:
        say("choosing the best one")
        best, chosen_by = await best_of(runtime, checked_tasks(max(1, each // 2), 4))
        for number, task in enumerate(tasks):
            options = RunOptions("consensus", TEAM, MOST_TOKENS, number, tools=False)
            run = await asked(runtime, task.text, options)
            outcomes[run.consensus.get("outcome", run.reason)] += 1
            one = await alone(runtime, best, task, number)
            again, written = await sampled(runtime, best, task, number, tokens_of(run))
            answers = {"several": run.answer, "one": one.answer, "sampled": again}
            for way, answer in answers.items():
                right[way].append(float(task.is_right(answer)))
            tokens["several"].append(tokens_of(run))
            tokens["one"].append(tokens_of(one))
            tokens["sampled"].append(written)
            if number % 25 == 24:
                say(f"{number + 1} of {len(tasks)}")
        embedder = runtime.recall.recall.embed(["a"]) is not None
    kinds = [task.kind for task in tasks]
    gains = {
        f"gain_over_{other}": [a - b for a, b in zip(right["several"], right[other], strict=True)]
        for other in ("one", "sampled")
    }
    return {
        "best_one": {"specialist": best, "right_alone": chosen_by},
        **{way: with_interval(values, kinds) for way, values in right.items()},
        **{name: with_interval(values, kinds) for name, values in gains.items()},
        "by_kind": {
            way: {
                kind: round(
                    sum(v for v, k in zip(values, kinds, strict=True) if k == kind) / each, 3
                )
                for kind in dict.fromkeys(kinds)
            }
            for way, values in right.items()
        },
        "tokens_a_task": {way: round(sum(n) / len(n), 1) for way, n in tokens.items()},
        "outcomes": dict(outcomes),
        "compared_by_meaning": embedder,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, help="a GGUF file; without it, the starter")
    parser.add_argument("--tasks", type=int, default=40, help="tasks of each kind")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--keep", action="store_true", help="let the product go by the figures")
    arguments = parser.parse_args()
    figures = asyncio.run(measure(arguments.model, arguments.tasks, arguments.threads))
    if arguments.keep and arguments.model is None:
        keep(
            "consensus",
            {
                "several": figures["several"]["mean"],
                "one": figures["one"]["mean"],
                "gain": figures["gain_over_one"]["interval_95"],
                "of": figures["gain_over_one"]["of"],
            },
        )
    report("consensus", model=arguments.model.name if arguments.model else STARTER, **figures)


if __name__ == "__main__":
    main()
