"""Opens the screen on real data, and says in one line why it ended early."""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from soma_tui.app import CRASHED, SomaApp
from soma_tui.logs import start_log
from soma_tui.terminal_keys import tell_alt_digits_apart

if TYPE_CHECKING:
    from agents.runtime import Runtime
    from agents.service import Service
    from store.paths import Home
    from training.minding import Minding


def run_app(
    home: Home,
    model: str | None = None,
    context: int | None = None,
    threads: int | None = None,
    *,
    newest: bool = False,
    make_app: Callable[..., SomaApp] | None = None,
) -> int:
    """Open the screen on the data in `home`, with `newest` at the newest conversation.

    `make_app` makes the application, where it is to be more than SomaApp. Gives the exit code when
    it is closed.

    0 as wished, 1 where the data could not be opened, 70 after an error of SOMA's own, which is
    then in soma.log.
    """
    log = start_log(home)
    tell_alt_digits_apart()

    async def make_runtime() -> Runtime:
        # What the start has made stays to the end: the collector need not walk over it again.
        gc.freeze()
        # Measured while an answer streams: the longest pause falls from 22 ms to 5.
        gc.set_threshold(5_000, 10, 100)
        gc.enable()

        composition = await asyncio.to_thread(importlib.import_module, "soma_tui.composition")
        await asyncio.to_thread(importlib.import_module, "agents.runtime")
        from agents.engine.engine import EngineOptions

        options = EngineOptions(context=context, threads=threads, beside_screen=True)
        made: Runtime = composition.make_runtime(home, model, options)
        return made

    def make_service(runtime: Runtime) -> Service:
        from agents.service import Service

        return Service(runtime, home.socket)

    async def make_minding(runtime: Runtime) -> Minding:
        minding = await asyncio.to_thread(importlib.import_module, "training.minding")
        made: Minding = minding.Minding(runtime)
        return made

    app = (make_app or SomaApp)(
        home, make_runtime, make_service, make_minding=make_minding, newest=newest
    )
    code = app.run()
    if app.crash is not None:
        print(f"soma: an error of its own ended SOMA; the details are in {log}", file=sys.stderr)
        return CRASHED
    if app.last_words:
        print(f"soma: {app.last_words}", file=sys.stderr)
    return code or 0
