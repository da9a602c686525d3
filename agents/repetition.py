"""Whether a text that is being written has begun to repeat itself without end."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_PERIOD = 96
LEAST_TIMES = 4
LEAST_TOKENS = 48


def repeated_tail(tokens: Sequence[int]) -> int:
    """How many tokens at the end only say again what stands before them; 0 where they do not.

    A run of up to 96 tokens counts once it stands there four times, over 48 tokens at least; so
    that lists, tables and verses with a refrain do not.
    """
    size = len(tokens)
    for period in range(1, min(LONGEST_PERIOD, size // LEAST_TIMES) + 1):
        wanted = max(LEAST_TIMES * period, LEAST_TOKENS)
        if wanted > size:
            continue
        again = 0
        while (
            again < size - period and tokens[size - 1 - again] == tokens[size - 1 - again - period]
        ):
            again += 1
        if again + period >= wanted:
            return again
    return 0
