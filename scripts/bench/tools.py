"""Whether tools make a model's answers better: sums with the calculator offered, and without.

Usage: python scripts/bench/tools.py [--model FILE] [--tasks N] [--threads N] [--keep]

Each of N sums in figures and N in stories is asked of the researcher alone, as `soma team` does it,
with its tools and without, by the same seed. `calls` counts how many tasks used a tool, how many
of these calls failed, and how many gave the right number. Intervals hold 95 % of 10,000 paired
resamplings of tasks. With --keep the figures of the starter go to where the product reads them.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

from agents.models import STARTER
from agents.team import RunOptions
from scripts.bench._checked_tasks import checked_tasks, stories, sums
from scripts.bench._common import report, say
from scripts.bench._team_asked import asked, keep, opened, with_interval


async def measure(model: Path | None, each: int, threads: int | None) -> dict[str, Any]:
    """Shares of right answers with tools and without, and what became of the calls."""
    tasks = checked_tasks(each, 11, (sums, stories))
    right: dict[bool, list[float]] = {True: [], False: []}
    used = failed = fitting = tokens = 0
    async with opened(model, threads) as runtime:
        for number, task in enumerate(tasks):
            for tools in (True, False):
                options = RunOptions("single", ("researcher",), 64, number, tools=tools)
                run = await asked(runtime, task.text, options)
                right[tools].append(float(task.is_right(run.answer)))
                for result in run.results.values():
                    tokens += result.tokens if tools else -result.tokens
                    used += bool(result.calls)
                    failed += sum(call.failed for call in result.calls)
                    fitting += any(
                        task.is_right(call.result) for call in result.calls if not call.failed
                    )
            if number % 20 == 19:
                say(f"{number + 1} of {len(tasks)}")
    kinds = [task.kind for task in tasks]
    paired = [one - other for one, other in zip(right[True], right[False], strict=True)]
    return {
        "with_tools": with_interval(right[True], kinds),
        "without_tools": with_interval(right[False], kinds),
        "gain": with_interval(paired, kinds),
        "calls": {"tasks": used, "failed": failed, "right": fitting, "of": len(tasks)},
        "more_tokens_a_task": round(tokens / len(tasks), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, help="a GGUF file; without it, the starter")
    parser.add_argument("--tasks", type=int, default=50, help="tasks of each kind")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--keep", action="store_true", help="let the product go by the figures")
    arguments = parser.parse_args()
    figures = asyncio.run(measure(arguments.model, arguments.tasks, arguments.threads))
    if arguments.keep and arguments.model is None:
        keep(
            "tools",
            {
                "with": figures["with_tools"]["mean"],
                "without": figures["without_tools"]["mean"],
                "gain": figures["gain"]["interval_95"],
                "of": figures["gain"]["of"],
            },
        )
    report("tools", model=arguments.model.name if arguments.model else STARTER, **figures)


if __name__ == "__main__":
    main()
