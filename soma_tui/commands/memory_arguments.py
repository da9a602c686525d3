"""The arguments of the sub-commands on what SOMA knows: profile, personality, documents."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

_Parsers = Any
Run = Callable[..., int]


def add_to(parsers: _Parsers, run: Run) -> None:
    """Adds the sub-commands to `parsers`; `run` performs any of them."""
    remember = parsers.add_parser("remember", help="tell SOMA something to remember")
    remember.add_argument("text", help="in words, such as: my dog is called Rex; - reads them")
    forget = parsers.add_parser("forget", help="forget something for good, after showing what goes")
    forget.add_argument(
        "what", help="fact:ID, message:ID, conversation:ID, document:ID, or a text to look for"
    )
    forget.add_argument("--text", action="store_true", help="take it as a text in any case")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    ingest = parsers.add_parser("ingest", help="take documents in: text, Markdown, HTML, PDF")
    ingest.add_argument("paths", nargs="+", metavar="PATH", help="files, or folders of them")
    for parser in (remember, forget, ingest):
        _finish(parser, run, "")
    _add_profile(parsers, run)
    _add_personality(parsers, run)
    _add_documents(parsers, run)


def _add_profile(parsers: _Parsers, run: Run) -> None:
    actions = _group(parsers, "profile", "what SOMA knows of you: show, set, forget, use, list")
    show = actions.add_parser("show", help="everything known of the active person")
    show.add_argument("--history", action="store_true", help="also what held before")
    set_ = actions.add_parser("set", help="keep something by hand")
    set_.add_argument("attribute", help='such as name, "home town", likes, instruction')
    set_.add_argument("value")
    edit = actions.add_parser("edit", help="put another value in the place of a fact's")
    edit.add_argument("fact", type=int, metavar="ID")
    edit.add_argument("value")
    forget = actions.add_parser("forget", help="forget a fact for good, after showing what goes")
    forget.add_argument("fact", type=int, metavar="ID")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    pin = actions.add_parser("pin", help="always tell the model a fact")
    unpin = actions.add_parser("unpin", help="tell the model a fact where there is room")
    for parser in (pin, unpin):
        parser.add_argument("fact", type=int, metavar="ID")
    use = actions.add_parser("use", help="make somebody the active person")
    use.add_argument("name", metavar="NAME")
    list_ = actions.add_parser("list", help="the persons that SOMA knows")
    for parser in (show, set_, edit, forget, pin, unpin, use, list_):
        _finish(parser, run, "profile")


def _add_personality(parsers: _Parsers, run: Run) -> None:
    actions = _group(parsers, "personality", "SOMA's twenty traits: show, set, pin, reset, log")
    show = actions.add_parser("show", help="the traits with baseline and value")
    set_ = actions.add_parser("set", help="choose a trait's baseline and value")
    pin = actions.add_parser("pin", help="hold a trait where it is")
    unpin = actions.add_parser("unpin", help="let a trait move again")
    reset = actions.add_parser("reset", help="put a trait back to its default")
    for parser in (set_, pin, unpin, reset):
        parser.add_argument("trait")
    set_.add_argument("value", type=float, metavar="VALUE", help="from 0 to 1")
    log = actions.add_parser("log", help="what changed and the evidence behind it, newest first")
    log.add_argument("trait", nargs="?")
    log.add_argument("--limit", type=int, metavar="N", help="the newest N alone")
    undo = actions.add_parser("undo", help="take one change back")
    undo.add_argument("change", type=int, metavar="ID")
    for parser in (show, set_, pin, unpin, reset, log, undo):
        _finish(parser, run, "personality")


def _add_documents(parsers: _Parsers, run: Run) -> None:
    actions = _group(parsers, "documents", "documents that were taken in: list, remove")
    list_ = actions.add_parser("list", help="all documents, the newest first")
    remove = actions.add_parser("remove", help="take a document out; its file stays")
    remove.add_argument("document", type=int, metavar="ID")
    for parser in (list_, remove):
        _finish(parser, run, "documents")


def _group(parsers: _Parsers, name: str, help_: str) -> _Parsers:
    group = parsers.add_parser(name, help=help_)
    return group.add_subparsers(dest="action", metavar="ACTION", required=True)


def _finish(parser: argparse.ArgumentParser, run: Run, group: str) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run, group=group)
