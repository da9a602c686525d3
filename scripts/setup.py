"""Make `.venv` and install SOMA into it, with progress; at once where that is done already.

    python3 scripts/setup.py --extras ""           what chatting needs
    python3 scripts/setup.py --extras dev,train    everything

Needs the standard library only. Extras add up: what an earlier run installed stays. The stamp
`.venv/soma-setup.json` says what is installed, `.venv/setup.log` holds all that pip printed.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "SOMA needs Python 3.11 or newer; this is {}.{} ({}). Install one, or name it: "
        "make PYTHON=python3.12 run".format(*sys.version_info[:2], sys.executable)
    )

import argparse
import signal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.environment import stamp

EXTRAS = {"dev", "train"}


def main(arguments: list[str]) -> int:
    """Set up what the arguments ask for; give the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--extras", default="", help="dev, train, or both with a comma")
    parser.add_argument("--again", action="store_true", help="install even if nothing is new")
    parser.add_argument("--current", action="store_true", help="only tell: 0 if all is there")
    chosen = parser.parse_args(arguments)
    extras = {extra.strip() for extra in chosen.extras.split(",") if extra.strip()}
    if not extras <= EXTRAS:
        parser.error(f"no such extra: {', '.join(sorted(extras - EXTRAS))}")
    venv = ROOT / ".venv"
    current = stamp.is_current(ROOT, venv, extras)
    if chosen.current:
        return 0 if current else 1
    if current and not chosen.again:
        return 0

    from scripts.environment.make import set_up
    from scripts.environment.pip_run import SetupError

    # A hang-up or a kill ends pip too, on the way out.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    try:
        set_up(ROOT, venv, extras)
    except (SetupError, OSError) as error:
        print(f"\nSet-up failed.\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up stopped; the next start goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
