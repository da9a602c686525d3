"""The `soma` command's entry, where it has to answer for what Python does at odd moments."""

from __future__ import annotations

import subprocess
import sys

INTERRUPTED_IN_A_DESTRUCTOR = """
import signal, sys, time
from soma_tui import cli

# A shell's background jobs are begun with it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

class Fragile:
    def __del__(self):
        raise KeyboardInterrupt

def run(argv):
    Fragile()
    for _ in range(600):
        time.sleep(0.1)
    return 0

cli._run = run
sys.exit(cli.main([]))
"""


def test_ctrl_c_in_a_destructor_is_not_lost() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IN_A_DESTRUCTOR],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "soma: interrupted\n")
