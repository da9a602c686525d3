"""The place for models."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.engine.memory import Need
from agents.found_models import Looking
from agents.model_settings import ModelSettings
from soma_tui.actions import ACTIONS
from soma_tui.screens.dialogs import Confirmation
from soma_tui.screens.model_settings import ModelSettingsForm
from soma_tui.screens.models import ModelsScreen
from soma_tui.screens.offers import OffersQuestion
from soma_tui.screens.path_question import PathQuestion
from store.errors import SomaError
from tests.agents.fake_hub import serving
from tests.soma_tui.driving import running, send, shown, until
from tests.soma_tui.fake_models import MB, STARTER_LINE, line
from tests.soma_tui.fakes import FakeRuntime
from tests.soma_tui.test_layout import contrast

SIZES = [(40, 12), (80, 24), (100, 30), (120, 40)]
OLLAMA = Looking("Ollama", Path("ollama"))


@asynccontextmanager
async def at_models(runtime: FakeRuntime, **options: Any):
    """The application at the place for models, which has looked everywhere."""
    async with running(runtime, **options) as (app, pilot):
        await pilot.press("alt+5")
        await until(pilot, lambda: isinstance(app.screen, ModelsScreen))
        place = app.screen
        if runtime.models.may_go_on.is_set():
            await until(pilot, lambda: place.rows.complete and not place._list_due)
        yield app, pilot, place


async def highlight(pilot, place, name) -> None:
    """Put the cursor on a model."""
    key = next(o.id for o in place.list.options if o.id and o.id.endswith(f":{name}"))
    place.list.highlighted = place.list.get_option_index(key)
    await until(pilot, lambda: place.highlighted.name == name)


def row(app, name) -> str:
    """The line of the list that begins with a name."""
    lines = shown(app).splitlines()
    return next((text for text in lines if re.match(rf" ?[●! ] {re.escape(name)} ", text)), "")


async def answer_path(app, pilot, file) -> None:
    """Answer the question for a path."""
    await until(pilot, lambda: isinstance(app.screen, PathQuestion) and "tab" in shown(app))
    app.screen.query_one("Input").value = str(file)
    await pilot.press("enter")


async def name_model(app, pilot, reference) -> None:
    """Name a model that is not among those offered."""
    await until(pilot, lambda: "look it up" in shown(app))
    app.screen.query_one("Input").value = reference
    await pilot.press("tab", "enter")


# --- what is shown


async def test_models_are_listed_in_groups_with_the_one_in_use_marked(runtime) -> None:
    runtime.models.lines.append(line("gemma", fits="tight"))
    runtime.models.elsewhere = [
        OLLAMA,
        line("llama3.2:1b", "Ollama", fits="does not fit"),
        line("cut", "Ollama", problem="cut.gguf is cut off"),
    ]
    async with at_models(runtime) as (app, _, place):
        page = shown(app)
        assert page.index("in the box and added") < page.index("● starter")
        assert page.index("gemma") < page.index("in other programs’ folders")
        assert page.index("other programs") < page.index("llama3.2:1b")
        assert row(app, "starter").lstrip().startswith("●")
        for text in ("1.0B", "Q4_0", "720 MB", "32,768", "added", "tight"):
            assert text in row(app, "gemma")
        assert "does not fit" in row(app, "llama3.2:1b")
        assert row(app, "cut").lstrip().startswith("!")
        assert "unusable" in row(app, "cut")
        assert place.highlighted.name == "starter"


async def test_the_details_say_what_the_model_needs_and_what_fits(runtime) -> None:
    runtime.models.lines.append(line("gemma"))
    runtime.models.model_settings.kept["gemma"] = ModelSettings(temperature=0.5, context=4096)
    runtime.models.elsewhere = [OLLAMA, line("cut", "Ollama", problem="cut.gguf is cut off")]
    async with at_models(runtime, size=(120, 40)) as (app, pilot, place):
        await highlight(pilot, place, "gemma")
        await until(pilot, lambda: "models/gemma.gguf" in shown(app))
        left = place.details.region.x
        page = " ".join(text[left:].strip() for text in shown(app).splitlines())
        for text in (
            "gemma3 · 1.0B parameters · Q4_0",
            "1.5 GB at 8,192 tokens (weights 720 MB, cache 230 MB, work 550 MB)",
            "8 GB: it fits; the largest context that fits is 32,768",
            "temperature 0.5 · context 4,096",
        ):
            assert text in page
        await highlight(pilot, place, "cut")
        await until(pilot, lambda: "problem  cut.gguf is cut off" in shown(app))


async def test_looking_is_shown_while_it_goes_on_and_its_finds_as_they_come(runtime) -> None:
    runtime.models.may_go_on.clear()
    runtime.models.elsewhere = [OLLAMA, line("one", "Ollama"), line("two", "Ollama")]
    async with at_models(runtime) as (app, pilot, place):
        await until(pilot, lambda: "looking in Ollama: ollama …" in shown(app))
        assert "None in the folders" not in shown(app)
        assert "starter" in shown(app)
        runtime.models.may_go_on.set()
        await until(pilot, lambda: place.rows.complete)
        await until(pilot, lambda: "two" in shown(app) and "looking in" not in shown(app))


async def test_with_the_starter_alone_it_says_what_to_do(runtime) -> None:
    async with at_models(runtime) as (app, _, _):
        assert "a adds a GGUF file" in shown(app)
        assert "None in the folders of Hugging Face, Ollama, LM Studio" in shown(app)


async def test_it_can_be_gone_to_before_the_store_is_open(runtime) -> None:
    runtime.may_open.clear()
    async with running(runtime, ready=False) as (app, pilot):
        await pilot.press("alt+5")
        await until(pilot, lambda: "is being opened" in shown(app))
        await pilot.press("enter", "s", "delete", "r", "escape")
        runtime.may_open.set()
        await until(pilot, lambda: "● starter" in shown(app))


async def test_control_characters_in_names_are_shown_not_obeyed(runtime) -> None:
    runtime.models.lines.append(line("evil\x1b[2J", architecture="x\x07y", problem=""))
    runtime.models.elsewhere = [OLLAMA, line("b\x1b", "Ollama", problem="bad\x1b[2J file")]
    async with at_models(runtime) as (app, pilot, place):
        await highlight(pilot, place, "evil\x1b[2J")
        await until(pilot, lambda: "x␇y" in shown(app))
        assert "evil␛[2J" in shown(app)
        await highlight(pilot, place, "b\x1b")
        await until(pilot, lambda: "bad␛[2J file" in shown(app))


async def test_a_place_that_is_left_and_gone_to_again_looks_again(runtime) -> None:
    async with at_models(runtime) as (app, pilot, _):
        await pilot.press("alt+1")
        await until(pilot, lambda: app.screen is app.chat)
        runtime.models.lines.append(line("gemma"))
        await pilot.press("alt+5")
        await until(pilot, lambda: "gemma" in shown(app))


@pytest.mark.parametrize("size", SIZES)
async def test_everything_fits(size, runtime) -> None:
    wide = "日本語のとても長い名前のモデル" * 4
    runtime.models.lines += [line(wide), *(line(f"model-{n}") for n in range(30))]
    runtime.models.elsewhere = [OLLAMA, line("x" * 200, "Ollama", problem="cut off " * 40)]
    async with at_models(runtime, size=size) as (app, pilot, place):
        for name in ("starter", wide, "x" * 200):
            await highlight(pilot, place, name)
            lines = shown(app).splitlines()
            assert len(lines) == size[1]
            for id in ("header", "models-list", "status", "keys"):
                region = place.query_one(f"#{id}").region
                assert region.area > 0, id
                assert place.region.contains_region(region), id
            assert place.max_scroll_x == place.max_scroll_y == place.list.max_scroll_x == 0
        assert place.list.region.height >= 6
        assert place.details.display == (size[1] >= 16)


async def test_a_small_screen_keeps_name_and_verdict(runtime) -> None:
    runtime.models.lines.append(line("gemma-3-1b-it-Q4_0", fits="tight"))
    async with at_models(runtime, size=(40, 12)) as (app, pilot, _):
        assert "tight" in row(app, "gemma-3-1b-it-Q4_0")
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: "32,768" in row(app, "gemma-3-1b-it-Q4_0"))


def weak_text(app, region) -> list[str]:
    """Texts in a region of the screen that stand out too little from what is behind them."""
    weak = []
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            style, inside = segment.style, region.contains(x, y)
            x += segment.cell_length
            if inside and segment.text.strip() and style and style.color and style.bgcolor:
                ink, paper = (c.get_truecolor() for c in (style.color, style.bgcolor))
                if contrast(ink, paper) < 3:
                    weak.append(segment.text)
    return weak


@pytest.mark.parametrize("theme", ["soma-dark", "soma-light", "textual-light", "nord"])
async def test_text_can_be_read_in_every_theme(theme, runtime, starter_path) -> None:
    runtime.models.lines.append(line("gemma", fits="tight", path=str(starter_path)))
    runtime.models.elsewhere = [
        OLLAMA,
        line("large", "Ollama", fits="does not fit"),
        line("cut", "Ollama", problem="cut.gguf is cut off"),
    ]
    async with at_models(runtime) as (app, pilot, place):
        app.theme = theme
        for name in ("starter", "large", "cut", "gemma"):
            await highlight(pilot, place, name)
            await pilot.pause()
            assert weak_text(app, place.region) == []
        await pilot.press("s")
        await until(pilot, lambda: "Settings of gemma" in shown(app))
        await pilot.press("x")
        await until(pilot, lambda: "a number from 0 to 100" in shown(app))
        assert weak_text(app, app.screen.query_one(".dialog").region) == []


# --- actions, each by each of its keys


DRIVES = {}
OWN_ACTIONS = [action for action in ACTIONS if action.owner == "models"]


def drives(id):
    def register(drive):
        DRIVES[id] = drive
        return drive

    return register


@pytest.mark.parametrize(
    ("action", "key"), [(action, key) for action in OWN_ACTIONS for key in action.keys]
)
async def test_every_key_does_its_action(action, key, runtime, starter_path) -> None:
    path = str(starter_path)
    runtime.models.lines.append(line("gemma", path=path))
    async with at_models(runtime) as (app, pilot, place):
        await highlight(pilot, place, "gemma")
        await DRIVES[action.id](app, pilot, runtime, place, key)


def test_no_key_means_two_things_here() -> None:
    keys = [key for a in ACTIONS if a.owner in ("models", "app") for key in a.keys]
    assert len(keys) == len(set(keys))


async def test_the_palette_offers_what_can_be_done_here(runtime) -> None:
    async with at_models(runtime) as (app, _, place):
        offered = {command.title for command in app.get_system_commands(place)}
        assert {action.title for action in OWN_ACTIONS if action.palette} <= offered
        assert "Rename the conversation" not in offered


@drives("models_use")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: app.state.model.name == "gemma")
    await until(pilot, lambda: "● gemma" in shown(app) and "● starter" not in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "gemma is in use." in shown(app))


@drives("models_add")
async def _(app, pilot, runtime, place, key):
    file = runtime.home.root / "friend.gguf"
    file.touch()
    runtime.models.may_add.clear()
    await pilot.press(key)
    await answer_path(app, pilot, file)
    await until(pilot, lambda: "trying friend.gguf in a process of its own" in shown(app))
    runtime.models.may_add.set()
    await until(pilot, lambda: "friend is added; enter uses it." in shown(app))
    await until(pilot, lambda: place.highlighted.name == "friend")
    assert "trying" not in shown(app)


@drives("models_settings")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, ModelSettingsForm))
    await pilot.press("0", ".", "5", "down", "7", "enter")
    await until(pilot, lambda: app.screen is place)
    await until(pilot, lambda: "gemma" in runtime.models.model_settings.kept)
    assert runtime.models.model_settings.get("gemma") == ModelSettings(temperature=0.5, top_k=7)
    await until(pilot, lambda: "The settings of gemma are kept." in shown(app))
    await until(pilot, lambda: "temperature 0.5 · top_k 7" in shown(app))


@drives("models_forget")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, Confirmation))
    assert "file stays" in shown(app)
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is place)
    assert "gemma" in shown(app)
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, Confirmation))
    await pilot.press("enter")
    await until(pilot, lambda: app.screen is place and not row(app, "gemma"))
    assert [known.name for known in runtime.models.lines] == ["starter"]


@drives("models_get")
async def _(app, pilot, runtime, place, key):
    with serving({"friend-Q8_0.gguf": b"weights"}) as hub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", hub.endpoint)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, OffersQuestion))
        await until(pilot, lambda: "gemma-3-1b    0.72 GB" in shown(app))
        await name_model(app, pilot, "org/absent")
        await until(pilot, lambda: "there is no repository org/absent" in shown(app))
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, OffersQuestion))
        await name_model(app, pilot, "org/model")
        await until(pilot, lambda: isinstance(app.screen, Confirmation))
        await until(pilot, lambda: "under the licence “apache-2.0”" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is place and not place._busy)
        assert not hub.asked[-1][1].endswith(".gguf")
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, OffersQuestion))
        await name_model(app, pilot, "org/model")
        await until(pilot, lambda: isinstance(app.screen, Confirmation))
        await pilot.press("enter")
        await until(pilot, lambda: "friend-Q8_0 is added; enter uses it." in shown(app))
    assert (runtime.home.models / "org--model" / "friend-Q8_0.gguf").read_bytes() == b"weights"


@drives("models_filter")
async def _(app, pilot, runtime, place, key):
    await pilot.press(key, *"ADDED")
    await until(pilot, lambda: row(app, "gemma") and not row(app, "starter"))
    assert "esc clear" in shown(app)
    await pilot.press("z")
    await until(pilot, lambda: "Nothing matches “ADDEDz”" in shown(app))
    await pilot.press("backspace", "enter")
    await until(pilot, lambda: place.focused is place.list)
    assert place.highlighted.name == "gemma"
    assert not row(app, "starter")
    await pilot.press(key, "down")
    await until(pilot, lambda: place.focused is place.list)


@drives("models_again")
async def _(app, pilot, runtime, place, key):
    before = runtime.models.looks
    runtime.models.elsewhere = [OLLAMA, line("fresh", "Ollama")]
    await pilot.press(key)
    await until(pilot, lambda: "fresh" in shown(app))
    assert runtime.models.looks == before + 1


@drives("models_stop")
async def _(app, pilot, runtime, place, key):
    await pilot.press("slash", "x")
    await until(pilot, lambda: place.rows.filter == "x")
    await pilot.press(key)
    await until(pilot, lambda: "gemma" in shown(app) and not place.filter.display)
    assert place.focused is place.list
    place.tell("something to read")
    await until(pilot, lambda: "something to read" in shown(app))
    await pilot.press(key)
    await until(pilot, lambda: "something to read" not in shown(app))


# --- trials and changes


async def test_escape_stops_a_trial_and_nothing_is_added(runtime, tmp_path) -> None:
    file = tmp_path / "big.gguf"
    file.touch()
    runtime.models.may_add.clear()
    async with at_models(runtime) as (app, pilot, place):
        place.action_add()
        await answer_path(app, pilot, file)
        await until(pilot, lambda: "esc stops it" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "The trial of big.gguf was stopped" in shown(app))
        assert runtime.models.stopped == 1
        assert [known.name for known in runtime.models.lines] == ["starter"]
        assert "trying" not in shown(app)


async def test_a_file_that_fails_its_trial_says_why_and_its_path_is_kept(runtime, tmp_path) -> None:
    file = tmp_path / "odd.gguf"
    file.touch()
    runtime.models.add_error = SomaError("llama.cpp cannot load odd.gguf; llama.log says why")
    async with at_models(runtime) as (app, pilot, place):
        place.action_add()
        await answer_path(app, pilot, file)
        await until(pilot, lambda: "llama.cpp cannot load odd.gguf" in shown(app))
        await pilot.press("a")
        await until(pilot, lambda: "tab complete" in shown(app))
        assert app.screen.query_one("Input").value == str(file)


async def test_a_found_model_is_tried_added_and_used(runtime) -> None:
    runtime.models.elsewhere = [OLLAMA, line("llama3.2:1b", "Ollama")]
    runtime.models.may_add.clear()
    async with at_models(runtime) as (app, pilot, place):
        await highlight(pilot, place, "llama3.2:1b")
        await pilot.press("enter")
        await until(pilot, lambda: "trying llama3.2:1b in a process of its own" in shown(app))
        await highlight(pilot, place, "starter")
        await pilot.press("a")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is place)
        runtime.models.may_add.set()
        await until(pilot, lambda: app.state.model.name == "llama3.2:1b")
        await until(pilot, lambda: "● llama3.2:1b" in shown(app))
        assert "added" in row(app, "llama3.2:1b")


async def test_only_one_model_is_changed_over_to_at_a_time(runtime) -> None:
    runtime.models.lines += [line("one"), line("two")]
    async with at_models(runtime) as (app, pilot, place):
        runtime.may_load.clear()
        await highlight(pilot, place, "one")
        await pilot.press("enter")
        await until(pilot, lambda: "loading weights 50 %" in shown(app))
        await highlight(pilot, place, "two")
        await pilot.press("enter")
        await until(pilot, lambda: "Wait for one first." in shown(app))
        runtime.may_load.set()
        await until(pilot, lambda: app.state.model.name == "one" and "● one" in shown(app))


async def test_a_model_that_cannot_be_loaded_is_said_once_and_the_old_one_stays(runtime) -> None:
    runtime.models.lines.append(line("gemma"))
    async with at_models(runtime) as (app, pilot, place):
        runtime.load_error = SomaError("there is not enough memory for gemma")
        await highlight(pilot, place, "gemma")
        await pilot.press("enter")
        await until(pilot, lambda: "not enough memory for gemma" in shown(app))
        await until(pilot, lambda: not place._busy)
        assert shown(app).count("not enough memory") == 1
        assert "● starter" in shown(app)


async def test_a_model_that_was_forgotten_meanwhile_is_said(runtime) -> None:
    runtime.models.lines.append(line("gemma"))
    async with at_models(runtime) as (app, pilot, place):
        await highlight(pilot, place, "gemma")
        runtime.models.remove("gemma")
        await pilot.press("enter")
        await until(pilot, lambda: "there is no model 'gemma'" in shown(app))


async def test_a_model_that_was_added_is_shown_whatever_the_filter_says(runtime, tmp_path) -> None:
    file = tmp_path / "friend.gguf"
    file.touch()
    async with at_models(runtime) as (app, pilot, place):
        await pilot.press("slash", *"zzz", "enter")
        await until(pilot, lambda: "Nothing matches" in shown(app))
        await pilot.press("a")
        await answer_path(app, pilot, file)
        await until(pilot, lambda: place.highlighted and place.highlighted.name == "friend")
        await until(pilot, lambda: row(app, "starter"))


async def test_a_change_in_mid_answer_says_what_it_waits_for(runtime) -> None:
    runtime.models.lines.append(line("gemma"))
    async with running(runtime) as (app, pilot):
        await send(pilot, "hello")
        await until(pilot, lambda: runtime.answering(1))
        waited = asyncio.Event()
        use = runtime.use_model

        async def waiting(reference):
            await waited.wait()
            return await use(reference)

        runtime.use_model = waiting
        await pilot.press("alt+5")
        await until(pilot, lambda: "gemma" in shown(app))
        await highlight(pilot, app.screen, "gemma")
        await pilot.press("enter")
        said = "gemma is loaded once the answer that runs has ended"
        await until(pilot, lambda: said in shown(app))
        runtime.end()
        waited.set()
        await until(pilot, lambda: app.state.model.name == "gemma" and said not in shown(app))


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [
        ("starter", "delete", "The starter is in the box and stays."),
        ("llama3.2:1b", "delete", "lies in the folder of Ollama"),
        ("cut", "enter", "cut.gguf is cut off"),
        ("cut", "s", "cut.gguf is cut off"),
        ("gemma", "s", "does not exist"),
    ],
)
async def test_what_cannot_be_done_is_said(name, key, said, runtime) -> None:
    runtime.models.lines.append(line("gemma"))
    runtime.models.elsewhere = [
        OLLAMA,
        line("llama3.2:1b", "Ollama"),
        line("cut", "Ollama", problem="cut.gguf is cut off"),
    ]
    async with at_models(runtime) as (app, pilot, place):
        await highlight(pilot, place, name)
        await pilot.press(key)
        await until(pilot, lambda: any(said in n.text for n in app.state.notices))
        assert app.screen is place


async def test_forgetting_the_model_in_use_says_that_it_goes_on(runtime) -> None:
    runtime.models.lines = [replace(STARTER_LINE, in_use=False), line("gemma", path="starter.gguf")]
    async with at_models(runtime) as (app, pilot, place):
        await highlight(pilot, place, "gemma")
        await pilot.press("delete")
        await until(pilot, lambda: "answers until SOMA is closed" in " ".join(shown(app).split()))


# --- the mouse


async def test_a_click_moves_the_cursor_and_a_double_click_uses(runtime) -> None:
    runtime.models.lines.append(line("gemma"))
    async with at_models(runtime) as (app, pilot, place):
        y = place.list.region.y + 2
        assert await pilot.click(offset=(6, y))
        await until(pilot, lambda: place.highlighted.name == "gemma")
        assert app.state.model.name == "starter"
        assert await pilot.click(offset=(6, y), times=2)
        await until(pilot, lambda: app.state.model.name == "gemma")


async def test_the_keys_in_the_last_line_can_be_clicked(runtime) -> None:
    async with at_models(runtime) as (app, pilot, _):
        text = shown(app).splitlines()[-1]
        assert await pilot.click(offset=(text.index("add a file"), 29))
        await until(pilot, lambda: isinstance(app.screen, PathQuestion))


# --- the form for settings


@asynccontextmanager
async def at_settings(runtime, starter_path, **options):
    """The form for the settings of the model "gemma"."""
    known = line("gemma", path=str(starter_path), memory=Need(2048, MB, MB, MB))
    runtime.models.lines.append(replace(known, free_bytes=30 * MB))
    async with at_models(runtime, **options) as (app, pilot, place):
        await highlight(pilot, place, "gemma")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ModelSettingsForm))
        yield app, pilot, place


def note(app, name) -> str:
    return str(app.screen.query_one(f"#note-{name}").visual)


async def test_a_value_is_judged_as_it_is_typed(runtime, starter_path) -> None:
    async with at_settings(runtime, starter_path) as (app, pilot, place):
        await until(pilot, lambda: "temperature: 0 always takes the likeliest" in shown(app))
        await pilot.press(*"hot")
        await until(pilot, lambda: "a number from 0 to 100" in note(app, "temperature"))
        await pilot.press("down", "down", *"0.9", "enter")
        await until(pilot, lambda: app.focused.id == "setting-temperature")
        assert isinstance(app.screen, ModelSettingsForm)
        await pilot.press("backspace", "backspace", "backspace", "1")
        await until(pilot, lambda: note(app, "temperature") == "")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is place)
        await until(pilot, lambda: "gemma" in runtime.models.model_settings.kept)
        assert runtime.models.model_settings.get("gemma") == ModelSettings(temperature=1, top_p=0.9)


async def test_a_context_is_judged_against_the_memory(runtime, starter_path) -> None:
    async with at_settings(runtime, starter_path) as (app, pilot, _):
        for _ in range(6):
            await pilot.press("down")
        await until(pilot, lambda: app.focused.id == "setting-context")
        await pilot.press(*"512")
        await until(pilot, lambda: ": fits" in note(app, "context"))
        await pilot.press(*"0")
        await until(pilot, lambda: ": does not fit" in note(app, "context"))


async def test_what_is_set_stands_there_and_can_all_be_given_back(runtime, starter_path) -> None:
    runtime.models.model_settings.kept["gemma"] = ModelSettings(temperature=0.25, context=4096)
    async with at_settings(runtime, starter_path) as (app, pilot, place):
        values = {one.id: one.value for one in app.screen.query("Input")}
        assert values["setting-temperature"] == "0.25"
        assert values["setting-context"] == "4096"
        assert values["setting-top_k"] == ""
        await pilot.press("ctrl+r", "enter")
        await until(pilot, lambda: app.screen is place)
        await until(pilot, lambda: runtime.models.model_settings.get("gemma") == ModelSettings())


async def test_going_back_keeps_what_was_set(runtime, starter_path) -> None:
    runtime.models.model_settings.kept["gemma"] = ModelSettings(top_k=3)
    async with at_settings(runtime, starter_path) as (app, pilot, place):
        await pilot.press("9", "escape")
        await until(pilot, lambda: app.screen is place)
        assert runtime.models.model_settings.get("gemma") == ModelSettings(top_k=3)


async def test_settings_that_cannot_be_applied_are_said(runtime, starter_path) -> None:
    async with at_settings(runtime, starter_path) as (app, pilot, _):
        runtime.load_error = SomaError("there is not enough memory for a context of 9 tokens")
        await pilot.press("1", "enter")
        await until(pilot, lambda: "not enough memory for a context" in shown(app))


@pytest.mark.parametrize("size", SIZES)
async def test_the_dialogs_fit(size, runtime, starter_path) -> None:
    async with at_settings(runtime, starter_path, size=size) as (app, pilot, place):
        for _ in range(9):
            await pilot.press("down")
            assert app.screen.region.contains_region(app.focused.region)
            assert app.focused.region.area > 0
        assert "esc back" in shown(app)
        assert app.screen.region.contains_region(app.screen.query_one(".dialog").region)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is place)
        await pilot.press("a")
        await until(pilot, lambda: "tab complete" in shown(app))
        assert app.screen.region.contains_region(app.screen.query_one(".dialog").region)
