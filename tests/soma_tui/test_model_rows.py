"""Which columns fit, and what their cells and the details say."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.model_settings import ModelSettings
from soma_tui.figures import byte_count, parameter_count, short_count
from soma_tui.model_rows import (
    COLUMNS,
    LEAST_NAME,
    MARK_WIDTH,
    Line,
    ModelRows,
    cell,
    columns_for,
    details,
    short_path,
)
from tests.soma_tui.fake_models import STARTER_LINE, line


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (20, []),
        (38, ["fits"]),
        (44, ["bytes", "fits"]),
        (60, ["bytes", "source", "fits"]),
        (78, ["parameters", "quantisation", "bytes", "source", "fits"]),
        (98, list(COLUMNS)),
    ],
)
def test_columns_give_way_to_the_name(width: int, columns: list[str]) -> None:
    assert columns_for(width) == columns


@pytest.mark.parametrize("width", range(20, 130))
def test_the_columns_never_take_more_than_there_is(width: int) -> None:
    used = sum(COLUMNS[name].width + 1 for name in columns_for(width))
    assert used == 0 or MARK_WIDTH + LEAST_NAME + used <= width


def test_a_file_that_cannot_be_used_has_no_figures() -> None:
    broken = line("cut", "Ollama", problem="cut off")
    assert [cell(broken, name) for name in COLUMNS] == ["", "", "", "", "Ollama", "unusable"]


def test_every_word_of_the_filter_has_to_occur() -> None:
    rows = ModelRows(
        known=[STARTER_LINE, line("gemma")],
        found=[line("llama", "Ollama", quantisation="Q8_0")],
        complete=True,
        opened=True,
    )

    def names(text: str) -> list[str]:
        rows.filter = text
        return [one.name for one in rows.lines() if not isinstance(one, Line)]

    assert names("") == ["starter", "gemma", "llama"]
    assert names("OLLAMA") == ["llama"]
    assert names("gem added") == ["gemma"]
    assert names("ollama q4") == []


def test_the_one_in_use_is_the_loaded_one_else_the_chosen_one() -> None:
    gemma = line("gemma")
    assert ModelRows().in_use(STARTER_LINE)
    assert not ModelRows(loaded=gemma.path).in_use(STARTER_LINE)
    assert ModelRows(loaded=gemma.path).in_use(gemma)


def test_details_leave_out_what_is_not_known() -> None:
    unknown = line("x", fits="unknown", memory=None, memory_bytes=None, largest_context=None)
    said = dict(details(unknown, ModelSettings(), Path("ana")))
    assert said["memory"].startswith("unknown")
    assert said["free"] == "8 GB: whether it fits is not known"
    nothing = line("x", free_bytes=None, fits="unknown", largest_context=None)
    assert "free" not in dict(details(nothing, ModelSettings(), Path("ana")))
    too_large = line("x", fits="does not fit", largest_context=0)
    said = dict(details(too_large, ModelSettings(), Path("ana")))
    assert said["free"] == "8 GB: too little; no context fits"


def test_paths_in_the_home_directory_are_short() -> None:
    home = Path("ana").absolute()
    assert short_path(str(home / "models" / "x.gguf"), home) == "~/models/x.gguf"
    assert short_path("models/x.gguf", home) == "models/x.gguf"


@pytest.mark.parametrize(
    ("number", "short", "parameters", "size"),
    [
        (0, "0", "0", "0 B"),
        (999, "999", "999", "999 B"),
        (5_774_336, "5.77 M", "5.8M", "5.77 MB"),
        (999_885_952, "1 G", "999.9M", "1 GB"),
        (7_241_732_096, "7.24 G", "7.2B", "7.24 GB"),
    ],
)
def test_numbers_are_short(number: int, short: str, parameters: str, size: str) -> None:
    assert (short_count(number), parameter_count(number), byte_count(number)) == (
        short,
        parameters,
        size,
    )
