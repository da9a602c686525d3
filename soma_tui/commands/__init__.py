"""The sub-commands of `soma`: their arguments, and which module runs each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any

AddOptions = Callable[[argparse.ArgumentParser], None]
_Parsers = Any


def add_to(parsers: _Parsers, add_model_options: AddOptions) -> None:
    """Adds every sub-command to `parsers`; its module is imported when it runs."""
    _add_ask(parsers, add_model_options)
    _add_conversations(parsers)
    _add_models(parsers)
    setup = parsers.add_parser("setup", help="install the training tools")
    setup.add_argument("what", choices=["training"], help="what to install")
    setup.add_argument("--yes", action="store_true", help="do not ask before downloading")
    setup.set_defaults(run=_lazily("setup", "run"))
    keys = parsers.add_parser("keys", help="every action with its keys, and how to change them")
    keys.add_argument("--json", action="store_true", help="print one JSON object")
    keys.set_defaults(run=_lazily("keys", "run"))
    doctor = parsers.add_parser("doctor", help="check versions, hardware, data directory, journal")
    doctor.add_argument(
        "--repair", action="store_true", help="save what can be read of a damaged journal"
    )
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.set_defaults(run=_lazily("doctor", "run"))


def _add_ask(parsers: _Parsers, add_model_options: AddOptions) -> None:
    ask = parsers.add_parser("ask", help="ask something; the answer streams to standard output")
    ask.add_argument("text", help="the message; - reads it from standard input")
    ask.add_argument("--conversation", type=int, metavar="ID", help="go on in a conversation")
    ask.add_argument("--json", action="store_true", help="print one JSON object at the end")
    add_model_options(ask)
    ask.add_argument("--max-tokens", type=int, metavar="N", help="longest answer in tokens")
    ask.add_argument("--stop", action="append", metavar="TEXT", help="end before this text")
    for name, kind, meaning in (
        ("temperature", float, "0 always takes the likeliest token"),
        ("top-k", int, "draw from the K likeliest tokens; 0 is off"),
        ("top-p", float, "draw from the likeliest tokens that make up this share; 1 is off"),
        ("min-p", float, "drop tokens less likely than this share of the likeliest; 0 is off"),
        ("repeat-penalty", float, "above 1 discourages what was just said"),
        ("seed", int, "the same seed gives the same draw"),
    ):
        ask.add_argument(f"--{name}", type=kind, help=meaning, metavar="X")
    ask.set_defaults(run=_lazily("ask", "run"))


def _add_conversations(parsers: _Parsers) -> None:
    group = parsers.add_parser("conversations", help="list, show, search, rename, delete, export")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, meaning in (
        ("list", "all conversations, newest first"),
        ("show", "the messages of one"),
        ("search", "find words in titles and messages"),
        ("rename", "give one another title"),
        ("delete", "delete one with its messages"),
        ("export", "one as Markdown"),
    ):
        action = actions.add_parser(name, help=meaning)
        if name == "search":
            action.add_argument("text", help="words that must all occur")
        elif name != "list":
            action.add_argument("conversation", type=int, metavar="ID")
        if name == "rename":
            action.add_argument("title")
        if name == "export":
            action.add_argument("--out", metavar="FILE", help="write to a file")
        else:
            action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=_lazily("conversations", "run"))


def _add_models(parsers: _Parsers) -> None:
    group = parsers.add_parser("models", help="list, add, use, remove GGUF models")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, meaning in (
        ("list", "the models that SOMA knows"),
        ("add", "remember a GGUF file where it lies"),
        ("use", "the model that SOMA opens with"),
        ("remove", "forget a model; its file stays"),
    ):
        action = actions.add_parser(name, help=meaning)
        if name == "add":
            action.add_argument("path", metavar="PATH")
        elif name != "list":
            action.add_argument("name", metavar="NAME")
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=_lazily("models", "run"))


def _lazily(module: str, function: str) -> Callable[..., int]:
    def run(*arguments: Any) -> int:
        chosen = getattr(import_module(f"soma_tui.commands.{module}"), function)
        code: int = chosen(*arguments)
        return code

    return run
