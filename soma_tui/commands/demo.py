"""`soma demo`: SOMA on the screen, with a made-up person at its keys."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from soma_tui.commands.demo_arguments import CONVERSATIONS, FAST_CONVERSATIONS
from soma_tui.terminal import can_draw
from store.errors import SomaError
from store.paths import Home

_MOST = 200


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Play the demo in a data directory of its own and say what came of it; `home` is let be."""
    if not can_draw():
        raise SomaError(
            "the demo is played on the screen, and this is no terminal; run `soma demo` in one"
        )
    count = arguments.conversations
    if count is None:
        count = FAST_CONVERSATIONS if arguments.fast else CONVERSATIONS
    if not 1 <= count <= _MOST:
        raise SomaError(f"--conversations is from 1 to {_MOST}, not {count}")
    from soma_tui.demo.home import demo_home

    keep = Path(arguments.keep).expanduser() if arguments.keep else None
    with demo_home(keep) as own:
        code, summary = _play(own, arguments, count)
    print(summary)
    if keep is None:
        print("The demo's data is removed; `soma` opens your own.")
    else:
        print(f"The demo's data is kept; SOMA_HOME={own.root} soma opens it.")
    return code


def _play(home: Home, arguments: argparse.Namespace, count: int) -> tuple[int, str]:
    from soma_tui.demo.guide import Guide
    from soma_tui.demo.guided_app import GuidedApp
    from soma_tui.demo.pace import FAST, READING
    from soma_tui.start import run_app
    from training.demo.person import Person

    guide = Guide(Person(arguments.seed), count, FAST if arguments.fast else READING)
    code = run_app(home, make_app=partial(GuidedApp, guide=guide))
    return code, guide.told.summary()
