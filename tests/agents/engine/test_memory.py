"""What a model needs in memory, against what llama.cpp says it allocated; and the verdicts."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import GgufHeader, read_header
from agents.engine.memory import COMFORTABLE, fit, need, usual_context

ROOT = Path(__file__).parents[3]
MARGIN = 0.02
_MIB = 1 << 20
_BUFFER = re.compile(r"(\S+) +(model|KV|compute|output) buffer size = +([\d.]+) MiB")


@pytest.fixture(scope="module")
def made_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "tiny.gguf"
    program = ROOT / "scripts" / "bench" / "make_model.py"
    subprocess.run([sys.executable, program, path, "--shape", "tiny"], check=True)
    return path


@pytest.mark.parametrize("context", [512, 8192])
@pytest.mark.parametrize("model", ["starter_path", "made_model"])
async def test_the_estimate_is_what_llama_cpp_allocates(
    model: str, context: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    header = read_header(request.getfixturevalue(model))
    log = tmp_path / "llama.log"
    options = EngineOptions(context=context, threads=1)
    engine = await Engine.load(header, log=log, options=options)
    await engine.close()
    allocated = {"model": 0.0, "KV": 0.0, "compute": 0.0, "output": 0.0}
    for where, what, size in _BUFFER.findall(log.read_text()):
        if where != "CPU_REPACK":  # takes the place of mapped pages
            allocated[what] += float(size) * _MIB
    needed = need(header, context)
    assert needed is not None
    assert needed.context == context
    assert needed.cache == pytest.approx(allocated["KV"], abs=0.02 * _MIB)  # two decimals of MiB
    assert needed.total == pytest.approx(sum(allocated.values()), rel=MARGIN)


@pytest.fixture
def header(starter_path: Path) -> GgufHeader:
    return read_header(starter_path)


def test_the_verdict_follows_from_the_share_of_what_is_free(header: GgufHeader) -> None:
    needed = need(header, 1024)
    assert needed is not None
    for free, verdict in (
        (needed.total - 1, "does not fit"),
        (needed.total, "tight"),
        (int(needed.total / COMFORTABLE) - 1, "tight"),
        (int(needed.total / COMFORTABLE) + 1, "fits"),
    ):
        judged = fit(header, 1024, free)
        assert (judged.verdict, judged.free, judged.need) == (verdict, free, needed)


def test_the_largest_context_fits_and_the_next_does_not(header: GgufHeader) -> None:
    large = replace(header, context_length=131_072)
    free = 100_000_000
    largest = fit(large, 2048, free).largest_context
    assert largest is not None
    assert largest % 256 == 0
    fitting, too_much = need(large, largest), need(large, largest + 256)
    assert fitting is not None
    assert too_much is not None
    assert fitting.total <= free < too_much.total


@pytest.mark.parametrize(("free", "largest"), [(10_000, 0), (10**12, 2048)])
def test_the_largest_context_is_none_or_the_models_own(
    header: GgufHeader, free: int, largest: int
) -> None:
    assert fit(header, 512, free).largest_context == largest


def test_what_the_header_does_not_say_is_unknown(header: GgufHeader) -> None:
    silent = replace(header, cache_bytes_per_token=None)
    assert need(silent, 1024) is None
    judged = fit(silent, 1024, 10**12)
    assert (judged.verdict, judged.largest_context) == ("unknown", None)
    assert fit(header, 1024, None).verdict == "unknown"


def test_a_context_is_counted_in_steps_of_llama_cpp(header: GgufHeader) -> None:
    assert need(header, 257) == need(header, 512)


@pytest.mark.parametrize(("own", "usual"), [(2048, 2048), (131_072, 8192), (None, 8192)])
def test_the_usual_context_is_the_models_own_up_to_a_limit(
    header: GgufHeader, own: int | None, usual: int
) -> None:
    assert usual_context(replace(header, context_length=own)) == usual
