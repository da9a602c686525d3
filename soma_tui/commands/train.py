"""`soma train …`: what a run would take, a run, what became of those before, and the examples."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from soma_tui.commands import train_auto, train_examples, train_show, train_verdict
from soma_tui.commands.train_arguments import AUTO_OPTIONS
from soma_tui.training_rows import plan_lines
from store.errors import SomaError
from store.paths import Home
from training import jobs
from training.jobs import RunView
from training.run_folder import RunFolder

_OPTIONS = (
    "specialist", "max_steps", "epochs", "batch", "longest", "rate", "seed", "quantise",
    "replay",
)  # fmt: skip
FAILED = 1


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Does what `action` asks for; 1 where a run that was followed did not end well."""
    home.create()
    given = [name for name in (*_OPTIONS, "base") if getattr(arguments, name) is not None]
    if arguments.action == train_auto.ACTION:
        return train_auto.run(home, arguments, given)
    if unfit := [name for name in AUTO_OPTIONS if getattr(arguments, name) is not None]:
        raise SomaError(f"--{unfit[0]} is for `soma train auto`")
    if arguments.action in train_examples.ACTIONS:
        return train_examples.run(home, arguments, given)
    if arguments.action != "start" and (given or arguments.plan):
        option = f"--{(given or ['plan'])[0].replace('_', '-')}"
        raise SomaError(f"{option} is for a new run; a run keeps the settings that it began with")
    if arguments.action in ("start", "list") and arguments.name is not None:
        raise SomaError(
            f"{arguments.action} takes no run; name one with show, follow, pause, cancel or resume"
        )
    return _ACTIONS[arguments.action](home, arguments)


def _start(home: Home, arguments: argparse.Namespace) -> int:
    request: Json = {name: getattr(arguments, name) for name in _OPTIONS}
    if arguments.base is not None:
        # Whoever performs it may have another current folder.
        folder = Path(arguments.base).expanduser()
        request["base"] = str(folder.absolute()) if folder.exists() else arguments.base
    if arguments.plan:
        plan = headless.result(home, {"operation": "train.plan", **request})
        print(
            json.dumps(plan, ensure_ascii=False) if arguments.json else "\n".join(plan_lines(plan))
        )
        return 0
    return _begun(home, arguments, {"operation": "train.start", **request})


def _resume(home: Home, arguments: argparse.Namespace) -> int:
    name = jobs.find(home, arguments.name).name
    return _begun(home, arguments, {"operation": "train.resume", "run": name})


def _begun(home: Home, arguments: argparse.Namespace, request: Json) -> int:
    begun = headless.result(home, request)
    name = begun["name"]
    if arguments.follow:
        return _followed(home, jobs.find(home, name), as_json=arguments.json)
    if arguments.json:
        print(json.dumps(begun, ensure_ascii=False))
    else:
        does = "waits for its turn" if begun["state"] == "queued" else "has begun"
        print(f"{name} {does} and goes on by itself; `soma train follow {name}` shows it")
    return 0


def _follow(home: Home, arguments: argparse.Namespace) -> int:
    return _followed(home, jobs.find(home, arguments.name), as_json=arguments.json)


def _followed(home: Home, folder: RunFolder, *, as_json: bool) -> int:
    for event in jobs.follow(home, folder):
        line = json.dumps(event, ensure_ascii=False) if as_json else _event(event)
        if line:
            print(line, flush=True)
    view = jobs.view(home, folder)
    if not as_json:
        print(_end(view), flush=True)
    verdict, why = (None, "")
    if view.state == "done":
        verdict, why = train_verdict.verdict_of(home, folder.name)
    if as_json:
        print(json.dumps({**asdict(view), "verdict": verdict}, ensure_ascii=False))
    elif verdict is not None:
        print(train_verdict.line(verdict))
    if why:
        print(f"soma: {folder.name} has no verdict: {visible(why)}", file=sys.stderr)
    return 0 if view.state in ("done", "running") else FAILED


def _stop(home: Home, arguments: argparse.Namespace) -> int:
    named = jobs.find(home, arguments.name).name if arguments.name else None
    folder = {"cancel": jobs.cancel, "pause": jobs.pause}[arguments.action](home, named)
    for _ in jobs.follow(home, folder):
        pass
    view = jobs.view(home, folder)
    print(json.dumps(asdict(view), ensure_ascii=False) if arguments.json else _end(view))
    return 0


def _list(home: Home, arguments: argparse.Namespace) -> int:
    views = [jobs.view(home, folder) for folder in jobs.runs(home)]
    verdicts = train_verdict.known(home)
    if arguments.json:
        rows = [{**asdict(view), "verdict": verdicts.get(view.name)} for view in views]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        lines = (_line(view, verdicts.get(view.name)) for view in views)
        print("\n".join(lines) or "no training runs yet; `soma train` begins one")
    return 0


_ACTIONS = {
    "start": _start, "list": _list, "follow": _follow, "cancel": _stop, "pause": _stop,
    "resume": _resume,
    train_show.ACTION: train_show.run,
    train_verdict.ACTION: train_verdict.run,
}  # fmt: skip


# --- lines


def _event(event: Json) -> str:
    """An event in one line, "" for one that only the program wants, or that is not whole."""
    if event["phase"] == "queued":
        return "waits for its turn"
    try:
        where = f"{event['step']:,} of {event['steps']:,}"
        if "dev_loss" in event:
            return f"{where}  dev loss {event['dev_loss']:.4f}"
        if "loss" in event:
            return (
                f"{where}  loss {event['loss']:.4f}  rate {event['rate']:.2g}  "
                f"{event['tokens_per_s']:,.0f} tokens/s"
            )
    except (KeyError, TypeError, ValueError):
        return ""
    if "out_of_memory" in event:
        rows = f"{event.get('at_once', 1)} at once"
        again = ", activations computed again" if event.get("checkpointing") else ""
        return f"{where}  memory ran out; goes on with rows {visible(rows)}{again}"
    if "resumed" in event:
        return f"{where}  goes on"
    return "" if event["phase"] in (*jobs.ENDS, "training") else visible(event["phase"])


def _end(view: RunView) -> str:
    if view.adapter:
        return f"{view.name} is done: {visible(view.adapter)}"
    return f"{view.name} {view.state}: {visible(view.reason)}".rstrip(": ")


def _line(view: RunView, verdict: Json | None) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(view.created))
    step = f"{view.step}/{view.steps}"
    losses = f"loss {view.loss:.3f}" if view.loss is not None else ""
    if view.dev_loss is not None and view.first_dev_loss is not None:
        losses += f"  dev {view.first_dev_loss:.3f} → {view.dev_loss:.3f}"
    told = train_verdict.short(verdict, view.state) or visible(view.reason)
    return f"{view.name:<10} {when}  {view.state:<11} {step:>9}  {losses}  {told}".rstrip()
