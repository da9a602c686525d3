"""The `soma` command. Nothing heavy is imported before a sub-command needs it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from store.errors import SomaError

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from store.paths import Home

INTERRUPTED = 130
NO_TERMINAL = (
    "soma: this is no terminal, so the screen cannot be drawn; "
    'use `soma ask "your question"` here, or `soma --help`'
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and gives its exit code: 0 done, 1 what a person can mend, 2 usage."""
    before, sys.unraisablehook = sys.unraisablehook, _interrupt_again
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except SomaError as error:
        print(f"soma: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("soma: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe is gone: Python must not write the rest on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        sys.unraisablehook = before


def _interrupt_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Send a Ctrl+C anew that hit a destructor, where Python prints it and goes on."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
        return
    import signal
    import threading

    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()


def _run(argv: Sequence[str]) -> int:
    from store.paths import Home

    if not argv:
        # There is nothing to parse, and argparse would take its share of the time to the frame.
        return _open_screen(Home.from_environment())
    arguments = _parser().parse_args(argv)
    if arguments.version:
        from importlib.metadata import version

        print(f"soma {version('soma-tui')}")
        return 0
    home = Home.from_environment()
    if arguments.person is not None:
        from soma_tui.commands.memory import use_person

        use_person(home, arguments.person)
    if arguments.command is None:
        return _open_screen(
            home, arguments.model, arguments.context, arguments.threads, newest=arguments.newest
        )
    run: int = arguments.run(home, arguments)
    return run


def _open_screen(
    home: Home,
    model: str | None = None,
    context: int | None = None,
    threads: int | None = None,
    *,
    newest: bool = False,
) -> int:
    from soma_tui.terminal import can_draw

    if not can_draw():
        print(NO_TERMINAL, file=sys.stderr)
        return 1
    home.create()
    # Collecting garbage among the imports would hold up the first frame; run_app goes back to it.
    gc.disable()
    from soma_tui.start import run_app

    return run_app(home, model, context, threads, newest=newest)


def _parser() -> ArgumentParser:
    import argparse

    from soma_tui import commands

    parser = argparse.ArgumentParser(
        prog="soma",
        description="A local AI that is yours. Without a command, the screen opens.",
        epilog="All data lies in SOMA_HOME, else in the platform's data directory.",
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument(
        "--continue", dest="newest", action="store_true", help="open the newest conversation"
    )
    parser.add_argument("--as", dest="person", metavar="NAME", help="whom SOMA is talking to")
    _add_model_options(parser)
    sub = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_to(sub, _add_model_options)
    return parser


def _add_model_options(parser: ArgumentParser) -> None:
    parser.add_argument("--model", metavar="M", help="a model's name or the path of a GGUF file")
    parser.add_argument(
        "--context", type=_positive, metavar="N", help="size of the context in tokens"
    )
    parser.add_argument("--threads", type=_positive, metavar="N", help="threads for the model")


def _positive(text: str) -> int:
    value = int(text)
    if value <= 0:
        raise ValueError
    return value


_positive.__name__ = "positive number"

if __name__ == "__main__":
    sys.exit(main())
