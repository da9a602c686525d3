"""The arguments of the sub-commands on the team: work on a request, runs, specialists."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

_Parsers = Any
Lazily = Callable[[str, str], Callable[..., int]]
GRAPHS = ("single", "parallel", "consensus", "chain", "planned")
"""`agents.graph_kinds.KINDS`, named here so that `soma --help` need not import it."""
SPECIALIST_SAMPLING = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty")


def add_to(
    parsers: _Parsers,
    lazily: Lazily,
    add_model_options: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds the sub-commands to `parsers`; `lazily` gives the function that runs one."""
    team = parsers.add_parser("team", help="let several specialists work on something at once")
    team.add_argument("text", nargs="?", help="the request; - reads it from standard input")
    team.add_argument("--resume", type=int, metavar="RUN", help="go on with a run that was stopped")
    team.add_argument(
        "--retry",
        metavar="TASK",
        help="with --resume: do a task of the run again, and what needs it",
    )
    team.add_argument("--graph", choices=GRAPHS, help="how they work together")
    team.add_argument("--specialists", metavar="A,B", help="who, instead of whom the router takes")
    tools = team.add_mutually_exclusive_group()
    tools.add_argument(
        "--tools", action="store_const", const=True, help="let specialists use their tools"
    )
    tools.add_argument(
        "--no-tools", dest="tools", action="store_const", const=False, help="let them use none"
    )
    team.add_argument("--max-tokens", type=int, metavar="N", help="longest text of a task")
    team.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same draw")
    team.add_argument("--json", action="store_true", help="print one JSON object at the end")
    add_model_options(team)
    team.set_defaults(run=lazily("team", "work"))
    _add_runs(parsers, lazily)
    _add_specialists(parsers, lazily)


def _add_runs(parsers: _Parsers, lazily: Lazily) -> None:
    group = parsers.add_parser("runs", help="what the team worked on: list, show, remove")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    list_ = actions.add_parser("list", help="the newest runs")
    list_.add_argument("--limit", type=int, metavar="N", help="most runs (50)")
    show = actions.add_parser("show", help="one run: tasks, votes, dissent, answer")
    remove = actions.add_parser("remove", help="delete a run")
    for parser in (show, remove):
        parser.add_argument("number", type=int, metavar="RUN")
    for parser in (list_, show, remove):
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.set_defaults(run=lazily("team", "runs"))


def _add_specialists(parsers: _Parsers, lazily: Lazily) -> None:
    group = parsers.add_parser("specialists", help="who is on the team: list, show, add, edit")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    list_ = actions.add_parser("list", help="everybody")
    show = actions.add_parser("show", help="one of them, with prompt and examples")
    add = actions.add_parser("add", help="add one")
    edit = actions.add_parser("edit", help="change one; what is not named stays")
    remove = actions.add_parser("remove", help="remove one; a built-in one is put back")
    remember = actions.add_parser("remember", help="let one of them alone keep something in mind")
    forget = actions.add_parser("forget", help="take a note of one of them out")
    for parser in (show, add, edit, remove, remember, forget):
        parser.add_argument("name", metavar="NAME")
    remember.add_argument("text", metavar="TEXT")
    forget.add_argument("note", type=int, metavar="NOTE", help="its number, as `show` lists it")
    for parser in (add, edit):
        parser.add_argument("--role", metavar="TEXT", help="what it is for")
        parser.add_argument("--prompt", metavar="TEXT", help="what it is told; - reads it")
        parser.add_argument("--model", metavar="M", help='the model it wants; "" takes any')
        parser.add_argument(
            "--adapter", metavar="FILE", help='a LoRA adapter of its own; "" takes its version'
        )
        parser.add_argument(
            "--trait", action="append", metavar="NAME=VALUE",
            help="a trait of its own, from 0 to 1; may be repeated; NAME= takes it away",
        )  # fmt: skip
        parser.add_argument(
            "--memory", choices=("all", "shared", "own"), help="what it is told of what is known"
        )
        parser.add_argument(
            "--example", action="append", metavar="TEXT",
            help="a request that is for it; may be repeated, and takes the place of those there",
        )  # fmt: skip
        parser.add_argument(
            "--tools", metavar="A,B", help='what it may use: calculator, time, recall, passage; ""'
        )
        for name in SPECIALIST_SAMPLING:
            kind = int if name == "top_k" else float
            parser.add_argument(f"--{name.replace('_', '-')}", dest=name, type=kind, metavar="X")
    for parser in (list_, show, add, edit, remove, remember, forget):
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.set_defaults(run=lazily("team", "specialists"))
