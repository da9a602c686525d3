"""Numbers as a person reads them."""

from __future__ import annotations


def counted(number: int, name: str) -> str:
    """How many there are of what `name` is one of: 1 passage, 2,000 passages."""
    return f"{number:,} {name}{'s' * (number != 1)}"


def short_count(number: int) -> str:
    """A number in three digits and a decimal unit: 5.8 M, 1.0 G."""
    value, units = float(number), iter(("", "k", "M", "G", "T"))
    unit = next(units)
    while value >= 999.5 and unit != "T":
        value, unit = value / 1000, next(units)
    return f"{value:.3g} {unit}" if unit else f"{number}"


def byte_count(number: int) -> str:
    """A number of bytes in three digits and a decimal unit: 11.7 MB, 4.2 GB."""
    short = short_count(number)
    return f"{short}B" if short[-1].isalpha() else f"{short} B"


def parameter_count(number: int) -> str:
    """How many parameters a model has, in the letters of the field: 5.8M, 1.0B."""
    for unit, letter in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if number >= unit:
            return f"{number / unit:.1f}{letter}"
    return str(number)
