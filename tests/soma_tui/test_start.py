"""How the screen begins and ends."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from textual.css import stylesheet
from textual.worker import WorkerFailed

from soma_tui import start
from soma_tui.app import CRASHED, SomaApp
from store.errors import LockedError
from tests.soma_tui.driving import running, send, shown, until
from tests.soma_tui.fakes import FakeRuntime


async def test_what_is_typed_before_the_store_is_open_is_kept(runtime: FakeRuntime) -> None:
    runtime.may_open.clear()
    runtime.may_load.clear()
    async with running(runtime, ready=False) as (app, pilot):
        assert app.focused is app.chat.composer
        await pilot.press(*"early bird")
        runtime.may_open.set()
        await until(pilot, lambda: app.store_is_open)
        await until(pilot, lambda: "loading weights 40 %" in shown(app))
        await pilot.press(*" typed", "enter")
        await until(pilot, lambda: "saved" in shown(app))
        assert not app.state.answers[1].message
        runtime.may_load.set()
        await until(pilot, lambda: app.state.answers[1].message)
        assert runtime.conversations.messages(1)[0].text == "early bird typed"


async def test_a_locked_store_ends_with_one_line_and_code_1(runtime: FakeRuntime) -> None:
    runtime.open_error = LockedError("SOMA is already open (process 4711); use that window", 4711)
    async with running(runtime, ready=False) as (app, pilot):
        await until(pilot, lambda: app._exit)
    assert app.return_value == 1
    assert "4711" in app.last_words
    assert app.crash is None


async def test_the_runtime_is_closed_when_the_screen_is(runtime: FakeRuntime) -> None:
    async with running(runtime):
        pass
    assert runtime.closed


async def test_an_answer_that_runs_when_the_screen_closes_is_kept(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await send(pilot, "hello")
        await until(pilot, lambda: app.state.answers[1].message)
        runtime.say("kept words")
        await until(pilot, lambda: "kept words" in shown(app))
    again = FakeRuntime(runtime.home)
    async with running(again) as (app, pilot):
        app.chat.open(1)
        await until(pilot, lambda: "kept words" in shown(app))
        assert "interrupted when SOMA ended" in shown(app)


async def _crashed(runtime, crash, kind: type[Exception]) -> SomaApp:
    """The application after `crash` has made it end; the test harness raises the error again."""
    seen = []

    async def run() -> None:
        async with running(runtime) as (app, pilot):
            seen.append(app)
            crash(app)
            await until(pilot, lambda: app.crash)

    with pytest.raises(kind):
        await run()
    assert isinstance(seen[0].crash, kind)
    return seen[0]


async def test_an_error_of_somas_own_ends_it_and_is_logged(runtime, caplog) -> None:
    caplog.set_level(logging.INFO)
    app = await _crashed(runtime, lambda app: app.call_later(lambda: 1 / 0), ZeroDivisionError)
    assert app.return_code == CRASHED
    assert not app._exit_renderables
    assert "ZeroDivisionError" in caplog.text
    assert runtime.closed


async def test_an_error_in_a_worker_ends_it_too(runtime, caplog) -> None:
    async def fail() -> None:
        raise KeyError("lost")

    app = await _crashed(runtime, lambda app: app.run_worker(fail), WorkerFailed)
    assert app.return_code == CRASHED
    assert "KeyError" in caplog.text


class _Ended(SomaApp):
    """An application that is over as soon as it runs."""

    ends_with: Exception | int = 0

    def run(self, **_: object) -> int | None:
        if isinstance(self.ends_with, Exception):
            self.crash = self.ends_with
            return None
        self.last_words = "SOMA is already open (process 4711)"
        return self.ends_with


@pytest.mark.parametrize(
    ("ends_with", "code", "line"),
    [
        (ValueError("x"), CRASHED, "soma.log"),
        (1, 1, "soma: SOMA is already open (process 4711)\n"),
    ],
)
def test_run_app_says_in_one_line_why_it_ended(
    ends_with, code, line, home, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(start, "SomaApp", _Ended)
    monkeypatch.setattr(_Ended, "ends_with", ends_with)
    handlers = list(logging.getLogger().handlers)
    try:
        assert start.run_app(home) == code
    finally:
        for handler in set(logging.getLogger().handlers) - set(handlers):
            logging.getLogger().removeHandler(handler)
            handler.close()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert line in err


def test_the_first_frame_needs_nothing_heavy() -> None:
    code = (
        "import sys, soma_tui.start, soma_tui.screens.chat\n"
        "heavy = ('markdown_it', 'pygments', 'torch', 'llama_cpp', 'numpy', 'tinydb', 'gguf',"
        " 'agents.runtime', 'agents.events', 'store.database', 'jinja2', 'soma_tui.screens.help',"
        " 'soma_tui.widgets.message', 'soma_tui.screens.memory', 'soma_tui.screens.models',"
        " 'soma_tui.composing.completion', 'soma_tui.widgets.search_box')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_arguments_nothing_is_parsed() -> None:
    code = (
        "import sys; from soma_tui import cli; status = cli.main([]); "
        "print(status, [name for name in ('argparse', 'soma_tui.commands') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.stdout.strip() == "1 []"
    assert "no terminal" in done.stderr


async def test_each_style_sheet_is_parsed_once_for_the_first_frame(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    parse = stylesheet.parse

    def counting(scope: str, css: str, read_from: tuple[str, str], **options: object) -> object:
        read.append(Path(read_from[0]).name)
        return parse(scope, css, read_from, **options)

    monkeypatch.setattr(stylesheet, "parse", counting)
    async with running(runtime):
        own = [name for name in read if name.endswith(".tcss")]
    assert own
    assert sorted(own) == sorted(set(own))


async def test_a_model_that_comes_late_lets_the_message_through(runtime: FakeRuntime) -> None:
    runtime.may_load.clear()
    runtime.reply = "at last"
    async with running(runtime, ready=False) as (app, pilot):
        await until(pilot, lambda: app.store_is_open)
        await send(pilot, "hello")
        await asyncio.sleep(0)
        assert "at last" not in shown(app)
        runtime.may_load.set()
        await until(pilot, lambda: "at last" in shown(app))
