"""Which settings a run gets on which hardware."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.hardware import Hardware, find_hardware, with_card
from training.presets import choose, room_of
from training.run_memory import Shape, memory
from training.run_settings import RunSettings

GB = 10**9
TURING = Hardware("GTX 1650 Ti", 4 << 30, 3800 << 20, False, 12 * GB, 8)
AMPERE = Hardware("RTX 3060", 12 << 30, 11 << 30, True, 24 * GB, 8)
LARGE = Hardware("H100", 80 << 30, 79 << 30, True, 200 * GB, 16)
LAPTOP = Hardware(main_free=12 * GB, cores=4)
GEMMA_1B = Shape(
    linear=26 * (3 * 1152 * 6912 + 2 * 1152 * 1024 + 2 * 1152 * 256),
    table=262_144 * 1152,
    rest=26 * 4 * 1152,
    sides=26 * (3 * (1152 + 6912) + 2 * (1152 + 1024) + 2 * (1152 + 256)),
    largest=1152 * 6912,
    hidden=1152,
    layers=26,
    vectors=24 * 1152 + 10 * 6912 + 3 * 1024,
    vocabulary=262_144,
)
LLAMA_8B = Shape(
    32 * 218_103_808, 2 * 128_256 * 4096, 0, 32 * 94_208, 4096 * 14_336, 4096, 32,
    24 * 4096 + 10 * 14_336 + 3 * 4096, 128_256,
)  # fmt: skip


def chosen(shape: Shape, hardware: Hardware, **asked: object) -> RunSettings:
    settings = replace(RunSettings("", ""), **asked)  # type: ignore[arg-type]

    def needed(one: RunSettings) -> int:
        return sum(memory(shape, one).values())

    found = choose(settings, frozenset(asked), hardware, needed)
    assert hardware.free is not None
    assert needed(found) + room_of(hardware) <= hardware.free
    return found


def test_four_gigabytes_without_bf16_hold_one_billion_weights_a_row_at_a_time() -> None:
    found = chosen(GEMMA_1B, TURING)
    assert (found.device, found.precision, found.quantise) == ("cuda", "fp32", "nf4")
    assert (found.longest, found.at_once, found.checkpointing) == (512, 1, True)
    assert found.optimiser == "paged_adamw_8bit"


def test_a_larger_card_computes_in_bf16_and_quantises_only_what_does_not_fit() -> None:
    small = chosen(GEMMA_1B, AMPERE)
    assert (small.precision, small.quantise, small.longest) == ("bf16", "none", 1024)
    assert chosen(LLAMA_8B, AMPERE).quantise == "nf4"
    large = chosen(LLAMA_8B, LARGE, batch=4)
    assert (large.quantise, large.at_once) == ("none", 4)


def test_the_processor_computes_in_32_bits_and_quantises_what_does_not_fit() -> None:
    found = chosen(GEMMA_1B, LAPTOP)
    assert (found.device, found.precision, found.quantise) == ("cpu", "fp32", "none")
    assert (found.at_once, found.optimiser) == (1, "adamw")
    assert chosen(GEMMA_1B, replace(LAPTOP, main_free=5 * GB)).quantise == "nf4"


def test_what_was_asked_for_stays_and_where_nothing_fits_it_is_the_smallest() -> None:
    assert chosen(GEMMA_1B, AMPERE, quantise="nf4").quantise == "nf4"
    settings = RunSettings("", "", longest=2048)
    found = choose(settings, frozenset({"longest"}), TURING, lambda one: 10**12)
    assert (found.longest, found.at_once, found.chunk) == (2048, 1, 128)
    unknown = choose(settings, frozenset(), Hardware(), lambda one: 10**12)
    assert (unknown.longest, unknown.checkpointing) == (2048, False)


@pytest.mark.parametrize(
    ("told", "card", "bf16"),
    [
        ("NVIDIA GeForce GTX 1650 Ti, 4096, 3900, 7.5\n", "NVIDIA GeForce GTX 1650 Ti", False),
        ("NVIDIA H100, 81559, 81000, 9.0\nother, 1, 1, 9.0\n", "NVIDIA H100", True),
        ("No devices were found\n", "", False),
        ("card, [N/A], [N/A], 9.0", "", False),
        ("", "", False),
    ],
)
def test_a_card_is_what_the_driver_tells_of(told: str, card: str, bf16: bool) -> None:
    found = with_card(Hardware(main_free=1, cores=2), told)
    assert (found.card, found.bf16, found.main_free) == (card, bf16, 1)
    assert (found.free or 0) > 0
    assert found.name.startswith(card or "the processor, 2 cores")


def test_this_machine_is_told_of() -> None:
    found = find_hardware()
    assert found.cores >= 1
    assert found.device in ("cpu", "cuda")
