"""`soma train show`: one run, with what it learned from, its settings and its verdict."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from agents.operations import Json
from agents.text import visible
from soma_tui.commands import train_verdict
from soma_tui.figures import byte_count
from soma_tui.training_rows import lasting
from store.paths import Home
from training import jobs
from training.run_folder import step_of

ACTION = "show"


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Prints one run, the newest where none is named. Raises SomaError where its folder cannot be
    read."""
    found = shown(home, arguments.name)
    print(json.dumps(found, ensure_ascii=False) if arguments.json else "\n".join(_lines(found)))
    return 0


def shown(home: Home, name: str | None) -> Json:
    """Give where a run stands, and what it is: its settings, the counts of its examples, the steps
    of its checkpoints, seconds from its first event to its last, its verdict if it has one."""
    folder = jobs.find(home, name)
    times = [event["at"] for event in folder.events()[0] if type(event.get("at")) in (int, float)]
    manifest = folder.manifest()
    return {
        **asdict(jobs.view(home, folder)),
        "path": str(folder.path),
        "settings": folder.settings().as_json(),
        "examples": {"hash": manifest.get("hash"), "counts": manifest.get("counts")},
        "checkpoints": [step_of(path) for path in folder.checkpoints()],
        "seconds": max(0.0, times[-1] - times[0]) if times else None,
        "verdict": train_verdict.known(home).get(folder.name),
    }


def _lines(told: Json) -> Iterator[str]:
    settings = told["settings"]
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(told["created"]))
    yield f"{told['name']}  {told['state']}  begun {when}"
    if told["reason"]:
        yield f"  {visible(told['reason'])}"
    base = Path(settings["base"]).name
    yield f"  for        {visible(settings['specialist'])}, on {visible(base)}"
    yield f"  examples   {', '.join(_kinds(told['examples']['counts'])) or 'unknown'}"
    rate = f"highest rate {settings['rate']:g}, seed {settings['seed']}"
    rows = f"{settings['batch']} rows of {settings['longest']:,} tokens"
    yield f"  settings   LoRA of rank {settings['rank']}, {rows} a step, {rate}"
    yield f"  steps      {told['step']:,} of {told['steps']:,}"
    if told["loss"] is not None:
        yield f"  loss       {told['loss']:.4f}"
    if told["dev_loss"] is not None:
        yield f"  dev loss   {told['first_dev_loss']:.4f} → {told['dev_loss']:.4f}"
    took = [
        f"{lasting(told['seconds'])}" if told["seconds"] is not None else "",
        f"{told['tokens_per_s']:,.0f} tokens/s" if told["tokens_per_s"] is not None else "",
        f"{byte_count(told['memory'])} at most" if told["memory"] is not None else "",
    ]
    yield f"  took       {', '.join(filter(None, took)) or 'unknown'}"
    kept = ", ".join(f"step {step:,}" for step in told["checkpoints"])
    if kept:
        yield f"  kept       checkpoints of {kept}"
    yield f"  folder     {visible(told['path'])}"
    if told["verdict"] is not None:
        yield f"  verdict    {train_verdict.line(told['verdict'])}"
    elif told["state"] == "done":
        yield f"  verdict    none yet; `soma train decide {told['name']}` gives it"


def _kinds(counts: Json | None) -> Iterator[str]:
    """How many examples of which kind a manifest names, as far as it is whole."""
    kinds = counts.get("kinds") if isinstance(counts, dict) else None
    for kind, number in (kinds if isinstance(kinds, dict) else {}).items():
        if type(number) is int and number:
            yield f"{number:,} {visible(kind)}"
