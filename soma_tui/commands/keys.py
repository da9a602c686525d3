"""`soma keys`: every action with its keys, and what is wrong in the file that changes them."""

from __future__ import annotations

import argparse
import json
import sys

from soma_tui.actions import ACTIONS, key_name
from soma_tui.actions.keymap import listing, read_keymap
from store.paths import Home


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Prints the actions; 1 where an entry of keys.toml cannot be followed."""
    file = home.root / "keys.toml"
    keymap = read_keymap(file)
    if arguments.json:
        print(json.dumps({"actions": listing(keymap), "problems": keymap.problems}))
    else:
        for action in ACTIONS:
            keys = ", ".join(key_name(key) for key in keymap.keys(action))
            slash = f"/{action.slash}" if action.slash else ""
            print(f"{action.id:<16} {keys:<28} {slash:<14} {action.title}")
        print(f'\nOther keys: lines such as  new = ["ctrl+t", "f11"]  in {file}')
    for problem in keymap.problems:
        print(f"soma: {problem}", file=sys.stderr)
    return 1 if keymap.problems else 0
