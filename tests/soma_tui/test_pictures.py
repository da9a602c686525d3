"""Pictures of every state of the screen, dark and light, small and large.

A picture that has changed fails with its difference; where the change is meant,
`pytest tests/soma_tui/test_pictures.py --snapshot-update` takes them anew.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from agents import events
from soma_tui.screens.tools import ToolsScreen
from store.errors import StoreError
from store.message import Memory
from tests.soma_tui.driving import running, send, shown, until, write
from tests.soma_tui.fake_models import line
from tests.soma_tui.fakes import FakeInstaller, FakeRuntime
from tests.soma_tui.picture import picture
from tests.soma_tui.test_training_place import rate

# A time of day in a zone of its own, years ago, so that no picture holds the present.
NINE_FOURTEEN = 1_736_068_440.0
ANSWER = """\
You settled on **Thursday the 12th**. Pack light:

1. oilskins, because the forecast says rain
2. a *warm* jumper and `rope`

| what | how many |
| --- | ---: |
| buns | 12 |
| 茶 | 3 |

```python
def tide(hour: int) -> float:
    return 1.5 + hour / 6  # metres
```

> and sail at dawn
"""
DRAWN: dict[str, Callable[[Any, Any, FakeRuntime], Awaitable[None]]] = {}


def draws(name: str) -> Callable[..., Any]:
    def register(draw: Any) -> Any:
        DRAWN[name] = draw
        return draw

    return register


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands still, in a zone that is the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(time, "time", lambda: NINE_FOURTEEN)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("state", [
    "empty", "loading", "no model", "answered", "answering", "chosen", "branches", "waiting",
    "editing", "completing", "searching", "list", "notices", "help", "rename", "tools", "models",
    "memory", "recalled", "forgetting", "team", "team at work", "team request", "asked", "why",
    "training", "training at work", "examples", "training plan",
    "specialists",
])  # fmt: skip
async def test_the_screen_looks_as_it_did(
    state: str, size: tuple[int, int], runtime: FakeRuntime, clock: None,
    snapshot: SnapshotAssertion,
) -> None:  # fmt: skip
    await runtime.open_store()
    runtime.conversations.add_user(runtime.conversations.create().id, "Bread, again: why so flat?")
    missing = [] if state == "training plan" else ["torch==2.13.0", "peft==0.21.2"]
    installer = FakeInstaller(missing)
    ready = state not in ("loading", "no model")
    async with running(runtime, size=size, installer=installer, ready=ready) as (app, pilot):
        await DRAWN[state](app, pilot, runtime)
        for theme in ("soma-dark", "soma-light"):
            app.theme = theme
            await pilot.pause(0.1)
            assert picture(app) == snapshot(name=theme)


@pytest.mark.parametrize("state", ["team", "team at work", "training", "training at work"])
async def test_a_small_screen_looks_as_it_did(
    state: str, runtime: FakeRuntime, clock: None, snapshot: SnapshotAssertion
) -> None:
    async with running(runtime, size=(40, 12)) as (app, pilot):
        await DRAWN[state](app, pilot, runtime)
        await pilot.pause(0.1)
        assert picture(app) == snapshot


def test_every_state_has_its_drawing() -> None:
    assert set(DRAWN) == {
        mark.args[1][place]
        for mark in test_the_screen_looks_as_it_did.pytestmark
        if mark.args[0] == "state"
        for place in range(len(mark.args[1]))
    }


async def _answered(app: Any, pilot: Any, runtime: FakeRuntime, text: str = ANSWER) -> None:
    await send(pilot, "Which day did we say we sail, and what should I pack?")
    conversation = app.state.conversation
    await until(pilot, lambda: app.state.answers[conversation].message)
    runtime.say(text)
    runtime.end()
    await until(pilot, lambda: not app.state.answers and "38 tok/s" in shown(app))


@draws("asked")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    runtime.reply = "def tide(hour): …"
    await send(pilot, "@coder write the tide as a function")
    await until(pilot, lambda: not app.state.answers and "SOMA coder" in shown(app))
    runtime.reply = "Both agree."
    await send(pilot, "@researcher @personal is that right?")
    await until(pilot, lambda: not app.state.answers and "personal · ▸" in shown(app))


@draws("specialists")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await pilot.press("alt+2")
    await until(pilot, lambda: "enter asks for a request" in shown(app))
    await pilot.press("s")
    await until(pilot, lambda: "Who is on the team" in shown(app) and "coder" in shown(app))
    await pilot.press("down", "enter")
    await until(pilot, lambda: "what it is for, in a line" in shown(app))


@draws("why")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await _answered(app, pilot, runtime, "On **Thursday** the 12th.")
    await pilot.press("alt+y", "down")
    await until(pilot, lambda: "2 of 3 · enter answers again" in shown(app))


@draws("empty")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await until(pilot, lambda: "Bread" in shown(app))


@draws("loading")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await until(pilot, lambda: app.store_is_open)
    runtime.emit(events.ModelLoading("gemma-3-1b", 0.63, "loading weights"))
    await until(pilot, lambda: "loading weights 63 %" in shown(app))


@draws("no model")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await until(pilot, lambda: app.store_is_open)
    runtime.emit(events.ModelFailed("gemma.gguf", "gemma.gguf is cut short; fetch it again"))
    await until(pilot, lambda: "fetch it again" in " ".join(shown(app).split()))


@draws("answered")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await _answered(app, pilot, runtime)


@draws("answering")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await send(pilot, "Tell me about the tide.")
    await until(pilot, lambda: app.state.answers[app.state.conversation].message)
    runtime.say("It **rises** twice a day:\n\n```python\nhours = 12")
    await until(pilot, lambda: "hours = 12" in shown(app))


@draws("chosen")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await _answered(app, pilot, runtime)
    app.chat.transcript.focus()
    await pilot.press("end")
    await until(pilot, lambda: app.chat.transcript.selected)


@draws("branches")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await _answered(app, pilot, runtime, "On Thursday.")
    app.perform("regenerate")
    await until(pilot, lambda: app.state.answers and "2/2" in shown(app))
    await until(pilot, lambda: app.state.answers[app.state.conversation].message)
    runtime.say("On Thursday the 12th.")
    runtime.end()
    await until(pilot, lambda: not app.state.answers)
    await pilot.press("ctrl+down")
    await until(pilot, lambda: "▼" in shown(app))


@draws("waiting")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await send(pilot, "Tell me about the tide.")
    await until(pilot, lambda: app.state.answers[app.state.conversation].message)
    await write(pilot, "and remind me what Ana is allergic to")
    await pilot.press("enter")
    await until(pilot, lambda: "waits: and remind me" in shown(app))


@draws("editing")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await _answered(app, pilot, runtime, "On Thursday.")
    await pilot.press("alt+e")
    await until(pilot, lambda: "Editing your message of 09:14" in shown(app))


@draws("completing")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await pilot.press("/", "e")
    await until(pilot, lambda: "/export" in shown(app))


@draws("searching")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await pilot.press("ctrl+f", *"flat")
    await until(pilot, lambda: "2 found" in shown(app))


@draws("list")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await pilot.press("f6")
    await until(pilot, lambda: "enter open" in shown(app))


@draws("notices")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    runtime.save_error = StoreError("cannot save: the disk is full; free some space and try again")
    runtime.emit(events.Notice("this model brings no chat template", "warning"))
    await write(pilot, "do not lose me")
    await pilot.press("enter")
    await until(pilot, lambda: "disk is full" in shown(app))


@draws("help")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await pilot.press("f1")
    await until(pilot, lambda: "Send" in shown(app))


@draws("rename")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    app.chat.open(1)
    await pilot.press("f9")
    await until(pilot, lambda: "Title of the conversation" in shown(app))


@draws("tools")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, ToolsScreen) and "torch" in shown(app))


@draws("models")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    runtime.models.lines.append(line("gemma-3-1b-it-Q4_0"))
    wide = line("llama3.2:70b", "Ollama", fits="does not fit", size_bytes=40_000_000_000)
    runtime.models.elsewhere = [replace(wide, path="blobs/sha256-1")]
    await pilot.press("alt+5")
    await until(pilot, lambda: "llama3.2:70b" in shown(app) and "gemma-3-1b" in shown(app))


async def _remembered(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await runtime.remembering.remember("My name is Ana, my dog is called Rex and I like tea.")
    await runtime.remembering.change(runtime.remembering.memory.by_hand, "set", "humor", 0.35)
    await pilot.press("alt+4")
    await until(pilot, lambda: "Pet: a dog called Rex" in shown(app) or "Dog: Rex" in shown(app))


@draws("memory")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await _remembered(app, pilot, runtime)
    await pilot.press("home")
    await until(pilot, lambda: "kept by you on 5 January 2025" in shown(app))


@draws("forgetting")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await _remembered(app, pilot, runtime)
    await pilot.press("home", "delete")
    await until(pilot, lambda: "enter forget" in shown(app))


@draws("recalled")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await _answered(app, pilot, runtime, "On Thursday.")
    question = runtime.conversations.messages(app.state.conversation)[0].id
    said = Memory("message:1", "Bread, again: why so flat?", "Bread, again", NINE_FOURTEEN,
                  "user", "words: bread · meaning 0.71", 0.8)  # fmt: skip
    runtime.recall_these(question, [said])
    app.chat.open(app.state.conversation)
    await until(pilot, lambda: "recalled 1" in shown(app))
    await pilot.press("alt+m")
    await until(pilot, lambda: "why so flat" in shown(app) and "words: bread" in shown(app))


@draws("team")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await pilot.press("alt+2")
    await until(pilot, lambda: "Here several specialists" in shown(app))


@draws("team at work")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await DRAWN["team"](app, pilot, runtime)
    place = app.screen
    place.clock = lambda: 100.0
    place.begin("Compare the two papers on forgetting, then give me a plan")
    await until(pilot, lambda: place.team.goes_on)
    runtime.team.change("researcher", state="running")
    runtime.team.change("personal", state="running")
    runtime.team.say("researcher", "The first paper finds that forgetting follows the loss.", 212)
    done = {"tokens": 187, "seconds": 4.5, "confidence": 0.74, "text": "Read them."}
    runtime.team.change("personal", state="done", **done)
    await until(pilot, lambda: place.team.run.tasks["personal"].ended)
    place.clock = lambda: 105.2
    await until(pilot, lambda: "5.2 s" in shown(app) and "The first paper" in shown(app))


@draws("team request")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await DRAWN["team"](app, pilot, runtime)
    await pilot.press("enter")
    await until(pilot, lambda: "who works on it" in shown(app))
    await pilot.press("down", "down", "down")
    await until(pilot, lambda: "several drafts" in shown(app))


async def to_training(app: Any, pilot: Any) -> None:
    """Go to the place for training, and wait until it says how automatic runs stand."""
    await pilot.press("alt+3")
    await until(pilot, lambda: "training" in app.places)
    await until(pilot, lambda: app.places["training"].training.auto is not None)


@draws("training")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await to_training(app, pilot)
    await until(pilot, lambda: "Here a model learns" in shown(app) and "0 accepted" in shown(app))


@draws("training at work")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    training = runtime.training
    training.begin()
    training.folder.tell(phase="loading", at=NINE_FOURTEEN, step=0, steps=30)
    training.steps(1, 30)
    training.end("failed", reason="the disk is full; free some space and go on with the run")
    training.begin()
    training.folder.tell(phase="loading", at=NINE_FOURTEEN, step=0, steps=30)
    training.steps(1, 19)
    rate(runtime, "How do I boil an egg?", "Eight minutes in boiling water, then cold water.")
    await to_training(app, pilot)
    await until(pilot, lambda: "1 accepted" in shown(app))
    await until(pilot, lambda: "19 of 30" in shown(app) and "train-1" in shown(app))
    await until(pilot, lambda: "19/30" in shown(app) or app.size.width < 60)


@draws("examples")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    rate(runtime, "How do I boil an egg?", "Eight minutes in boiling water, then cold water.")
    rate(runtime, "What is the wifi?", "The password is hunter2.")
    await to_training(app, pilot)
    await until(pilot, lambda: "1 accepted" in shown(app))
    await pilot.press("b")
    await until(pilot, lambda: "to be said" in shown(app))


@draws("training plan")
async def _(app: Any, pilot: Any, runtime: FakeRuntime) -> None:
    await to_training(app, pilot)
    await until(pilot, lambda: "0 accepted" in shown(app))
    await pilot.press("t")
    await until(pilot, lambda: "enter begin" in shown(app))
