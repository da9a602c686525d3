"""The whole loop, measured: a made-up person's weeks, a real run to a verdict, and four arms.

Usage: python -m scripts.bench.loop [--seed N] [--conversations N] [--each N] [--keep FOLDER]

With --keep, what was done is left in FOLDER: the homes, `story.json`, and an `arm-….json` for each
arm. What is there is not done again, so remove a file to have its part done anew.

A person holds 200 conversations with the starter, rates and corrects its answers, and so teaches
twelve behaviours and forty facts. `soma train` then runs to its verdict. Four arms answer
unseen questions greedily, through the product: the base in an empty home; memory only, in the
person's home with all twelve behaviours as standing instructions; the version only, in an empty
home; and both. A behaviour that shows where it does not belong is a failure. Shares come with
95 % intervals by resampling behaviours; arms are compared pair by pair, with behaviours flipped as
a whole. Facts are asked for by their value.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.answering import AnswerOptions
from agents.engine.engine import EngineOptions
from agents.events import AnswerFailed, AnswerFinished
from agents.models import STARTER_SAMPLING
from agents.operations import perform
from agents.runtime import Runtime
from scripts.bench._common import report, say
from soma_tui.composition import make_runtime
from store.errors import SomaError
from store.paths import Home
from store.versions import Versions
from training import jobs
from training.deciding import Deciding, Verdict
from training.demo.behaviours import BEHAVIOURS
from training.demo.facts import FACTS, Told
from training.demo.living import live
from training.demo.person import CONVERSATIONS, Person, Trial
from training.paired import interval, p_better
from training.run_folder import RunFolder

GREEDY = AnswerOptions(sampling=replace(STARTER_SAMPLING, temperature=0.0), max_tokens=64)
LIVED = AnswerOptions(max_tokens=64)
ARMS = ("base", "memory only", "version only", "both")
PERSONAL_FIGURES = (
    "measure", "items", "clusters", "old", "new", "difference", "interval", "p",
)  # fmt: skip


async def opened(home: Home, threads: int | None) -> Runtime:
    """A runtime on a home, with the starter."""
    home.create()
    runtime = make_runtime(home, None, EngineOptions(threads=threads))
    await runtime.open_store()
    await runtime.load_model()
    return runtime


async def asked(runtime: Runtime, text: str) -> str:
    """The greedy answer in a conversation of its own, which is deleted after it."""
    answer, conversation = "", None
    async for event in runtime.answer(text, None, GREEDY):
        if isinstance(event, AnswerFinished):
            answer, conversation = event.text, event.conversation
        elif isinstance(event, AnswerFailed):
            conversation = event.conversation
    if conversation is not None:
        await runtime.delete(conversation, now=True)
    return answer


async def lived(home: Home, person: Person, arguments: argparse.Namespace) -> dict[str, Any]:
    """The person's weeks, the run and its verdict."""
    shutil.rmtree(home.root, ignore_errors=True)
    runtime = await opened(home, arguments.threads)
    try:
        started = time.perf_counter()
        right = 0
        for number, talk in enumerate(person.talks(arguments.conversations), 1):
            right += (await live(runtime, talk, LIVED)).right
            if number % 50 == 0:
                say(f"{number} conversations, {right} answers right")
        talked_s = time.perf_counter() - started
        started = time.perf_counter()
        run = await trained(runtime)
        trained_s = time.perf_counter() - started
        started = time.perf_counter()
        verdict = await Deciding(runtime).decide(run)
        decided_s = time.perf_counter() - started
    finally:
        await runtime.close()
    say(f"{verdict.version.name}: {verdict.decision.sentence}")
    where = jobs.view(home, run)
    return {
        "conversations": arguments.conversations,
        "answers_right_at_first": right,
        "talked_s": talked_s,
        "trained_s": trained_s,
        "decided_s": decided_s,
        "minutes_to_verdict": (trained_s + decided_s) / 60,
        "run": {"steps": where.step, "of": where.steps, "tokens_per_s": where.tokens_per_s,
                "first_dev_loss": where.first_dev_loss, "dev_loss": where.dev_loss},
        "verdict": told(verdict),
    }  # fmt: skip


async def trained(runtime: Runtime) -> RunFolder:
    """A run as `soma train` begins it, waited for."""
    name = ""
    async for reply in perform(runtime, {"operation": "train.start"}):
        name = reply["result"]["name"]
    run = jobs.find(runtime.home, name)
    for event in await asyncio.to_thread(lambda: list(jobs.follow(runtime.home, run))):
        if "dev_loss" in event:
            say(f"step {event['step']} of {event['steps']}: dev loss {event['dev_loss']:.3f}")
    return run


def told(verdict: Verdict) -> dict[str, Any]:
    """A verdict without its single items."""
    decision = verdict.decision
    return {
        "version": verdict.version.name,
        "verdict": decision.verdict,
        "sentence": decision.sentence,
        "deployed": verdict.deployed,
        "personal": decision.personal and {
            name: getattr(decision.personal, name)
            for name in PERSONAL_FIGURES
        },
        "canaries": {
            found.group: [found.old, found.new, found.holds] for found in decision.findings
        },
        "guards": {guard.name: [guard.value, guard.holds] for guard in decision.guards},
    }  # fmt: skip


async def arm(
    home: Home, name: str, trials: Sequence[Trial], facts: Sequence[Told], threads: int | None
) -> dict[str, Any]:
    """What one arm answers, on a home that is prepared for it."""
    runtime = await opened(home, threads)
    try:
        behaviours = [await asked(runtime, trial.question.text) for trial in trials]
        known = [await asked(runtime, fact.question) for fact in facts]
    finally:
        await runtime.close()
    say(f"{name}: {sum(held(trials, behaviours))} of {len(trials)} behaviours")
    return {"behaviours": behaviours, "facts": known}


def held(trials: Sequence[Trial], answers: Sequence[str]) -> list[bool]:
    """Which answers are as the behaviour of their trial wants them."""
    return [
        trial.behaviour.holds(trial.question.kind, answer)
        for trial, answer in zip(trials, answers, strict=True)
    ]


async def prepared(root: Path, name: str, source: Home, version: str) -> Home:
    """The home of an arm: the person's or an empty one, with the version serving or none."""
    home = Home(root / name.replace(" ", "-"))
    shutil.rmtree(home.root, ignore_errors=True)
    if name in ("memory only", "both"):
        shutil.copytree(source.root, home.root, ignore=shutil.ignore_patterns("versions", "runs"))
        runtime = make_runtime(home)
        await runtime.open_store()
        try:
            for behaviour in BEHAVIOURS:
                request = {"operation": "profile.set", "attribute": "instruction",
                           "value": behaviour.instruction}  # fmt: skip
                async for _ in perform(runtime, request):
                    pass
        finally:
            await runtime.close()
    home.create()
    if name in ("version only", "both"):
        shutil.copytree(source.versions / version, home.versions / version)
        Versions(home.versions).deploy(version)
    return home


def share(trials: Sequence[Trial], right: Sequence[bool]) -> dict[str, Any]:
    """A share with its interval, clustered by behaviour, and the share of each behaviour."""
    each: dict[str, list[bool]] = {}
    for trial, one in zip(trials, right, strict=True):
        each.setdefault(trial.behaviour.name, []).append(one)
    pairs = [(trial.behaviour.name, float(r)) for trial, r in zip(trials, right, strict=True)]
    return {
        "n": len(right),
        "share": sum(right) / len(right),
        "interval": interval(pairs),
        "each": {name: [sum(found), len(found)] for name, found in each.items()},
    }


def compared(
    clusters: Sequence[str], new: Sequence[bool], old: Sequence[bool]
) -> dict[str, Any]:  # fmt: skip
    """New minus old, item by item."""
    pairs = [(name, float(a) - float(b)) for name, a, b in zip(clusters, new, old, strict=True)]
    return {
        "difference": sum(value for _, value in pairs) / len(pairs),
        "interval": interval(pairs),
        "p": p_better(pairs),
    }


async def once(file: Path, make: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """What a part of the measure found, from its file where it was done before."""
    if not file.exists():
        found = await make()
        file.write_text(json.dumps(found))
    content: dict[str, Any] = json.loads(file.read_text())
    return content


async def measured(root: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """The story and its four arms."""
    person, source = Person(arguments.seed), Home(root / "person")
    story = await once(root / "story.json", lambda: lived(source, person, arguments))
    trials = person.trials(arguments.each)
    answers = {}
    for name in ARMS:

        async def answered(name: str = name) -> dict[str, Any]:
            home = await prepared(root, name, source, story["verdict"]["version"])
            return await arm(home, name, trials, FACTS, arguments.threads)

        answers[name] = await once(root / f"arm-{name.replace(' ', '-')}.json", answered)
    right = {name: held(trials, answers[name]["behaviours"]) for name in ARMS}
    known = {
        name: [f.holds(a) for f, a in zip(FACTS, answers[name]["facts"], strict=True)]
        for name in ARMS
    }
    clusters = [trial.behaviour.name for trial in trials]
    alone = [fact.value for fact in FACTS]
    return {
        **story,
        "arms": {
            name: {
                "behaviours": share(trials, right[name]),
                "facts": [sum(known[name]), len(FACTS)],
            }
            for name in ARMS
        },
        "comparisons": {
            "version only over base": compared(clusters, right["version only"], right["base"]),
            "both over memory only": compared(clusters, right["both"], right["memory only"]),
            "facts, both over memory only": compared(alone, known["both"], known["memory only"]),
        },
        "answers": {
            name: [
                [trial.question.text, answer]
                for trial, answer in zip(trials, answers[name]["behaviours"], strict=True)
            ][:: arguments.every]
            for name in ARMS
        },
    }


def main() -> None:
    """Runs the story and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--each", type=int, default=8, help="questions a behaviour")
    parser.add_argument("--every", type=int, default=12, help="show every so manieth answer")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--keep", type=Path, help="a folder that all is left in")
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="soma-loop-") as scratch:
            found = asyncio.run(measured(arguments.keep or Path(scratch), arguments))
    except SomaError as error:
        raise SystemExit(f"loop.py: {error}") from error
    report("loop", **found)


if __name__ == "__main__":
    main()
