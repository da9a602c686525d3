"""The list over the composer: commands after /, files after @."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from soma_tui.composing import files
from soma_tui.screens.help import HelpScreen
from tests.soma_tui.driving import running, shown, until
from tests.soma_tui.fakes import FakeRuntime
from tests.soma_tui.test_composer import burst, paste
from tests.soma_tui.test_layout import fits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for path in ("notes.md", "docs/plan.md", "docs/old plan.md", "日本/文章.md"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"what {path} says\n")
    return folder


def entries(app) -> list[str]:
    """The lines of the list as they are drawn, without the mark of the highlighted one."""
    drawn = app.chat.query("#completions")
    if not drawn or not drawn.first().display:
        return []
    region = drawn.first().region
    lines = shown(app).splitlines()[region.y : region.bottom]
    return [line[region.x :].strip().removeprefix("▸ ") for line in lines]


def marked(app) -> str:
    """The highlighted entry, or nothing where there is none."""
    lines = (line.partition("▸ ")[2] for line in shown(app).splitlines())
    return next((line for line in lines if line), "")


def drawn_at(app, size) -> bool:
    """Whether the screen has been drawn at a size."""
    return app.size == size and len(shown(app).splitlines()) == size[1]


def above(app) -> bool:
    """Whether the list lies on the screen and directly above the composer."""
    region = app.chat.query_one("#completions").region
    on_screen = app.chat.region.contains_region(region)
    return on_screen and region.bottom == app.chat.composer.region.y


async def test_commands_are_offered_with_argument_and_help(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await pilot.press("/")
        await until(pilot, lambda: len(entries(app)) == 8)
        assert app.focused is app.chat.composer
        await pilot.press(*"ren")
        await until(pilot, lambda: len(entries(app)) == 1)
        assert marked(app).startswith("/rename TITLE  Gives the present")
        await pilot.press("x")
        await until(pilot, lambda: not entries(app))
        await pilot.press("backspace")
        await until(pilot, lambda: entries(app))


async def test_enter_takes_a_command_and_sends_it_in_one_go(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await burst(app, pilot, [*"/hel", "enter"])
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert app.chat.composer.text == ""
        assert runtime.conversations.list() == []


async def test_enter_leaves_room_for_an_argument(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await burst(app, pilot, [*"/ren", "enter", *"Sailing"])
        await until(pilot, lambda: app.chat.composer.text == "/rename Sailing")
        assert not entries(app)


async def test_tab_takes_a_command_without_sending_it(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await burst(app, pilot, [*"/hel", "tab"])
        await until(pilot, lambda: app.chat.composer.text == "/help")
        assert app.focused is app.chat.composer
        assert not entries(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_up_and_down_move_and_go_round(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await pilot.press("/")
        await until(pilot, lambda: entries(app))
        first = marked(app)
        await pilot.press("up")
        await until(pilot, lambda: marked(app) != first)
        last = marked(app)
        assert last == entries(app)[-1]
        await pilot.press("down", "down")
        await until(pilot, lambda: marked(app) == entries(app)[1])


async def test_escape_closes_the_list_and_nothing_else(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        app.chat.tell("a notice")
        await pilot.press("/")
        await until(pilot, lambda: entries(app))
        await pilot.press("escape")
        await until(pilot, lambda: not entries(app))
        assert "a notice" in shown(app)
        await pilot.press(*"he")
        assert not entries(app)
        await pilot.press("enter")
        await until(pilot, lambda: "There is no command /he;" in shown(app))
        await pilot.press("ctrl+u", *"/he")
        await until(pilot, lambda: entries(app))


async def test_without_a_match_enter_sends(runtime: FakeRuntime, folder: Path) -> None:
    async with running(runtime) as (app, pilot):
        app.chat.composer.folder = folder
        await pilot.press(*"ask @nobody")
        await until(pilot, lambda: app.chat.composer._completion.paths and not entries(app))
        await pilot.press("enter")
        await until(pilot, lambda: not app.chat.composer.text)
        assert runtime.conversations.messages(1)[0].text == "ask @nobody"


async def test_a_file_is_named_and_its_text_is_sent(runtime: FakeRuntime, folder: Path) -> None:
    async with running(runtime) as (app, pilot):
        app.chat.composer.folder = folder
        await pilot.press(*"sum up @not")
        await until(pilot, lambda: marked(app) == "notes.md")
        await pilot.press("enter", *"please")
        assert app.chat.composer.text == "sum up @notes.md please"
        assert not entries(app)
        await pilot.press("enter")
        await until(pilot, lambda: not app.chat.composer.text)
        assert runtime.conversations.messages(1)[0].text == (
            "sum up @notes.md please\n\n"
            "Attached file notes.md (1 line):\n```\nwhat notes.md says\n```"
        )


async def test_a_folder_leads_to_its_files_also_with_blanks(runtime, folder: Path) -> None:
    async with running(runtime) as (app, pilot):
        app.chat.composer.folder = folder
        await pilot.press(*"see @do")
        await until(pilot, lambda: marked(app) == "docs/")
        await pilot.press("tab")
        await until(pilot, lambda: entries(app) == ["docs/plan.md", "docs/old plan.md"])
        await pilot.press("down", "tab")
        assert app.chat.composer.text == 'see @"docs/old plan.md" '
        await pilot.press(*"@日")
        await until(pilot, lambda: marked(app) == "日本/")
        await pilot.press("tab", "tab", "enter")
        await until(pilot, lambda: not app.chat.composer.text)
        text = runtime.conversations.messages(1)[0].text
        assert text.startswith('see @"docs/old plan.md" @日本/文章.md \n\nAttached file')
        assert "what docs/old plan.md says" in text
        assert "what 日本/文章.md says" in text


async def test_a_file_in_the_middle_of_a_line_replaces_its_word(runtime, folder: Path) -> None:
    async with running(runtime) as (app, pilot):
        app.chat.composer.folder = folder
        await pilot.press(*"see @tes now", *["left"] * 7, "n", "o")
        await until(pilot, lambda: marked(app) == "notes.md")
        await pilot.press("tab")
        assert app.chat.composer.text == "see @notes.md now"
        assert app.chat.composer.cursor_location == (0, len("see @notes.md"))


async def test_a_click_takes_an_entry(runtime: FakeRuntime, folder: Path) -> None:
    async with running(runtime) as (app, pilot):
        app.chat.composer.folder = folder
        await pilot.press(*"see @md")
        await until(pilot, lambda: len(entries(app)) == 4)
        row = entries(app).index("docs/plan.md")
        await pilot.click("#completions", offset=(8, row))
        await until(pilot, lambda: app.chat.composer.text == "see @docs/plan.md ")
        assert app.focused is app.chat.composer
        assert not entries(app)


async def test_a_file_that_cannot_be_attached_is_told_and_nothing_is_lost(runtime, folder) -> None:
    (folder / "picture.png").write_bytes(b"\x89PNG\xff")
    async with running(runtime) as (app, pilot):
        app.chat.composer.folder = folder
        await pilot.press(*"see @picture.png and @docs/plan.md", "escape", "enter")
        await until(pilot, lambda: "picture.png cannot be attached" in shown(app))
        assert app.chat.composer.text == "see @picture.png and @docs/plan.md"
        assert "not saved" in shown(app)
        assert runtime.conversations.list() == []


async def test_keys_do_not_wait_for_the_names_of_files(runtime, folder, monkeypatch) -> None:
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()
    read = files.list_paths

    def slow(where: Path) -> list[str]:
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        return read(where)

    monkeypatch.setattr(files, "list_paths", slow)
    async with running(runtime) as (app, pilot):
        app.chat.composer.folder = folder
        await burst(app, pilot, [*"see @n", "tab", *"otes"])
        await until(pilot, lambda: app.chat.composer.text == "see @notes")
        await until(pilot, lambda: "reading the names of files" in shown(app))
        assert app.focused is app.chat.composer
        go_on.set()
        await until(pilot, lambda: marked(app) == "notes.md")
        assert entries(app) == ["notes.md"]


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_five_thousand_files_are_searched_at_every_key(size, runtime, tmp_path) -> None:
    folder = tmp_path / "big"
    for number in range(50):
        (folder / f"folder{number:02}").mkdir(parents=True)
        for file in range(100):
            (folder / f"folder{number:02}" / f"file{file:02}_{'x' * 30}.txt").touch()
    async with running(runtime, size=size) as (app, pilot):
        app.chat.composer.folder = folder
        await pilot.press("@")
        await until(pilot, lambda: "folder00/" in entries(app))
        rows = len(entries(app))
        assert rows == (4 if size[1] < 16 else 8)
        await burst(app, pilot, "f49file99")
        await until(pilot, lambda: app.chat.composer.text == "@f49file99")
        await until(pilot, lambda: len(entries(app)) == 1)
        assert entries(app)[0].endswith("x" * 30 + ".txt")
        fits(app, size)
        await pilot.press("enter")
        assert app.chat.composer.text == f"@folder49/file99_{'x' * 30}.txt "


async def test_the_list_stays_above_the_composer_when_the_size_changes(runtime) -> None:
    async with running(runtime, size=(100, 30)) as (app, pilot):
        app.chat.composer.begin("edit 7", "", "Editing · esc goes back")
        await pilot.press("/")
        for size in ((40, 12), (120, 40), (60, 20), (80, 24)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda size=size: drawn_at(app, size) and entries(app))
            await until(pilot, lambda: above(app))
            fits(app, size)
        await pilot.press("down", "enter")
        assert not entries(app)


async def test_the_list_moves_when_the_composer_grows(runtime, folder: Path) -> None:
    async with running(runtime, size=(40, 12)) as (app, pilot):
        app.chat.composer.folder = folder
        await pilot.press(*"many words and then a file @")
        await until(pilot, lambda: entries(app))
        height = app.chat.composer.region.height
        await pilot.press(*"docs/plan")
        await until(pilot, lambda: app.chat.composer.region.height > height)
        await until(pilot, lambda: above(app))


async def test_what_is_pasted_or_put_opens_no_list(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await paste(app, pilot, "/ren")
        assert not entries(app)
        app.chat.composer.put("/ren")
        assert not entries(app)
        app.chat.composer.earlier = lambda: ["/ren"]
        app.chat.composer.put("")
        await pilot.press("up")
        assert app.chat.composer.text == "/ren"
        assert not entries(app)


async def test_the_list_closes_when_the_keys_go_elsewhere(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await pilot.press("/")
        await until(pilot, lambda: entries(app))
        await pilot.press("f6")
        await until(pilot, lambda: not entries(app))
        assert app.focused is app.chat.conversations
        await pilot.press("f6", "h")
        await until(pilot, lambda: len(entries(app)) == 1)
        await pilot.press("left", "left")
        await until(pilot, lambda: not entries(app))


async def test_tab_without_a_list_goes_to_the_next_part(runtime: FakeRuntime) -> None:
    async with running(runtime) as (app, pilot):
        await pilot.press(*"text", "tab")
        assert app.focused is not app.chat.composer
