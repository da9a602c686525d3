"""`soma team`, `soma runs …` and `soma specialists …`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from agents import events
from agents.engine.engine import EngineOptions
from agents.events import TaskView
from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from soma_tui.commands.ask import Progress, message_text
from soma_tui.commands.team_arguments import SPECIALIST_SAMPLING
from soma_tui.team_rows import memory_line, tool_line
from store.errors import SomaError
from store.paths import Home

_MARKS = {
    "waiting": "○", "running": "●", "done": "✓", "failed": "✗", "cancelled": "✗", "blocked": "✗",
    "skipped": "–",
}  # fmt: skip
_COLUMNS = 60


def work(home: Home, arguments: argparse.Namespace) -> int:
    """Lets the team work; its tasks are told on standard error, the answer on standard output."""
    request = _request(arguments)
    result: Json = {}

    async def follow() -> None:
        stream = headless.replies(
            home,
            request,
            model=arguments.model,
            options=EngineOptions(context=arguments.context, threads=arguments.threads),
            listener=Progress().show,
        )
        async with aclosing(stream) as replies:
            async for reply in replies:
                if "result" in reply:
                    result.update(reply["result"])
                elif not arguments.json:
                    _tell(reply)

    headless.run(home, follow)
    print(json.dumps(result, ensure_ascii=False) if arguments.json else visible(result["answer"]))
    return 0


def _request(arguments: argparse.Namespace) -> Json:
    if (arguments.text is None) == (arguments.resume is None):
        raise SomaError('give a request, as in `soma team "text"`, or --resume and a run')
    if arguments.retry is not None and arguments.resume is None:
        raise SomaError("--retry goes with --resume and the run that the task is of")
    if arguments.resume is not None:
        return _going_on(arguments)
    request: Json = {"operation": "team", "text": message_text(arguments.text)}
    if arguments.specialists:
        names = [name.strip() for name in arguments.specialists.split(",")]
        request["specialists"] = [name for name in names if name]
    for name in ("graph", "tools", "max_tokens", "seed"):
        if getattr(arguments, name) is not None:
            request[name] = getattr(arguments, name)
    return request


def _going_on(arguments: argparse.Namespace) -> Json:
    if arguments.retry is None:
        return {"operation": "team.resume", "run": arguments.resume}
    request: Json = {"operation": "team.retry", "run": arguments.resume, "task": arguments.retry}
    return request | ({"specialist": arguments.specialists} if arguments.specialists else {})


def _tell(reply: Json) -> None:
    """Says on standard error who was chosen and which task began or ended."""
    event = events.from_json(reply)
    if isinstance(event, events.RunStarted):
        chosen = ", ".join(event.route["specialists"])
        print(
            f"run {event.run} · {event.graph} · {chosen} ({_route(event.route)})", file=sys.stderr
        )
        print("".join(f"{note}\n" for note in _notes(event.route)), end="", file=sys.stderr)
    elif isinstance(event, events.TasksPlanned):
        print("\n".join(map(_task, event.tasks)), file=sys.stderr)
    elif isinstance(event, events.TaskChanged):
        print(_task(event.task), file=sys.stderr)
    elif isinstance(event, events.RunEnded) and event.consensus:
        print(_consensus(event.consensus), file=sys.stderr)


def runs(home: Home, arguments: argparse.Namespace) -> int:
    """Lists, shows or removes runs."""
    request: Json = {"operation": f"runs.{arguments.action}"}
    if arguments.action == "list":
        request["limit"] = arguments.limit
    else:
        request["run"] = arguments.number
    result = headless.result(home, request)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    elif arguments.action == "list":
        print("\n".join(map(_run_line, result)) or 'no runs yet; `soma team "text"` makes one')
    elif arguments.action == "show":
        print(_run(result))
    else:
        print(f"run {result['removed']} is deleted")
    return 0


def specialists(home: Home, arguments: argparse.Namespace) -> int:
    """Lists, shows, adds, edits or removes specialists."""
    request: Json = {"operation": f"specialists.{arguments.action}"}
    if arguments.action != "list":
        request["name"] = arguments.name
    if arguments.action == "edit":
        request["changes"] = _changes(home, arguments)
        if not request["changes"]:
            raise SomaError("nothing was changed; name what to change, such as --role or --prompt")
    elif arguments.action == "add":
        request["changes"] = _changes(home, arguments)
    elif arguments.action == "remember":
        request["text"] = arguments.text
    elif arguments.action == "forget":
        request["note"] = arguments.note
    result = headless.result(home, request)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    elif arguments.action == "list":
        print("\n".join(map(_specialist_line, result)))
    elif arguments.action == "remove":
        done = "is off the team" if result["removed"] else "is as it came again"
        print(f"{visible(result['name'])} {done}")
    else:
        print(_specialist(result))
    return 0


def _changes(home: Home, arguments: argparse.Namespace) -> Json:
    prompt = sys.stdin.read() if arguments.prompt == "-" else arguments.prompt
    given = {"role": arguments.role, "prompt": prompt, "examples": arguments.example}
    given |= {"model": _model(arguments.model), "memory": arguments.memory}
    given["adapter"] = _model(arguments.adapter)
    if arguments.tools is not None:
        given["tools"] = [name.strip() for name in arguments.tools.split(",") if name.strip()]
    changes = {name: value for name, value in given.items() if value is not None}
    sampling = {name: getattr(arguments, name) for name in SPECIALIST_SAMPLING}
    added = {"sampling": {name: value for name, value in sampling.items() if value is not None}}
    added["traits"] = _traits(arguments.trait or ())
    if arguments.action == "edit" and any(added.values()):
        asked = {"operation": "specialists.show", "name": arguments.name}
        known = headless.result(home, asked)
        added = {name: {**known[name], **values} for name, values in added.items() if values}
    for name, values in added.items():
        if values:
            changes[name] = {key: value for key, value in values.items() if value is not None}
    return changes


def _traits(given: Iterable[str]) -> Json:
    """Traits with their values; None for one that is taken away."""
    traits: Json = {}
    for one in given:
        name, equals, value = one.partition("=")
        try:
            traits[name.strip()] = float(value) if value.strip() else None
        except ValueError:
            equals = ""
        if not equals:
            raise SomaError(f"a trait is given as humor=0.2 and not as {one!r}")
    return traits


def _model(given: str | None) -> str | None:
    """A model's name as it is, the path of a file in full."""
    path = Path(given or "").expanduser()
    return str(path.absolute()) if given and path.is_file() else given


# --- lines


def _task(task: Any) -> str:
    """A task in one line: of an event, or of a result."""
    one = task if isinstance(task, TaskView) else events.task_view(task)
    parts = [f"{_MARKS[one.state]} {one.id:<14} {one.specialist:<12} {one.state:<9}"]
    if one.tokens:
        parts.append(f"{one.tokens:,} tokens in {one.seconds:.1f} s")
    if one.confidence is not None and one.state == "done":
        parts.append(f"confidence {one.confidence:.2f}")
    if one.calls and one.state == "running":
        parts.append(f"used {tool_line(one.calls[-1])}")
    if one.depends_on and one.state == "waiting":
        parts.append(f"needs {', '.join(one.depends_on)}")
    if one.reason:
        parts.append(visible(one.reason))
    return visible("  ".join(parts).rstrip())


def _calls(task: Json) -> list[str]:
    """The tools that a task used, each in a line."""
    return [f"    used {tool_line(call)}" for call in events.task_view(task).calls]


def _route(route: Mapping[str, Any]) -> str:
    return visible(route["reason"])


def _notes(route: Mapping[str, Any]) -> list[str]:
    """What is to be said of how the team works, such as why one works alone."""
    return [visible(note) for note in route.get("notes", ())]


def _consensus(consensus: Mapping[str, Any]) -> str:
    votes = " against ".join(f"{len(vote['tasks'])}" for vote in consensus["votes"])
    return f"{consensus['outcome']}: {votes}, confidence {consensus['confidence']:.2f}"


def _run_line(run: Json) -> str:
    text = " ".join(visible(run["text"]).split())
    text = text if len(text) <= _COLUMNS else text[: _COLUMNS - 1] + "…"
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(run["created"]))
    return f"{run['id']:>5}  {when}  {run['graph']:<9} {run['state']:<11} {text}"


def _run(run: Json) -> str:
    chosen = ", ".join(run["route"]["specialists"])
    lines = [
        f"run {run['run']} · {run['graph']} · {run['state']} · {visible(run['model'])}",
        visible(run["text"]),
        "",
        f"{chosen} ({_route(run['route'])})",
        *_notes(run["route"]),
        *(f"recalled {memory_line(hit)}" for hit in events.hits(run["recalled"])),
        *(line for task in run["tasks"] for line in (_task(task), *_calls(task))),
    ]
    if run["consensus"]:
        lines += ["", _consensus(run["consensus"])]
        lines += [
            f"{one['specialist']} ({one['task']}) differs: {visible(one['text'])}"
            for one in run["consensus"]["dissent"]
        ]
    return "\n".join([*lines, "", visible(run["answer"] or run["reason"])]).rstrip()


def _specialist_line(one: Json) -> str:
    own = "" if one["built_in"] else "  yours"
    changed = "  changed" if one["changed"] else ""
    return f"{one['name']:<14} {visible(one['role'])}{own}{changed}"


def _specialist(one: Json) -> str:
    lines = [_specialist_line(one)]
    if one["prompt"]:
        lines += ["", visible(one["prompt"])]
    settings = [f"model {visible(one['model'])}"] if one["model"] else []
    settings += [f"{name} {value:g}" for name, value in one["sampling"].items()]
    settings += [f"{name} {value:g}" for name, value in one["traits"].items()]
    settings += [f"tools {' '.join(one['tools'])}"] if one["tools"] else []
    settings += [f"adapter {visible(one['adapter'])}"] if one["adapter"] else []
    settings += [f"told of its {one['memory']} memory alone"] if one["memory"] != "all" else []
    lines += ["", ", ".join(settings)] if settings else []
    notes = [f"note {note['id']}: {visible(note['text'])}" for note in one.get("notes", ())]
    lines += ["", *notes] if notes else []
    return "\n".join([*lines, *([""] if one["examples"] else []), *map(visible, one["examples"])])
